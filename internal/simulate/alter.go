package simulate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"frr-speaker/internal/intent"
)

// Lose returns the objects as they are once a node is gone, and the pods on it.
func Lose(o intent.Objects, node string) (intent.Objects, error) {
	i, err := find(o, node)
	if err != nil {
		return o, err
	}
	o.Nodes = slices.Delete(slices.Clone(o.Nodes), i, i+1)
	if o.Members != nil {
		o.Members = slices.DeleteFunc(slices.Clone(o.Members), func(name string) bool { return name == node })
	}
	return withoutEndpoints(o, node), nil
}

// Drain returns the objects as they are once the pods that services select have left a
// node. Its speaker stays, as pods of DaemonSets do, and goes on announcing. Where the
// pods start again is not known, so that they do is not assumed.
func Drain(o intent.Objects, node string) (intent.Objects, error) {
	if _, err := find(o, node); err != nil {
		return o, err
	}
	return withoutEndpoints(o, node), nil
}

// Relabel returns the objects with other labels on a node: "key=value" sets one, "key-"
// removes one, as kubectl label has it.
func Relabel(o intent.Objects, node string, labels []string) (intent.Objects, error) {
	i, err := find(o, node)
	if err != nil {
		return o, err
	}
	changed := o.Nodes[i].DeepCopy()
	changed.Labels = maps.Clone(changed.Labels)
	if changed.Labels == nil {
		changed.Labels = map[string]string{}
	}
	for _, label := range labels {
		key, value, set := strings.Cut(label, "=")
		gone, remove := strings.CutSuffix(label, "-")
		switch {
		case set && key != "":
			changed.Labels[key] = value
		case remove && gone != "":
			delete(changed.Labels, gone)
		default:
			return o, fmt.Errorf("%q is no change of a label: write key=value, or key- to remove it", label)
		}
	}
	o.Nodes = slices.Clone(o.Nodes)
	o.Nodes[i] = changed
	return o, nil
}

func find(o intent.Objects, node string) (int, error) {
	i := slices.IndexFunc(o.Nodes, func(n *corev1.Node) bool { return n.Name == node })
	if i < 0 {
		return 0, fmt.Errorf("the objects have no Node %s", node)
	}
	return i, nil
}

// withoutEndpoints takes a node's endpoints out of every slice. Objects are shared, so
// slices that change are copied.
func withoutEndpoints(o intent.Objects, node string) intent.Objects {
	onNode := func(e discoveryv1.Endpoint) bool { return e.NodeName != nil && *e.NodeName == node }
	o.EndpointSlices = slices.Clone(o.EndpointSlices)
	for i, s := range o.EndpointSlices {
		if s != nil && slices.ContainsFunc(s.Endpoints, onNode) {
			less := *s
			less.Endpoints = slices.DeleteFunc(slices.Clone(s.Endpoints), onNode)
			o.EndpointSlices[i] = &less
		}
	}
	return o
}
