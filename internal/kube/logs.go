package kube

import (
	"context"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Log is the end of the log of one container.
type Log struct {
	Pod, Node, Container string
	Previous             bool // of the container before its last restart
	Text                 []byte
	Err                  error // why there is no text
}

// Logs reads the last lines that the containers of some pods wrote, and those of containers
// that were restarted. What cannot be read of one is said there, and the rest is read.
func Logs(ctx context.Context, c *Client, namespace, selector string, lines int) ([]Log, error) {
	client, err := c.rest(corev1.SchemeGroupVersion)
	if err != nil {
		return nil, err
	}
	var pods corev1.PodList
	err = client.Get().Namespace(namespace).Resource("pods").
		VersionedParams(&metav1.ListOptions{LabelSelector: selector}, metav1.ParameterCodec).Do(ctx).Into(&pods)
	if err != nil {
		return nil, fmt.Errorf("list pods with the labels %q: %w", selector, err)
	}
	var out []Log
	for i := range pods.Items {
		pod := &pods.Items[i]
		for _, container := range pod.Status.ContainerStatuses {
			for _, previous := range []bool{false, true} {
				if previous && container.RestartCount == 0 {
					continue
				}
				one := Log{Pod: pod.Name, Node: pod.Spec.NodeName, Container: container.Name, Previous: previous}
				one.Text, one.Err = client.Get().Namespace(namespace).Resource("pods").Name(pod.Name).SubResource("log").
					Param("container", container.Name).Param("tailLines", strconv.Itoa(lines)).
					Param("previous", strconv.FormatBool(previous)).Do(ctx).Raw()
				out = append(out, one)
			}
		}
	}
	return out, nil
}
