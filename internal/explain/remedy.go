package explain

import (
	"frr-speaker/internal/announce"
	"frr-speaker/internal/status"
)

// Remedy says what to do about a reason, "" where nothing is to be done.
func Remedy(r announce.Reason) string {
	switch r {
	case announce.Announced:
		return ""
	case announce.NoIPAllocated:
		return "see the Events of the service for why the controller gives it no address; without a controller set status.loadBalancer.ingress"
	case announce.InvalidIP:
		return "correct what assigns the address, or delete the service's status"
	case announce.IPNotAllowed:
		return "add the address to one IPAddressPool, or let the controller assign another: all addresses of a service come from one pool"
	case announce.NotOwner:
		return "if this node should announce it, have an advertisement of the pool select the node; by layer 2 one node answers for all"
	case announce.NoMatchingAdvertisement:
		return "label the service as spec.serviceSelectors of an advertisement of the pool ask for, or widen its selectors"
	case announce.ConflictingAdvertisements:
		return "give both the same localPref, or peers, nodes or aggregation lengths that differ"
	case announce.TooManyCommunities:
		return "list at most 100 communities and 100 large ones over all advertisements of one prefix"
	case announce.NodeUnknown:
		return "start speaker with --node-name as the Node object has it; if the node was deleted and is to stay, restart its kubelet"
	case announce.NodeNetworkUnavailable:
		return "repair the node's network; its network plugin sets the condition NetworkUnavailable"
	case announce.NodeLabeledExcludeBalancers:
		return "remove the label from the node, or start speaker with --ignore-exclude-lb"
	case announce.NoLocalEndpoints:
		return "run a ready pod of the service on the node, or set externalTrafficPolicy to Cluster"
	case announce.NoEndpoints:
		return "see why no pod that the service selects is ready: kubectl get endpointslices -l kubernetes.io/service-name=NAME"
	case announce.NoPeers:
		return "add a BGPPeer whose nodeSelectors select the node, or correct the one that is left out"
	case announce.NoMatchingPeer:
		return "have spec.peers of the advertisement name a BGPPeer of this node, and a session carry the address family"
	case announce.NotMember:
		return "see whether the speaker of the node runs, and reaches the others on TCP and UDP port 7946"
	case announce.NoCommonNode:
		return "let services that share an address have a node in common, or give one of them another address"
	case announce.SharedIPWithServiceSelector:
		return "remove the allow-shared-ip annotation from the service, or serviceSelectors from the L2Advertisement"
	}
	return ""
}

// RemedyFor is Remedy for the reasons of conditions and Events.
func RemedyFor(reason string) string {
	switch reason {
	case status.ReasonPartial, status.ReasonRefused, status.ReasonRolledBack:
		return "correct the object that the line comes from"
	case status.ReasonFailed:
		return "see the log of frr-reloader; it goes on trying"
	case status.ReasonPending:
		return "wait a moment; if it stays, see the log of frr-reloader"
	case status.ReasonSilent:
		return "see whether the container frr runs"
	case status.ReasonSessionDown:
		return "see whether the router answers on its BGP port, and AS numbers, passwords and BFD agree"
	case ReasonPrefixesMissing:
		return "see what bgpd holds back: vtysh -c 'show bgp neighbors ADDRESS advertised-routes'"
	case ReasonUnreported:
		return "see whether the pod of speaker runs on the node, and its log"
	case status.EventAnnounceFailed:
		return "name interfaces that exist on the node in spec.interfaces, and see that one of them is up"
	case status.EventAddressConflict:
		return "take the address from the other host, or out of the IPAddressPool"
	}
	return ""
}
