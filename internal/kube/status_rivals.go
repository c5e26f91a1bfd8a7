package kube

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/status"
)

// rivalPage is how many objects of other nodes are read at a time.
const rivalPage = 500

// removeRivals deletes what other nodes say of services that this one has just taken
// over by layer 2: a node that is dead cannot do it. It is done once for each takeover, so
// that two nodes that do not see each other do not delete each other's objects for ever.
func (b *batch) removeRivals(ctx context.Context, taken []statusObject) {
	if len(taken) == 0 {
		return
	}
	type service struct{ namespace, name string }
	ours := map[service]bool{}
	for _, o := range taken {
		if o, ok := o.(*v1beta1.ServiceL2Status); ok {
			ours[service{o.Status.ServiceNamespace, o.Status.ServiceName}] = true
		}
	}
	k := b.writer.kinds[kindServiceL2]
	k.labels = otherNodes(b.writer.opts.Node)
	options := metav1.ListOptions{Limit: rivalPage}
	for {
		found, err := k.list(ctx, options)
		if err != nil {
			b.writer.opts.Log.Warn("cannot read what other nodes say of services that this one took over", "error", err)
			return
		}
		list, ok := found.(*v1beta1.ServiceL2StatusList)
		if !ok {
			return
		}
		for i := range list.Items {
			o := &list.Items[i]
			if ours[service{o.Status.ServiceNamespace, o.Status.ServiceName}] {
				b.do(ctx, step{kind: kindServiceL2, have: o})
			}
		}
		if options.Continue = list.Continue; options.Continue == "" || ctx.Err() != nil {
			return
		}
	}
}

// otherNodes selects the objects of all nodes but one.
func otherNodes(node string) string {
	requirement, err := labels.NewRequirement(status.LabelNode, selection.NotEquals, []string{status.LabelValue(node)})
	if err != nil {
		return status.LabelNode + "!=" + status.LabelValue(node) // not reached: the value is short enough
	}
	return labels.NewSelector().Add(*requirement).String()
}

// sortInto puts an object where it belongs.
func sortInto(out *status.Objects, o statusObject) {
	switch o := o.(type) {
	case *v1beta1.ConfigurationState:
		out.Configuration = o
	case *v1alpha1.NodeState:
		out.Node = o
	case *v1beta1.ServiceBGPStatus:
		out.Services.BGP = append(out.Services.BGP, o)
	case *v1beta1.ServiceL2Status:
		out.Services.L2 = append(out.Services.L2, o)
	}
}
