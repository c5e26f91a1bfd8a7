package intent

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/bgp"
)

func TestRequestMeans(t *testing.T) {
	annotate := func(pairs ...string) func(*corev1.Service) {
		return func(s *corev1.Service) {
			s.Annotations = map[string]string{}
			for i := 0; i < len(pairs); i += 2 {
				s.Annotations[pairs[i]] = pairs[i+1]
			}
		}
	}
	dual := func(s *corev1.Service) { s.Spec.ClusterIPs = []string{"fd00::1", "10.96.0.1"} }
	for _, tt := range []struct {
		name string
		edit func(*corev1.Service)
		want func(*Request)
	}{
		{"nothing but its family", func(*corev1.Service) {}, func(*Request) {}},
		{"families are those of cluster addresses, in their order", dual, func(r *Request) { r.Families = []bgp.Family{bgp.IPv6Unicast, bgp.IPv4Unicast} }},
		{"one cluster address may be in the old field alone", func(s *corev1.Service) { s.Spec.ClusterIP, s.Spec.ClusterIPs = "fd00::1", nil }, func(r *Request) { r.Families = []bgp.Family{bgp.IPv6Unicast} }},
		{"None is no cluster address", func(s *corev1.Service) { s.Spec.ClusterIPs = []string{"None"} }, func(r *Request) { r.Families = nil }},
		{"the first family is the primary one", func(s *corev1.Service) { s.Spec.IPFamilies = []corev1.IPFamily{corev1.IPv6Protocol} }, func(r *Request) { r.Primary = bgp.IPv6Unicast }},
		{"policy PreferDualStack", func(s *corev1.Service) { s.Spec.IPFamilyPolicy = new(corev1.IPFamilyPolicyPreferDualStack) }, func(r *Request) { r.Stacks = PreferDualStack }},
		{"policy RequireDualStack", func(s *corev1.Service) { s.Spec.IPFamilyPolicy = new(corev1.IPFamilyPolicyRequireDualStack) }, func(r *Request) { r.Stacks = RequireDualStack }},
		{"ports are sorted and each once, TCP without a protocol", func(s *corev1.Service) {
			s.Spec.Ports = []corev1.ServicePort{{Port: 80}, {Port: 53, Protocol: "UDP"}, {Port: 80, Protocol: "TCP"}}
		}, func(r *Request) { r.Ports = []Port{{"TCP", 80}, {"UDP", 53}} }},
		{"pods count under policy Local", func(s *corev1.Service) {
			s.Spec.Selector, s.Spec.ExternalTrafficPolicy = map[string]string{"b": "2", "a": "1"}, corev1.ServiceExternalTrafficPolicyLocal
		}, func(r *Request) { r.BackendKey = "a=1,b=2" }},
		{"pods do not count under policy Cluster", func(s *corev1.Service) { s.Spec.Selector = map[string]string{"a": "1"} }, func(*Request) {}},
		{"the new prefix goes before the old one, even empty", annotate("metallb.io/address-pool", "", "metallb.universe.tf/address-pool", "gold"), func(r *Request) { r.Deprecated = []string{"metallb.universe.tf/address-pool"} }},
		{
			"everything may be under the old prefix", annotate("metallb.universe.tf/address-pool", "gold", "metallb.universe.tf/allow-shared-ip", "k", "metallb.universe.tf/loadBalancerIPs", "198.51.100.1"),
			func(r *Request) {
				r.Pool, r.SharingKey, r.Addresses = "gold", "k", []netip.Addr{addr("198.51.100.1")}
				r.Deprecated = []string{"metallb.universe.tf/address-pool", "metallb.universe.tf/allow-shared-ip", "metallb.universe.tf/loadBalancerIPs"}
			},
		},
		{"two addresses may have spaces between them", annotate("metallb.io/loadBalancerIPs", " 198.51.100.1 , 2001:db8::1 "), func(r *Request) { r.Addresses = []netip.Addr{addr("198.51.100.1"), addr("2001:db8::1")} }},
		{"an address in two places is refused", func(s *corev1.Service) {
			annotate("metallb.io/loadBalancerIPs", "198.51.100.1")(s)
			s.Spec.LoadBalancerIP = "198.51.100.1"
		}, func(r *Request) {
			r.Refused = "both annotation metallb.io/loadBalancerIPs and spec.loadBalancerIP are set; remove one of them"
		}},
		{"what it was given is in status and annotation", func(s *corev1.Service) {
			annotate("metallb.io/ip-allocated-from-pool", "gold")(s)
			s.Status = service("", "198.51.100.1", "x").Status
		}, func(r *Request) { r.Holds, r.HeldPool = []netip.Addr{addr("198.51.100.1"), {}}, "gold" }},
		{"a host name and the old annotation are leftovers", func(s *corev1.Service) {
			annotate("metallb.universe.tf/ip-allocated-from-pool", "gold")(s)
			s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{Hostname: "web.example.com"}}
		}, func(r *Request) { r.Leftover = true }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := service("web")
			s.Spec.ClusterIPs = []string{"10.96.0.1"}
			tt.edit(s)
			want := Request{Service: serviceRef("web"), Balanced: true, Families: []bgp.Family{bgp.IPv4Unicast}, Primary: bgp.IPv4Unicast}
			tt.want(&want)
			got, concerned := ParseRequest(s, Options{})
			if !concerned {
				t.Fatal("it does not concern the pools")
			}
			if diff := cmp.Diff(want, got, comparison); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRequestConcernsThePools(t *testing.T) {
	class := func(name string) func(*corev1.Service) {
		return func(s *corev1.Service) { s.Spec.LoadBalancerClass = &name }
	}
	given := func(s *corev1.Service) { s.Annotations = map[string]string{AnnotationPool: "gold"} }
	plain := func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeClusterIP }
	for _, tt := range []struct {
		name      string
		opts      Options
		edits     []func(*corev1.Service)
		concerned bool
		balanced  bool
	}{
		{"a load balancer", Options{}, nil, true, true},
		{"a load balancer of a class", Options{}, []func(*corev1.Service){class("x")}, false, false},
		{"a load balancer of another class that has an address", Options{}, []func(*corev1.Service){class("x"), given}, false, false},
		{"a load balancer of our class", Options{LoadBalancerClass: "x"}, []func(*corev1.Service){class("x")}, true, true},
		{"a service of another type", Options{}, []func(*corev1.Service){plain}, false, false},
		{"a service that was a load balancer", Options{}, []func(*corev1.Service){plain, given}, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := service("web")
			for _, edit := range tt.edits {
				edit(s)
			}
			if r, concerned := ParseRequest(s, tt.opts); concerned != tt.concerned || r.Balanced != tt.balanced {
				t.Errorf("concerned %t, balanced %t, want %t, %t", concerned, r.Balanced, tt.concerned, tt.balanced)
			}
		})
	}
}

