package intent

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
)

func TestLocalPrefConflicts(t *testing.T) {
	torB := torA(func(s *peerSpec) { s.Address = "192.0.2.2" })
	torB.Name = "tor-b"
	node := func(name, rack string) *corev1.Node {
		return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"rack": rack}}}
	}
	inRack := func(rack string) []metav1.LabelSelector { return []metav1.LabelSelector{selects("rack", rack)} }
	found := []Problem{{
		Object: ref("BGPAdvertisement", "b"), Field: "spec.localPref",
		Message: "200 differs from 100 of BGPAdvertisement metallb-system/a, and both announce IPAddressPool gold to the same peers",
		Effect:  "services to which both apply are not announced by BGP",
		Remedy:  "give both the same localPref, or peers, nodes or aggregation lengths that differ",
	}}
	tests := []struct {
		name string
		pool *v1beta1.IPAddressPool
		a, b func(*adSpec)
		want []Problem
	}{
		{name: "two advertisements of a pool conflict", want: found},
		{name: "the same preference is no conflict", b: func(s *adSpec) { s.LocalPref = 100 }},
		{name: "other lengths are other routes", b: func(s *adSpec) { s.AggregationLength = length(26) }},
		{
			name: "a family with the same length still conflicts",
			pool: pool("gold", "198.51.100.0/24", "2001:db8::/112"),
			b:    func(s *adSpec) { s.AggregationLength = length(26) },
			want: found,
		},
		{
			name: "a length that differs in every family does not",
			pool: pool("gold", "198.51.100.0/24", "2001:db8::/112"),
			b:    func(s *adSpec) { s.AggregationLength, s.AggregationLengthV6 = length(26), length(120) },
		},
		{
			name: "other peers get other routes",
			a:    func(s *adSpec) { s.Peers = []string{"tor-a"} },
			b:    func(s *adSpec) { s.Peers = []string{"tor-b"} },
		},
		{name: "all peers include any", a: func(s *adSpec) { s.Peers = []string{"tor-a"} }, want: found},
		{
			name: "peers that overlap conflict",
			a:    func(s *adSpec) { s.Peers = []string{"tor-a", "tor-b"} },
			b:    func(s *adSpec) { s.Peers = []string{"tor-b"} },
			want: found,
		},
		{
			name: "other nodes make other routes",
			a:    func(s *adSpec) { s.NodeSelectors = inRack("1") },
			b:    func(s *adSpec) { s.NodeSelectors = inRack("2") },
		},
		{name: "all nodes include any", a: func(s *adSpec) { s.NodeSelectors = inRack("1") }, want: found},
		{
			name: "selected services are judged one by one",
			a:    func(s *adSpec) { s.ServiceSelectors = inRack("1") },
		},
		{name: "no shared pool, no conflict", b: func(s *adSpec) { s.IPAddressPoolSelectors = inRack("none") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			objs := Objects{
				Pools: []*v1beta1.IPAddressPool{pool("gold", "198.51.100.0/24")},
				Peers: []*v1beta2.BGPPeer{torA(), torB},
				Nodes: []*corev1.Node{node("n1", "1"), node("n2", "2")},
				BGPAdvertisements: []*v1beta1.BGPAdvertisement{
					advertisement("a", func(s *adSpec) { s.LocalPref = 100 }, orNothing(tt.a)),
					advertisement("b", func(s *adSpec) { s.LocalPref = 200 }, orNothing(tt.b)),
				},
			}
			if tt.pool != nil {
				objs.Pools = []*v1beta1.IPAddressPool{tt.pool}
			}
			got, problems := Parse(objs, Options{}, nil)
			if diff := cmp.Diff(tt.want, problems, comparison); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if len(got.BGPAdvertisements) != 2 {
				t.Errorf("%d advertisements are left, want both", len(got.BGPAdvertisements))
			}
		})
	}
}

func orNothing(edit func(*adSpec)) func(*adSpec) {
	if edit == nil {
		return func(*adSpec) {}
	}
	return edit
}
