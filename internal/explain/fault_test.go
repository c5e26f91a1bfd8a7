package explain

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
)

// Which nodes are at fault decides on the exit status that pipelines stop on.
func TestANodeIsAtFaultWhenItShouldAnnounce(t *testing.T) {
	bgp, lan := announce.ProtocolBGP.String(), announce.ProtocolL2.String()
	for _, tt := range []struct {
		name      string
		row       Node
		elsewhere bool // another node announces it by the same protocol
		want      bool
	}{
		{"an announcing node is not", Node{Protocol: bgp, Reason: "announced"}, true, false},
		{"when nobody announces every node is", Node{Protocol: bgp, Reason: "notOwner"}, false, true},
		{"an advertisement may be for others", Node{Protocol: bgp, Reason: "notOwner"}, true, false},
		{"policy Local may leave a node out", Node{Protocol: bgp, Reason: "noLocalEndpoints"}, true, false},
		{"a label may exclude a node", Node{Protocol: bgp, Reason: "nodeLabeledExcludeBalancers"}, true, false},
		{"peers may be for other nodes", Node{Protocol: bgp, Reason: "noPeers"}, true, false},
		{"a peer that is refused is one too few", Node{Protocol: bgp, Reason: "noPeers", Causes: []Cause{{Message: "spec.myASN: is missing"}}}, true, true},
		{"a node without network should have one", Node{Protocol: bgp, Reason: "nodeNetworkUnavailable"}, true, true},
		{"advertisements should not conflict", Node{Protocol: bgp, Reason: "conflictingAdvertisements"}, true, true},
		{"by layer 2 one node answers for all", Node{Protocol: lan, Reason: "nodeNetworkUnavailable"}, true, false},
		{"by layer 2 somebody has to answer", Node{Protocol: lan, Reason: "noEndpoints"}, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSpread(nil)
			if tt.elsewhere {
				s.protocols[tt.row.Protocol] = true
			}
			if got := s.wanting(tt.row); got != tt.want {
				t.Errorf("at fault: %v, want %v", got, tt.want)
			}
		})
	}
}

func TestEveryReasonHasARemedy(t *testing.T) {
	for r := announce.Announced + 1; r.String() != ""; r++ {
		if Remedy(r) == "" {
			t.Errorf("%s has no remedy", r)
		}
	}
}

func TestServicesThatAreNotTheSpeakersSaySo(t *testing.T) {
	class := "internal"
	service := func(kind corev1.ServiceType, class *string) *corev1.Service {
		return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web"}, Spec: corev1.ServiceSpec{Type: kind, LoadBalancerClass: class}}
	}
	for _, tt := range []struct {
		name    string
		service *corev1.Service
		class   string // of the speaker
		want    string
	}{
		{"of another type", service(corev1.ServiceTypeClusterIP, nil), "", NotLoadBalancer},
		{"of a class, and the speaker has none", service(corev1.ServiceTypeLoadBalancer, &class), "", OtherLoadBalancerClass},
		{"of no class, and the speaker has one", service(corev1.ServiceTypeLoadBalancer, nil), "internal", OtherLoadBalancerClass},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := Facts{Intent: &intent.Intent{Nodes: []intent.Node{{Name: "node-a"}}}, Services: []*corev1.Service{tt.service}, Options: intent.Options{LoadBalancerClass: tt.class}}
			got, err := Services(f, []intent.Ref{{Kind: "Service", Namespace: "default", Name: "web"}})
			if err != nil {
				t.Fatal(err)
			}
			if got[0].Reason != tt.want || got[0].OK || len(got[0].Causes) != 1 || got[0].Causes[0].Remedy == "" {
				t.Errorf("got %+v, want reason %s with a cause and its remedy", got[0], tt.want)
			}
		})
	}
}

func TestWhatANodeHasNotWrittenIsSaid(t *testing.T) {
	web := intent.Ref{Kind: "Service", Namespace: "default", Name: "web"}
	row := &Node{Node: "node-a", Protocol: announce.ProtocolBGP.String()}
	state := &announce.State{Node: "node-a"}
	report := &v1alpha1.NodeState{ObjectMeta: metav1.ObjectMeta{Name: "node-a"}}
	said := &v1beta1.ServiceBGPStatus{Status: v1beta1.MetalLBServiceBGPStatus{Node: "node-a", ServiceNamespace: "default", ServiceName: "web"}}
	other := &v1beta1.ServiceBGPStatus{Status: v1beta1.MetalLBServiceBGPStatus{Node: "node-a", ServiceNamespace: "default", ServiceName: "api"}}
	behind := report.DeepCopy()
	behind.Status.ServicesUnreported = 1
	for _, tt := range []struct {
		name    string
		reports *Reports
		want    []string // reasons
	}{
		{"nobody was asked", nil, nil},
		{"the node has no NodeState", &Reports{BGP: []*v1beta1.ServiceBGPStatus{said}}, []string{ReasonUnreported}},
		{"the node has written of the service", &Reports{Nodes: []*v1alpha1.NodeState{report}, BGP: []*v1beta1.ServiceBGPStatus{said}}, nil},
		{"the node has written of another service", &Reports{Nodes: []*v1alpha1.NodeState{report}, BGP: []*v1beta1.ServiceBGPStatus{other}}, []string{ReasonUnreported}},
		{"not every service has an object", &Reports{Nodes: []*v1alpha1.NodeState{behind}, BGP: []*v1beta1.ServiceBGPStatus{other}}, nil},
		{"no service has one", &Reports{Nodes: []*v1alpha1.NodeState{report}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := explainer{facts: Facts{Reports: tt.reports}}
			var got []string
			for _, c := range e.afterwards(state, web, row) {
				got = append(got, c.Reason)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("causes %v, want %v", got, tt.want)
			}
		})
	}
}
