package kube

import (
	"context"
	"fmt"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// Log is the end of the log of one container.
type Log struct {
	Pod, Node, Container string
	Previous             bool // of the container before its last restart
	Text                 []byte
	Err                  error // why there is no text
}

// LogOptions say which logs to read.
type LogOptions struct {
	Namespace string
	Selector  string // labels of the pods
	Lines     int    // of each log, the last ones
	// Patience is how long one pod is waited for: the kubelet of a node that is gone never answers.
	Patience time.Duration
}

// Logs reads the last lines that the containers of some pods wrote, and those of containers
// that were restarted. What cannot be read of one is said there, and the rest is read.
func Logs(ctx context.Context, c *Client, o LogOptions) ([]Log, error) {
	client, err := c.rest(corev1.SchemeGroupVersion)
	if err != nil {
		return nil, err
	}
	var pods corev1.PodList
	err = client.Get().Namespace(o.Namespace).Resource("pods").
		VersionedParams(&metav1.ListOptions{LabelSelector: o.Selector}, metav1.ParameterCodec).Do(ctx).Into(&pods)
	if err != nil {
		return nil, fmt.Errorf("list pods with the labels %q: %w", o.Selector, err)
	}
	var out []Log
	for i := range pods.Items {
		out = append(out, logsOf(ctx, client, &pods.Items[i], o)...)
	}
	return out, nil
}

// logsOf reads the logs of one pod.
func logsOf(ctx context.Context, client rest.Interface, pod *corev1.Pod, o LogOptions) []Log {
	ctx, cancel := context.WithTimeout(ctx, o.Patience)
	defer cancel()
	var out []Log
	for _, container := range pod.Status.ContainerStatuses {
		for _, previous := range []bool{false, true} {
			if previous && container.RestartCount == 0 {
				continue
			}
			one := Log{Pod: pod.Name, Node: pod.Spec.NodeName, Container: container.Name, Previous: previous}
			one.Text, one.Err = client.Get().Namespace(o.Namespace).Resource("pods").Name(pod.Name).SubResource("log").
				Param("container", container.Name).Param("tailLines", strconv.Itoa(o.Lines)).
				Param("previous", strconv.FormatBool(previous)).Do(ctx).Raw()
			out = append(out, one)
		}
	}
	return out
}