func TestPoolIsForSomeServices(t *testing.T) {
	team := metav1.LabelSelector{MatchLabels: map[string]string{"team": "red"}}
	front := metav1.LabelSelector{MatchLabels: map[string]string{"tier": "front"}}
	gold := pool("gold", "198.51.100.0/24")
	gold.Spec.AutoAssign, gold.Spec.AvoidBuggyIPs = new(false), true
	gold.Spec.AllocateTo = &v1beta1.ServiceAllocation{
		Priority: 7, Namespaces: []string{"z", "a"},
		NamespaceSelectors: []metav1.LabelSelector{team}, ServiceSelectors: []metav1.LabelSelector{front},
	}
	objs := Objects{Pools: []*v1beta1.IPAddressPool{gold}, Namespaces: []*corev1.Namespace{
		{ObjectMeta: metav1.ObjectMeta{Name: "m", Labels: map[string]string{"team": "red"}}},
		nil,
		{ObjectMeta: metav1.ObjectMeta{Name: "n", Labels: map[string]string{"team": "blue"}}},
	}}
	parsed, problems := Parse(objs, Options{}, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got := parsed.Pools[0]
	if got.AutoAssign || !got.AvoidBuggyIPs || got.Allocation.Priority != 7 {
		t.Errorf("pool %+v", got)
	}
	if diff := cmp.Diff([]string{"a", "m", "z"}, got.Allocation.Namespaces); diff != "" {
		t.Errorf("namespaces (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		namespace, tier string
		want            bool
	}{{"a", "front", true}, {"m", "front", true}, {"n", "front", false}, {"a", "back", false}} {
		if got := got.Allocation.Allows(tt.namespace, labels.Set{"tier": tt.tier}); got != tt.want {
			t.Errorf("namespace %s, tier %s: %t, want %t", tt.namespace, tt.tier, got, tt.want)
		}
	}
}
