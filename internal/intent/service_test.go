package intent

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func service(name string, ips ...string) *corev1.Service {
	s := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop"},
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer},
	}
	for _, ip := range ips {
		s.Status.LoadBalancer.Ingress = append(s.Status.LoadBalancer.Ingress, corev1.LoadBalancerIngress{IP: ip})
	}
	return s
}

func serviceRef(name string) Ref { return Ref{Kind: "Service", Namespace: "shop", Name: name} }

func TestServiceMeans(t *testing.T) {
	tests := []struct {
		name string
		edit func(*corev1.Service)
		want Service
	}{
		{"a service without an address is ours already", func(*corev1.Service) {}, Service{}},
		{
			"addresses keep their order, each once",
			func(s *corev1.Service) {
				s.Status = service("", "2001:db8::1", "198.51.100.1", "::ffff:198.51.100.1").Status
			},
			Service{Addresses: []netip.Addr{addr("2001:db8::1"), addr("198.51.100.1")}},
		},
		{
			"a host name is nothing to announce",
			func(s *corev1.Service) {
				s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{Hostname: "lb.example.com"}, {IP: "198.51.100.1"}}
			},
			Service{Addresses: []netip.Addr{addr("198.51.100.1")}},
		},
		{
			"traffic policy Local",
			func(s *corev1.Service) { s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal },
			Service{TrafficPolicy: TrafficPolicyLocal},
		},
		{
			"the sharing key under the new prefix goes before the old",
			func(s *corev1.Service) {
				s.Annotations = map[string]string{"metallb.io/allow-shared-ip": "new", "metallb.universe.tf/allow-shared-ip": "old"}
			},
			Service{SharingKey: "new"},
		},
		{
			"the old prefix still counts",
			func(s *corev1.Service) {
				s.Annotations = map[string]string{"metallb.universe.tf/allow-shared-ip": "old"}
			},
			Service{SharingKey: "old"},
		},
		{
			"labels are for selectors",
			func(s *corev1.Service) { s.Labels = map[string]string{"app": "web"} },
			Service{Labels: map[string]string{"app": "web"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := service("web")
			tt.edit(s)
			tt.want.Ref = serviceRef("web")
			expect(t, Objects{Services: []*corev1.Service{s}}, nil, Intent{Services: []Service{tt.want}})
		})
	}
}

func TestServiceWithAnAddressThatIsNone(t *testing.T) {
	objs := Objects{Services: []*corev1.Service{service("web", "198.51.100.1", "198.51.100.300", "fe80::1%eth0")}}
	problem := func(index int, message string) Problem {
		return Problem{
			Object: serviceRef("web"), Field: fmt.Sprintf("status.loadBalancer.ingress[%d].ip", index), Message: message,
			Effect: "the service is not announced", Remedy: "correct what assigns the address, or delete the service's status",
		}
	}
	expect(t, objs, nil, Intent{Services: []Service{{Ref: serviceRef("web"), Addresses: []netip.Addr{addr("198.51.100.1"), {}}}}},
		problem(1, `"198.51.100.300" is not an IP address`), problem(2, `"fe80::1%eth0" has a zone`))
}

func TestWhichServicesAreOurs(t *testing.T) {
	classed := func(class string) *corev1.Service {
		s := service("web")
		s.Spec.LoadBalancerClass = &class
		return s
	}
	clusterIP := service("web", "198.51.100.1")
	clusterIP.Spec.Type = corev1.ServiceTypeClusterIP
	tests := []struct {
		name    string
		service *corev1.Service
		class   string
		want    bool
	}{
		{"one without a class is, when no class is asked for", service("web"), "", true},
		{"one with a class is not then", classed("other"), "", false},
		{"one with our class is", classed("metallb"), "metallb", true},
		{"one with another class is not", classed("other"), "metallb", false},
		{"one without a class is not, when a class is asked for", service("web"), "metallb", false},
		{"one of another type is not, whatever its status", clusterIP, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problems := Parse(Objects{Services: []*corev1.Service{tt.service}}, Options{LoadBalancerClass: tt.class}, nil)
			if len(problems) > 0 {
				t.Error(problems)
			}
			if ours := len(got.Services) == 1; ours != tt.want {
				t.Errorf("ours is %t, want %t", ours, tt.want)
			}
		})
	}
}

