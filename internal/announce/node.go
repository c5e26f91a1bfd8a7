package announce

import (
	"slices"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

// nodeMayAnnounce asks whether the cluster lets this node take traffic. It
// returns zero when it does. A cordoned node may: its sessions and pods live on.
func nodeMayAnnounce(n intent.Node) (Reason, string) {
	if n.NetworkUnavailable {
		return NodeNetworkUnavailable, "condition NetworkUnavailable of node " + n.Name + " is True"
	}
	if n.ExcludedFromLB {
		return NodeLabeledExcludeBalancers, "node " + n.Name + " carries the label node.kubernetes.io/exclude-from-external-load-balancers"
	}
	return 0, ""
}

// NodeGone is the state of a node that the cluster had and has no longer, other than one
// it never had: it keeps the sessions it had, and announces nothing. Other nodes elect
// without it, and traffic that it attracts may end anywhere: its network may be given away.
func NodeGone(in *intent.Intent, name string, had bgp.Speaker) State {
	state := unknownNode(in, name)
	state.NodeUnknown, state.NodeGone = false, true
	state.BGP.Instances = slices.Clone(had.Instances)
	for i := range state.BGP.Instances {
		state.BGP.Instances[i].Routes = nil
	}
	for i := range state.Verdicts {
		state.Verdicts[i].Detail = "node " + name + " was deleted from the cluster"
	}
	state.Problems = []intent.Problem{{
		Object:  intent.Ref{Kind: "Node", Name: name},
		Message: "the node was deleted from the cluster",
		Effect:  "it announces nothing, and keeps its sessions",
		Remedy:  "restart kubelet if the node is to stay: it registers again",
	}}
	return state
}

// unknownNode is the state of a node that the cluster does not have. Without its
// labels nothing says which sessions are its own, so none are listed, and none
// are to be closed.
func unknownNode(in *intent.Intent, name string) State {
	var verdicts []Verdict
	for _, svc := range in.Services {
		for _, p := range asked(in).list() {
			verdicts = append(verdicts, Verdict{
				Service: svc.Ref, Addresses: svc.Addresses, Protocol: p,
				Reason: NodeUnknown, Detail: "the cluster has no node " + name,
			})
		}
	}
	return State{
		Node:        name,
		NodeUnknown: true,
		BGP:         bgp.Speaker{BFDProfiles: in.BFDProfiles},
		Verdicts:    verdicts,
		Problems: []intent.Problem{{
			Object:  intent.Ref{Kind: "Node", Name: name},
			Message: "the cluster has no node of this name",
			Effect:  "nothing is decided for it, and what it announces stays as it is",
			Remedy:  "check the node name that the speaker was started with",
		}},
	}
}
