package kube

import (
	"net/netip"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/objects"
	"frr-speaker/test/scenario"
)

// each applies a transform to every object.
func each[P any](trim func(P) P, in []P) []P {
	var out []P
	for _, o := range in {
		out = append(out, trim(o))
	}
	return out
}

func trimAll(o intent.Objects) intent.Objects {
	return intent.Objects{
		Peers:             each(trimPeer, o.Peers),
		BGPAdvertisements: each(trimBGPAdvertisement, o.BGPAdvertisements),
		L2Advertisements:  each(trimL2Advertisement, o.L2Advertisements),
		Pools:             each(trimPool, o.Pools),
		BFDProfiles:       each(trimBFDProfile, o.BFDProfiles),
		Communities:       each(trimCommunity, o.Communities),
		Services:          each(trimService, o.Services),
		EndpointSlices:    each(trimEndpointSlice, o.EndpointSlices),
		Nodes:             each(trimNode, o.Nodes),
		Secrets:           each(trimSecret, merged(o.Secrets)),
		ConfigMaps:        each(trimConfigMap, o.ConfigMaps),
		Members:           o.Members,
	}
}

// merged is what an API server makes of stringData, which it never returns.
func merged(secrets []*corev1.Secret) []*corev1.Secret {
	var out []*corev1.Secret
	for _, s := range secrets {
		s = s.DeepCopy()
		for key, text := range s.StringData {
			if s.Data == nil {
				s.Data = map[string][]byte{}
			}
			s.Data[key] = []byte(text)
		}
		s.StringData = nil
		out = append(out, s)
	}
	return out
}

// What the transforms drop must be what no pass reads: every object that a scenario
// or an example has means the same without it.
func TestTransformsDropNothingThatAPassReads(t *testing.T) {
	scenarios, err := scenario.ReadAll(filepath.Join("..", "announce", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scenarios {
		t.Run(s.Name, func(t *testing.T) {
			objs, _, err := s.Objects(scenario.Now)
			if err != nil {
				t.Fatal(err)
			}
			sameMeaning(t, objs, s.Options)
		})
	}
	t.Run("the examples", func(t *testing.T) {
		objs, _, err := objects.Read(filepath.Join("..", "..", "examples"), objects.Options{})
		if err != nil {
			t.Fatal(err)
		}
		sameMeaning(t, objs, intent.Options{})
	})
}

func sameMeaning(t *testing.T, objs intent.Objects, opts intent.Options) {
	t.Helper()
	objs.Namespaces = nil // pools serve namespaces; speakers do not ask whom
	options := cmp.Options{cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}, bgp.Secret{})}
	want, wantProblems := intent.Parse(objs, opts, nil)
	got, gotProblems := intent.Parse(trimAll(objs), opts, nil)
	if diff := cmp.Diff(want, got, options, cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
		t.Errorf("meaning with everything (-) and after the transforms (+):\n%s", diff)
	}
	if diff := cmp.Diff(wantProblems, gotProblems, options); diff != "" {
		t.Errorf("problems with everything (-) and after the transforms (+):\n%s", diff)
	}
}

// Reflectors hand some objects over twice.
func TestTransformsOfTheirOwnResultChangeNothing(t *testing.T) {
	objs, _, err := objects.Read(filepath.Join("..", "..", "examples"), objects.Options{})
	if err != nil {
		t.Fatal(err)
	}
	once := trimAll(objs)
	if len(once.Services) == 0 || len(once.EndpointSlices) == 0 || len(once.Nodes) == 0 {
		t.Fatal("the examples lack services, endpoints or nodes")
	}
	if diff := cmp.Diff(once, trimAll(once)); diff != "" {
		t.Errorf("after one transform (-) and after two (+):\n%s", diff)
	}
}

