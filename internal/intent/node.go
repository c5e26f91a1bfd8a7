package intent

import (
	corev1 "k8s.io/api/core/v1"

	"k8s.io/apimachinery/pkg/labels"
)

// Node is a cluster node.
type Node struct {
	Name               string
	Labels             labels.Set
	NetworkUnavailable bool // condition NetworkUnavailable is True
	ExcludedFromLB     bool // label node.kubernetes.io/exclude-from-external-load-balancers, unless ignored
}

func parseNode(o *corev1.Node, opts Options) Node {
	_, excluded := o.Labels[corev1.LabelNodeExcludeBalancers]
	node := Node{Name: o.Name, Labels: o.Labels, ExcludedFromLB: excluded && !opts.IgnoreExcludeLB}
	for _, c := range o.Status.Conditions {
		if c.Type == corev1.NodeNetworkUnavailable && c.Status == corev1.ConditionTrue {
			node.NetworkUnavailable = true
		}
	}
	return node
}
