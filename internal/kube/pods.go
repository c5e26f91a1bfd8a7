package kube

import (
	"context"
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// PodAddrs asks for the addresses of the pods of a namespace that have the labels
// of a selector, such as "app=metallb,component=speaker". Pods that have none yet,
// or have ended, are left out. The answer may be a little older than the cluster.
func (c *Client) PodAddrs(ctx context.Context, namespace, selector string) ([]netip.Addr, error) {
	if _, err := labels.Parse(selector); err != nil {
		return nil, fmt.Errorf("list pods with the labels %q: %w", selector, err)
	}
	client, err := c.rest(corev1.SchemeGroupVersion)
	if err != nil {
		return nil, err
	}
	var pods corev1.PodList
	err = client.Get().Namespace(namespace).Resource("pods").
		VersionedParams(&metav1.ListOptions{LabelSelector: selector, ResourceVersion: "0"}, metav1.ParameterCodec).
		Do(ctx).Into(&pods)
	if err != nil {
		return nil, fmt.Errorf("list pods with the labels %q: %w", selector, err)
	}
	var addrs []netip.Addr
	for i := range pods.Items {
		status := &pods.Items[i].Status
		addr, err := netip.ParseAddr(status.PodIP)
		if err != nil || status.Phase == corev1.PodSucceeded || status.Phase == corev1.PodFailed {
			continue
		}
		addrs = append(addrs, addr)
	}
	return addrs, nil
}