func TestTransformsKeepWhatTheyMust(t *testing.T) {
	yes, node := true, "node-1"
	meta := metav1.ObjectMeta{
		Namespace: "default", Name: "web", UID: "u-1", ResourceVersion: "7", Generation: 3,
		Labels:        map[string]string{"app": "web", discoveryv1.LabelServiceName: "web"},
		Annotations:   map[string]string{corev1.LastAppliedConfigAnnotation: "{}", "metallb.io/allow-shared-ip": "k", "other": "x"},
		ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubectl"}},
		Finalizers:    []string{"service.kubernetes.io/load-balancer-cleanup"},
	}
	labels := map[string]string{"app": "web", discoveryv1.LabelServiceName: "web"}
	tests := []struct {
		name      string
		got, want any
	}{
		{
			name: "of a service its type, class, policy, addresses and our annotations",
			got: trimService(&corev1.Service{
				ObjectMeta: meta,
				Spec: corev1.ServiceSpec{
					Type: corev1.ServiceTypeLoadBalancer, ExternalTrafficPolicy: corev1.ServiceExternalTrafficPolicyLocal,
					ClusterIP: "10.96.0.1", Ports: []corev1.ServicePort{{Port: 80}}, LoadBalancerClass: &node,
				},
				Status: corev1.ServiceStatus{LoadBalancer: corev1.LoadBalancerStatus{Ingress: []corev1.LoadBalancerIngress{{IP: "192.0.2.1", Hostname: "x"}}}},
			}),
			want: &corev1.Service{
				ObjectMeta: metav1.ObjectMeta{
					Namespace: "default", Name: "web", UID: "u-1", Labels: labels,
					Annotations: map[string]string{"metallb.io/allow-shared-ip": "k"},
				},
				Spec: corev1.ServiceSpec{
					Type: corev1.ServiceTypeLoadBalancer, ExternalTrafficPolicy: corev1.ServiceExternalTrafficPolicyLocal, LoadBalancerClass: &node,
				},
				Status: corev1.ServiceStatus{LoadBalancer: corev1.LoadBalancerStatus{Ingress: []corev1.LoadBalancerIngress{{IP: "192.0.2.1"}}}},
			},
		},
		{
			name: "of an endpoint slice its service, and whether, where and that endpoints are",
			got: trimEndpointSlice(&discoveryv1.EndpointSlice{
				ObjectMeta: meta, AddressType: discoveryv1.AddressTypeIPv4, Ports: []discoveryv1.EndpointPort{{}},
				Endpoints: []discoveryv1.Endpoint{{
					Addresses: []string{"10.0.0.1", "10.0.0.2"}, NodeName: &node, Zone: &node, TargetRef: &corev1.ObjectReference{Name: "pod"},
					Conditions: discoveryv1.EndpointConditions{Ready: &yes, Serving: &yes, Terminating: &yes},
				}},
			}),
			want: &discoveryv1.EndpointSlice{
				ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web", Labels: map[string]string{discoveryv1.LabelServiceName: "web"}},
				Endpoints: []discoveryv1.Endpoint{{
					Addresses: []string{"10.0.0.1"}, NodeName: &node, Conditions: discoveryv1.EndpointConditions{Ready: &yes, Serving: &yes},
				}},
			},
		},
		{
			name: "of a node its labels, its addresses and whether its network works",
			got: trimNode(&corev1.Node{
				ObjectMeta: meta,
				Status: corev1.NodeStatus{
					Conditions: []corev1.NodeCondition{
						{Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastHeartbeatTime: metav1.Now()},
						{Type: corev1.NodeNetworkUnavailable, Status: corev1.ConditionTrue, Message: "no route", LastHeartbeatTime: metav1.Now()},
					},
					Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "192.0.2.11"}},
					Images:    []corev1.ContainerImage{{Names: []string{"large"}}},
				},
			}),
			want: &corev1.Node{
				ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web", UID: "u-1", Labels: labels},
				Status: corev1.NodeStatus{
					Conditions: []corev1.NodeCondition{{Type: corev1.NodeNetworkUnavailable, Status: corev1.ConditionTrue}},
					Addresses:  []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "192.0.2.11"}},
				},
			},
		},
		{
			name: "of a secret with a password the password alone",
			got: trimSecret(&corev1.Secret{
				ObjectMeta: meta, Type: corev1.SecretTypeBasicAuth, Data: map[string][]byte{"password": []byte("p"), "username": []byte("u")},
			}),
			want: &corev1.Secret{
				ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web", UID: "u-1"},
				Type:       corev1.SecretTypeBasicAuth, Data: map[string][]byte{"password": []byte("p")},
			},
		},
		{
			name: "of any other secret its type, and nothing secret",
			got: trimSecret(&corev1.Secret{
				ObjectMeta: meta, Type: corev1.SecretTypeOpaque, Data: map[string][]byte{"password": []byte("p"), "tls.key": []byte("k")},
			}),
			want: &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web", UID: "u-1"}, Type: corev1.SecretTypeOpaque},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.got); diff != "" {
				t.Errorf("transformed (-want +got):\n%s", diff)
			}
		})
	}
}
