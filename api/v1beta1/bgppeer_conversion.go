package v1beta1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta2"
)

// defaultPort is the BGP port (RFC 4271 section 8), which v1beta1 has no default for.
const defaultPort = 179

// ToV1beta2 returns the peer as an object of v1beta2 that shares nothing with it.
// Omitted timers stay omitted, so that FRR's defaults apply: 0s would turn the
// hold timer off. An omitted port becomes 179, the default of v1beta2.
func (p *BGPPeer) ToV1beta2() *v1beta2.BGPPeer {
	in := p.DeepCopy()
	out := &v1beta2.BGPPeer{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1beta2.GroupVersion.String(), Kind: "BGPPeer"},
		ObjectMeta: in.ObjectMeta,
		Spec: v1beta2.BGPPeerSpec{
			MyASN:         in.Spec.MyASN,
			ASN:           in.Spec.ASN,
			Address:       in.Spec.Address,
			SrcAddress:    in.Spec.SrcAddress,
			Port:          in.Spec.Port,
			HoldTime:      in.Spec.HoldTime,
			KeepaliveTime: in.Spec.KeepaliveTime,
			RouterID:      in.Spec.RouterID,
			Password:      in.Spec.Password,
			BFDProfile:    in.Spec.BFDProfile,
			EBGPMultiHop:  in.Spec.EBGPMultiHop,
		},
	}
	if out.Spec.Port == 0 {
		out.Spec.Port = defaultPort
	}
	for _, s := range in.Spec.NodeSelectors {
		out.Spec.NodeSelectors = append(out.Spec.NodeSelectors, s.labelSelector())
	}
	return out
}

// labelSelector returns the selector in the form that v1beta2 uses.
func (s NodeSelector) labelSelector() metav1.LabelSelector {
	out := metav1.LabelSelector{MatchLabels: s.MatchLabels}
	for _, e := range s.MatchExpressions {
		out.MatchExpressions = append(out.MatchExpressions, metav1.LabelSelectorRequirement{
			Key:      e.Key,
			Operator: metav1.LabelSelectorOperator(e.Operator),
			Values:   e.Values,
		})
	}
	return out
}
