package announce

import (
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
