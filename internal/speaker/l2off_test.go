package speaker

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/intent"
)

func TestWithoutOtherNodesEveryL2AdvertisementIsTold(t *testing.T) {
	meta := metav1.ObjectMeta{Namespace: "metallb-system", Name: "lan"}
	in, problems := intent.Parse(intent.Objects{
		Nodes:            []*corev1.Node{{ObjectMeta: metav1.ObjectMeta{Name: "node-1"}}},
		L2Advertisements: []*v1beta1.L2Advertisement{{ObjectMeta: meta}},
	}, intent.Options{}, nil)
	if len(problems) > 0 {
		t.Fatalf("the objects are wrong: %v", problems)
	}
	out, told := withoutL2(in, "node-1")
	var got []string
	for _, p := range told {
		got = append(got, p.String())
	}
	want := []string{"L2Advertisement metallb-system/lan: layer 2 is off on node node-1, whose speaker follows no other Node (--nodes=own); " +
		"this node answers for no address; run the speakers with --nodes=all, or delete the L2Advertisement"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if len(out.L2Advertisements) > 0 || len(in.L2Advertisements) != 1 {
		t.Errorf("%d L2Advertisements are left, and %d of the intent that was passed in", len(out.L2Advertisements), len(in.L2Advertisements))
	}
}