func TestEndpointCanServe(t *testing.T) {
	yes, no := true, false
	tests := []struct {
		name           string
		ready, serving *bool
		want           bool
	}{
		{"unknown", nil, nil, true},
		{"ready unknown, serving", nil, &yes, true},
		{"ready unknown, not serving", nil, &no, true},
		{"ready", &yes, nil, true},
		{"ready and serving", &yes, &yes, true},
		{"ready, which publishNotReadyAddresses makes of one that does not serve", &yes, &no, true},
		{"not ready", &no, nil, false},
		{"not ready but serving: it terminates", &no, &yes, true},
		{"neither", &no, &no, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := canServe(discoveryv1.EndpointConditions{Ready: tt.ready, Serving: tt.serving}); got != tt.want {
				t.Errorf("can serve is %t, want %t", got, tt.want)
			}
		})
	}
}

func endpointSlice(namespace, service string, endpoints ...discoveryv1.Endpoint) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "slice", Labels: map[string]string{discoveryv1.LabelServiceName: service}},
		Endpoints:  endpoints,
	}
}

func endpoint(node string, ready bool) discoveryv1.Endpoint {
	e := discoveryv1.Endpoint{Addresses: []string{"10.0.0.1"}, Conditions: discoveryv1.EndpointConditions{Ready: &ready}}
	if node != "" {
		e.NodeName = &node
	}
	return e
}

func TestEndpointsAreSummedOverSlices(t *testing.T) {
	objs := Objects{
		Services: []*corev1.Service{service("web"), service("idle")},
		EndpointSlices: []*discoveryv1.EndpointSlice{
			endpointSlice("shop", "web", endpoint("n2", true), endpoint("n1", false), endpoint("", true)),
			nil,
			endpointSlice("shop", "web", endpoint("n2", true), endpoint("n3", true), discoveryv1.Endpoint{}),
			endpointSlice("elsewhere", "web", endpoint("n4", true)),
			endpointSlice("shop", "idle", endpoint("n1", false)),
			endpointSlice("shop", "unknown", endpoint("n1", true)),
			{ObjectMeta: metav1.ObjectMeta{Namespace: "shop"}, Endpoints: []discoveryv1.Endpoint{endpoint("n5", true)}},
		},
	}
	expect(t, objs, nil, Intent{Services: []Service{
		{Ref: serviceRef("idle")},
		{Ref: serviceRef("web"), Endpoints: Endpoints{Serving: 4, Nodes: []string{"n2", "n3"}}},
	}})
}

func TestNodeMeans(t *testing.T) {
	node := func(labels map[string]string, conditions ...corev1.NodeCondition) *corev1.Node {
		return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n1", Labels: labels}, Status: corev1.NodeStatus{Conditions: conditions}}
	}
	network := func(status corev1.ConditionStatus) corev1.NodeCondition {
		return corev1.NodeCondition{Type: corev1.NodeNetworkUnavailable, Status: status}
	}
	excluded := map[string]string{"node.kubernetes.io/exclude-from-external-load-balancers": "false"}
	tests := []struct {
		name string
		node *corev1.Node
		opts Options
		want Node
	}{
		{"labels are for selectors", node(map[string]string{"rack": "a"}), Options{}, Node{Labels: map[string]string{"rack": "a"}}},
		{
			"the network is unavailable only when the condition is true",
			node(nil, network(corev1.ConditionTrue)),
			Options{},
			Node{NetworkUnavailable: true},
		},
		{"an unknown network is not unavailable", node(nil, network(corev1.ConditionUnknown)), Options{}, Node{}},
		{
			"other conditions do not matter",
			node(nil, corev1.NodeCondition{Type: corev1.NodeReady, Status: corev1.ConditionFalse}),
			Options{},
			Node{},
		},
		{"the exclude label counts whatever its value", node(excluded), Options{}, Node{Labels: excluded, ExcludedFromLB: true}},
		{"the exclude label can be ignored", node(excluded), Options{IgnoreExcludeLB: true}, Node{Labels: excluded}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Name = "n1"
			got, problems := Parse(Objects{Nodes: []*corev1.Node{tt.node}}, tt.opts, nil)
			if diff := cmp.Diff(&Intent{Nodes: []Node{tt.want}}, got, comparison); diff != "" {
				t.Errorf("intent (-want +got):\n%s", diff)
			}
			if len(problems) > 0 {
				t.Error(problems)
			}
		})
	}
}
