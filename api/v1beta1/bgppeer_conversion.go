package v1beta1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta2"
)

// defaultPort is the BGP port (RFC 4271 section 8), which v1beta1 has no default for.
const defaultPort = 179

// The two versions have the same fields, for the API server converts between them
// by name alone, and what one of them lacked would be lost on the way. The rule on
// what "this update through v1beta1 would remove" is for clients that know only
// the fields that v1beta1 had in MetalLB, and would write the others away.

// ToV1beta2 returns the peer as an object of v1beta2 that shares nothing with it.
// Omitted timers stay omitted, so that FRR's defaults apply: 0s would turn the
// hold timer off. An omitted port becomes 179, the default of v1beta2.
func (p *BGPPeer) ToV1beta2() *v1beta2.BGPPeer {
	in := p.DeepCopy()
	out := &v1beta2.BGPPeer{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1beta2.GroupVersion.String(), Kind: "BGPPeer"},
		ObjectMeta: in.ObjectMeta,
		Spec:       v1beta2.BGPPeerSpec(in.Spec),
	}
	if out.Spec.Port == 0 {
		out.Spec.Port = defaultPort
	}
	return out
}
