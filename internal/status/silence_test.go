package status

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
)

// cluster has nodes, a pool, a peer for nodes with a label, and services.
type cluster struct {
	nodes     int
	peerLabel string // the peer is for nodes with it; "": for all
	members   []string
	services  []balanced
}

// balanced is a service with an address of the pool.
type balanced struct {
	name      string
	local     bool
	endpoints []string // nodes
	noAddress bool
}

func (c cluster) intent(t *testing.T) *intent.Intent {
	t.Helper()
	o := intent.Objects{
		Pools:             []*v1beta1.IPAddressPool{{ObjectMeta: named("gold"), Spec: v1beta1.IPAddressPoolSpec{Addresses: []string{"198.51.100.0/24"}}}},
		Peers:             []*v1beta2.BGPPeer{{ObjectMeta: named("tor"), Spec: v1beta2.BGPPeerSpec{MyASN: 64512, ASN: 65001, Address: "192.0.2.1"}}},
		BGPAdvertisements: []*v1beta1.BGPAdvertisement{{ObjectMeta: named("all")}},
		Members:           c.members,
	}
	if c.peerLabel != "" {
		o.Peers[0].Spec.NodeSelectors = []metav1.LabelSelector{{MatchLabels: map[string]string{"name": c.peerLabel}}}
	}
	for i := range c.nodes {
		name := fmt.Sprintf("node-%d", i)
		o.Nodes = append(o.Nodes, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"name": name}}})
	}
	for i, s := range c.services {
		o.Services = append(o.Services, s.service(i))
		o.EndpointSlices = append(o.EndpointSlices, s.slice())
	}
	in, problems := intent.Parse(o, intent.Options{}, nil)
	if len(problems) > 0 {
		t.Fatalf("the cluster has problems: %v", problems)
	}
	return in
}

func named(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: ours, Name: name} }

func (s balanced) service(i int) *corev1.Service {
	o := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: s.name}}
	o.Spec.Type = corev1.ServiceTypeLoadBalancer
	if s.local {
		o.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
	}
	if !s.noAddress {
		o.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: fmt.Sprintf("198.51.100.%d", i+1)}}
	}
	return o
}

func (s balanced) slice() *discoveryv1.EndpointSlice {
	o := &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: s.name, Labels: map[string]string{discoveryv1.LabelServiceName: s.name},
	}}
	for _, node := range s.endpoints {
		o.Endpoints = append(o.Endpoints, discoveryv1.Endpoint{Addresses: []string{"10.0.0.1"}, NodeName: &node})
	}
	return o
}

func TestSilences(t *testing.T) {
	for _, tt := range []struct {
		name string
		c    cluster
		want []Silence // of all nodes
	}{
		{
			name: "a service that is announced is none",
			c:    cluster{nodes: 3, services: []balanced{{name: "web", endpoints: []string{"node-1"}}}},
		},
		{
			name: "a service without endpoints",
			c:    cluster{nodes: 3, services: []balanced{{name: "web"}}},
			want: []Silence{{service("web"), "noEndpoints"}},
		},
		{
			name: "a service without address is for the controller to tell",
			c:    cluster{nodes: 3, services: []balanced{{name: "web", noAddress: true}}},
		},
		{
			name: "a service that only another node announces is none",
			c:    cluster{nodes: 3, services: []balanced{{name: "web", local: true, endpoints: []string{"node-2"}}}},
		},
		{
			name: "a service whose endpoints are on a node without peer",
			c:    cluster{nodes: 3, peerLabel: "node-0", services: []balanced{{name: "web", local: true, endpoints: []string{"node-2"}}}},
			want: []Silence{{service("web"), "noPeers (bgp, 1 node)"}},
		},
		{
			name: "services of a cluster without peers",
			c: cluster{nodes: 4, peerLabel: "none", services: []balanced{
				{name: "a", endpoints: []string{"node-1"}}, {name: "b", endpoints: []string{"node-1"}}, {name: "c", endpoints: []string{"node-1"}},
			}},
			want: []Silence{
				{service("a"), "noPeers (bgp, 4 nodes)"},
				{service("b"), "noPeers (bgp, 4 nodes)"},
				{service("c"), "noPeers (bgp, 4 nodes)"},
			},
		},
		{
			name: "a node without speaker neither announces nor speaks",
			c:    cluster{nodes: 3, members: []string{"node-1"}, peerLabel: "node-2", services: []balanced{{name: "web", endpoints: []string{"node-2"}}}},
			want: []Silence{{service("web"), "noPeers (bgp, 1 node)"}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := tt.c.intent(t)
			var got []Silence
			for _, n := range in.Nodes {
				if !n.NotMember {
					got = append(got, Silences(in, announce.Decide(in, n.Name))...)
				}
			}
			sortSilences(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("what all nodes say together (-want +got):\n%s", diff)
			}
		})
	}
}

func sortSilences(s []Silence) {
	for i := range s {
		for j := i; j > 0 && s[j].Service.Compare(s[j-1].Service) < 0; j-- {
			s[j], s[j-1] = s[j-1], s[j]
		}
	}
}

func TestSpokesmenStayWhenANodeComes(t *testing.T) {
	var nodes []string
	for i := range 50 {
		nodes = append(nodes, fmt.Sprintf("node-%d", i))
	}
	before, after := spokesmen{nodes: nodes, buckets: map[uint64]string{}}, spokesmen{nodes: append(nodes[:50:50], "node-new"), buckets: map[uint64]string{}}
	moved, used := 0, map[string]bool{}
	for i := range 1000 {
		ref := service(fmt.Sprintf("s-%d", i))
		if was, is := before.of(ref), after.of(ref); was != is {
			moved++
			if is != "node-new" {
				t.Errorf("%s moved from %s to %s, which was there before", ref, was, is)
			}
		}
		used[before.of(ref)] = true
	}
	if moved > 150 || len(used) < 15 {
		t.Errorf("%d of 1000 services moved, %d of 50 nodes speak; want few to move and many to speak", moved, len(used))
	}
}
