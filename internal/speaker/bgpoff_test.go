package speaker

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
)

func TestWithoutBGPEveryPeerOfTheNodeIsTold(t *testing.T) {
	peer := func(name, rack string) *v1beta2.BGPPeer {
		p := &v1beta2.BGPPeer{ObjectMeta: metav1.ObjectMeta{Namespace: "metallb-system", Name: name}}
		p.Spec.MyASN, p.Spec.ASN, p.Spec.Address = 64512, 65001, "192.0.2.1"
		if rack != "" {
			p.Spec.NodeSelectors = []metav1.LabelSelector{{MatchLabels: map[string]string{"rack": rack}}}
		}
		return p
	}
	node := func(name, rack string) *corev1.Node {
		return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"rack": rack}}}
	}
	objects := intent.Objects{
		Nodes: []*corev1.Node{node("node-1", "a"), node("node-2", "b")},
		Peers: []*v1beta2.BGPPeer{peer("here", "a"), peer("there", "b")},
	}
	in, problems := intent.Parse(objects, intent.Options{Namespace: "metallb-system"}, nil)
	if len(problems) > 0 {
		t.Fatalf("the objects are wrong: %v", problems)
	}
	out, told := withoutBGP(in, "node-1")
	var got []string
	for _, p := range told {
		got = append(got, p.String())
	}
	want := []string{"BGPPeer metallb-system/here: BGP is off on node node-1, whose speaker runs without FRR (--bgp=none); " +
		"there is no session with this peer; apply the manifest with FRR, or give the peer nodeSelectors that leave this node out"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	state := announce.NewDecider().Decide(out, "node-1")
	if len(state.BGP.Instances) > 0 || len(in.Peers) != 2 {
		t.Errorf("%d instances of BGP are left, and %d peers of the intent that was passed in", len(state.BGP.Instances), len(in.Peers))
	}
	before := announce.NewDecider().Decide(in, "node-1")
	if len(before.BGP.Instances) != 1 {
		t.Errorf("with BGP there are %d instances, want 1", len(before.BGP.Instances))
	}
}

func TestWithoutFRRReadyIsHavingDecided(t *testing.T) {
	var d Decided
	if d.Ready() == nil {
		t.Error("ready before anything was decided")
	}
	d.Set(announce.State{}, "")
	if err := d.Ready(); err != nil {
		t.Error(err)
	}
}
