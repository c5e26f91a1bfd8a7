package v1beta1

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta2"
)

func TestPeersConvertToV1beta2(t *testing.T) {
	for _, test := range []struct {
		name string
		in   BGPPeerSpec
		want v1beta2.BGPPeerSpec
	}{
		{
			name: "omitted timers stay omitted, an omitted port is the BGP port",
			in:   BGPPeerSpec{MyASN: 64512, ASN: 65001, Address: "192.0.2.1"},
			want: v1beta2.BGPPeerSpec{MyASN: 64512, ASN: 65001, Address: "192.0.2.1", Port: 179},
		},
		{
			name: "a hold time of 0s stays 0s",
			in:   BGPPeerSpec{HoldTime: &metav1.Duration{}, KeepaliveTime: &metav1.Duration{}},
			want: v1beta2.BGPPeerSpec{HoldTime: &metav1.Duration{}, KeepaliveTime: &metav1.Duration{}, Port: 179},
		},
		{
			name: "every field has its like",
			in: BGPPeerSpec{
				MyASN: 64512, ASN: 65001, Address: "192.0.2.1", SrcAddress: "192.0.2.9", Port: 1179,
				HoldTime: &metav1.Duration{Duration: 90 * time.Second}, KeepaliveTime: &metav1.Duration{Duration: 30 * time.Second},
				RouterID: "192.0.2.9", Password: "secret", BFDProfile: "fast", EBGPMultiHop: true,
				NodeSelectors: []metav1.LabelSelector{
					{MatchLabels: map[string]string{"rack": "a"}},
					{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "rack", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"b", "c"}}}},
				},
			},
			want: v1beta2.BGPPeerSpec{
				MyASN: 64512, ASN: 65001, Address: "192.0.2.1", SrcAddress: "192.0.2.9", Port: 1179,
				HoldTime: &metav1.Duration{Duration: 90 * time.Second}, KeepaliveTime: &metav1.Duration{Duration: 30 * time.Second},
				RouterID: "192.0.2.9", Password: "secret", BFDProfile: "fast", EBGPMultiHop: true,
				NodeSelectors: []metav1.LabelSelector{
					{MatchLabels: map[string]string{"rack": "a"}},
					{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "rack", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"b", "c"}}}},
				},
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := &BGPPeer{ObjectMeta: metav1.ObjectMeta{Name: "tor", Namespace: "metallb-system", Labels: map[string]string{"a": "b"}}, Spec: test.in}
			before := in.DeepCopy()
			got := in.ToV1beta2()
			want := &v1beta2.BGPPeer{
				TypeMeta:   metav1.TypeMeta{APIVersion: "metallb.io/v1beta2", Kind: "BGPPeer"},
				ObjectMeta: before.ObjectMeta, Spec: test.want,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("converted (-want +got):\n%s", diff)
			}
			got.Labels["a"] = "changed"
			for _, s := range got.Spec.NodeSelectors {
				for key := range s.MatchLabels {
					s.MatchLabels[key] = "changed"
				}
			}
			if diff := cmp.Diff(before, in); diff != "" {
				t.Errorf("a change of the converted object reaches the original (-before +after):\n%s", diff)
			}
		})
	}
}
