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
	NotMember          bool // members are watched, and its speaker is none
}

func parseNode(o *corev1.Node, opts Options, missing func(node string) bool) Node {
	_, excluded := o.Labels[corev1.LabelNodeExcludeBalancers]
	node := Node{Name: o.Name, Labels: o.Labels, ExcludedFromLB: excluded && !opts.IgnoreExcludeLB, NotMember: missing(o.Name)}
	for _, c := range o.Status.Conditions {
		if c.Type == corev1.NodeNetworkUnavailable && c.Status == corev1.ConditionTrue {
			node.NetworkUnavailable = true
		}
	}
	return node
}

// missingFrom tells which nodes have no speaker among the members. Without a list
// of members none lacks it: then a speaker is expected to run on every node.
func missingFrom(members []string) func(node string) bool {
	if members == nil {
		return func(string) bool { return false }
	}
	set := make(map[string]bool, len(members))
	for _, name := range members {
		set[name] = true
	}
	return func(node string) bool { return !set[node] }
}
