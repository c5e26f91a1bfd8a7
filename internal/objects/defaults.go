package objects

import (
	"maps"

	corev1 "k8s.io/api/core/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
)

// The functions below set what the API server would set, as far as anybody reads it.
// A field that is null counts as omitted.

// defaultPeer goes before decoding, since 0 is no port and must not turn into one.
func defaultPeer(p *v1beta2.BGPPeer) {
	const port = 179 // RFC 4271 section 8
	p.Spec.Port = port
}

func defaultPool(p *v1beta1.IPAddressPool) {
	if p.Spec.AutoAssign == nil {
		p.Spec.AutoAssign = new(true)
	}
}

func defaultBGPAdvertisement(a *v1beta1.BGPAdvertisement) {
	if a.Spec.AggregationLength == nil {
		a.Spec.AggregationLength = new(int32(32))
	}
	if a.Spec.AggregationLengthV6 == nil {
		a.Spec.AggregationLengthV6 = new(int32(128))
	}
}

func defaultService(s *corev1.Service) {
	if s.Spec.Type == "" {
		s.Spec.Type = corev1.ServiceTypeClusterIP
	}
	external := s.Spec.Type == corev1.ServiceTypeLoadBalancer || s.Spec.Type == corev1.ServiceTypeNodePort
	if external && s.Spec.ExternalTrafficPolicy == "" {
		s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyCluster
	}
	for i := range s.Spec.Ports {
		if s.Spec.Ports[i].Protocol == "" {
			s.Spec.Ports[i].Protocol = corev1.ProtocolTCP
		}
	}
}

// defaultNamespaceLabel sets the label that the API server keeps on every namespace.
func defaultNamespaceLabel(n *corev1.Namespace) {
	if n.Labels == nil {
		n.Labels = map[string]string{}
	}
	n.Labels[corev1.LabelMetadataName] = n.Name
}

// defaultSecret sets the type and moves stringData, which can only be written, to where it is read.
func defaultSecret(s *corev1.Secret) {
	if s.Type == "" {
		s.Type = corev1.SecretTypeOpaque
	}
	if len(s.StringData) == 0 {
		return
	}
	data := maps.Clone(s.Data)
	if data == nil {
		data = make(map[string][]byte, len(s.StringData))
	}
	for k, v := range s.StringData {
		data[k] = []byte(v)
	}
	s.Data, s.StringData = data, nil
}
