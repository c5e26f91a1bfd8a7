package status

import (
	"net/netip"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/l2"
)

// BuildServices returns the objects per service: what the node means to announce,
// whether or not its sessions are established, as MetalLB has it. Where there are
// more services than objects allowed, the first by namespace and name have theirs.
func BuildServices(f Facts) *Services {
	out := &Services{}
	if f.State == nil {
		return out
	}
	owners, links := owner(f), linksByAddr(f.State.L2)
	for i := range f.State.Verdicts {
		switch v := &f.State.Verdicts[i]; {
		case !v.Announced():
		case v.Protocol == announce.ProtocolBGP && len(out.BGP) < f.perNode():
			out.BGP = append(out.BGP, serviceBGP(f, v, owners))
		case v.Protocol == announce.ProtocolL2 && len(out.L2) < f.maxObjects():
			out.L2 = append(out.L2, serviceL2(f, v, owners, links))
		default:
			out.Unreported++
		}
	}
	return out
}

func serviceBGP(f Facts, v *announce.Verdict, owners []metav1.OwnerReference) *v1beta1.ServiceBGPStatus {
	return &v1beta1.ServiceBGPStatus{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1beta1.GroupVersion.String(), Kind: "ServiceBGPStatus"},
		ObjectMeta: serviceMeta(f, "bgp-", v.Service, owners),
		Status: v1beta1.MetalLBServiceBGPStatus{
			Node: f.Node, ServiceName: v.Service.Name, ServiceNamespace: v.Service.Namespace,
			Peers: v.Peers,
		},
	}
}

func serviceL2(f Facts, v *announce.Verdict, owners []metav1.OwnerReference, links map[netip.Addr][]string) *v1beta1.ServiceL2Status {
	return &v1beta1.ServiceL2Status{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1beta1.GroupVersion.String(), Kind: "ServiceL2Status"},
		ObjectMeta: serviceMeta(f, "l2-", v.Service, owners),
		Status: v1beta1.MetalLBServiceL2Status{
			Node: f.Node, ServiceName: v.Service.Name, ServiceNamespace: v.Service.Namespace,
			Interfaces: interfacesOf(v.Addresses, links),
		},
	}
}

func serviceMeta(f Facts, prefix string, service intent.Ref, owners []metav1.OwnerReference) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name:            objectName(prefix, f.Node, service.Namespace, service.Name),
		Namespace:       f.Namespace,
		OwnerReferences: owners,
		Labels: map[string]string{
			LabelNode:             LabelValue(f.Node),
			LabelServiceName:      service.Name,
			LabelServiceNamespace: service.Namespace,
		},
	}
}

func linksByAddr(announcements []l2.Announcement) map[netip.Addr][]string {
	links := make(map[netip.Addr][]string, len(announcements))
	for _, a := range announcements {
		links[a.Addr] = a.Links
	}
	return links
}

// interfacesOf lists the links that answer for a service; none when all do.
func interfacesOf(addresses []netip.Addr, links map[netip.Addr][]string) []v1beta1.InterfaceInfo {
	var names []string
	for _, a := range addresses {
		if len(links[a]) == 0 {
			return nil
		}
		names = append(names, links[a]...)
	}
	slices.Sort(names)
	var out []v1beta1.InterfaceInfo
	for _, name := range slices.Compact(names) {
		out = append(out, v1beta1.InterfaceInfo{Name: name})
	}
	return out
}
