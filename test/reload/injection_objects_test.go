package reload

import (
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/intent"
)

const nodeName = "node"

func ours(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: "metallb-system"}
}

// someObjects are two peers, and a service that both of them get.
func someObjects() intent.Objects {
	peer := func(name, address, profile string) *v1beta2.BGPPeer {
		return &v1beta2.BGPPeer{
			ObjectMeta: ours(name), Spec: v1beta2.BGPPeerSpec{MyASN: 64512, ASN: 65001, Address: address, BFDProfile: profile},
		}
	}
	ready := true
	node := nodeName
	return intent.Objects{
		Peers:       []*v1beta2.BGPPeer{peer("tor-a", "192.0.2.1", ""), peer("tor-b", "192.0.2.2", "fast")},
		BFDProfiles: []*v1beta1.BFDProfile{{ObjectMeta: ours("fast")}},
		Pools: []*v1beta1.IPAddressPool{{
			ObjectMeta: ours("gold"), Spec: v1beta1.IPAddressPoolSpec{Addresses: []string{"198.51.100.0/24"}},
		}},
		BGPAdvertisements: []*v1beta1.BGPAdvertisement{{
			ObjectMeta: ours("adv"), Spec: v1beta1.BGPAdvertisementSpec{IPAddressPools: []string{"gold"}, Communities: []string{"site"}},
		}},
		Communities: []*v1beta1.Community{{
			ObjectMeta: ours("names"), Spec: v1beta1.CommunitySpec{Communities: []v1beta1.CommunityAlias{{Name: "site", Value: "64512:1"}}},
		}},
		Services: []*corev1.Service{{
			ObjectMeta: metav1.ObjectMeta{Name: "svc", Namespace: "default"},
			Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer, Ports: []corev1.ServicePort{{Port: 80}}},
			Status:     corev1.ServiceStatus{LoadBalancer: corev1.LoadBalancerStatus{Ingress: []corev1.LoadBalancerIngress{{IP: "198.51.100.7"}}}},
		}},
		EndpointSlices: []*discoveryv1.EndpointSlice{{
			ObjectMeta:  metav1.ObjectMeta{Name: "svc-1", Namespace: "default", Labels: map[string]string{discoveryv1.LabelServiceName: "svc"}},
			AddressType: discoveryv1.AddressTypeIPv4,
			Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{"10.244.1.9"}, NodeName: &node, Conditions: discoveryv1.EndpointConditions{Ready: &ready}}},
		}},
		Nodes: []*corev1.Node{{ObjectMeta: metav1.ObjectMeta{Name: nodeName}}},
		Secrets: []*corev1.Secret{{
			ObjectMeta: ours("pw"), Type: corev1.SecretTypeBasicAuth, Data: map[string][]byte{"password": []byte("benign-77")},
		}},
	}
}

// setDynamicASN replaces the number of the peer's AS.
func setDynamicASN(o *intent.Objects, value string) {
	o.Peers[0].Spec.ASN, o.Peers[0].Spec.DynamicASN = 0, v1beta2.DynamicASNMode(value)
}
