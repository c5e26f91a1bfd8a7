package intent

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
)

// told are the objects of a set by name, each with a word that tells its versions apart.
func told(objs Objects) []string {
	var all []string
	for _, p := range objs.Peers {
		all = append(all, "peer "+p.Name+" "+p.Labels["is"])
	}
	for _, c := range objs.Communities {
		all = append(all, "community "+c.Name+" "+c.Labels["is"])
	}
	for _, n := range objs.Nodes {
		all = append(all, "node "+n.Name+" "+n.Labels["is"])
	}
	return all
}

// objectsOf reads the words of told.
func objectsOf(lines ...string) Objects {
	var objs Objects
	for _, line := range lines {
		words := strings.Fields(line)
		m := metav1.ObjectMeta{Name: words[1], Labels: map[string]string{"is": words[2]}}
		switch words[0] {
		case "peer":
			objs.Peers = append(objs.Peers, &v1beta2.BGPPeer{ObjectMeta: m})
		case "community":
			objs.Communities = append(objs.Communities, &v1beta1.Community{ObjectMeta: m})
		case "node":
			objs.Nodes = append(objs.Nodes, &corev1.Node{ObjectMeta: m})
		}
	}
	return objs
}

func TestRemember(t *testing.T) {
	refused := []Problem{{Object: Ref{Kind: "BGPPeer", Name: "a"}, Message: "is bad"}}
	for _, tt := range []struct {
		name      string
		kept, now []string
		problems  []Problem
		want      []string
	}{
		{
			name: "what is valid is kept as it is",
			kept: []string{"peer a old", "community c old"}, now: []string{"peer a new", "community c new", "node n new"},
			want: []string{"peer a new", "community c new", "node n new"},
		},
		{
			name: "what is gone is gone",
			kept: []string{"peer a old", "community c old", "node n old"}, now: []string{"peer b new"},
			want: []string{"peer b new"},
		},
		{
			name: "a refused object stays as it was, and others change",
			kept: []string{"peer a old", "peer b old"}, now: []string{"peer a new", "peer b new"}, problems: refused,
			want: []string{"peer a old", "peer b new"},
		},
		{
			name: "a refused object that never was valid is not kept",
			now:  []string{"peer a new", "peer b new"}, problems: refused,
			want: []string{"peer b new"},
		},
		{
			name: "while something is refused, what others refer to stays as it was, also when it is gone",
			kept: []string{"community c old", "community d old", "node n old"}, now: []string{"community c new", "community e new"}, problems: refused,
			want: []string{"community c old", "community d old", "community e new", "node n old"},
		},
		{
			name: "a refused object that is gone is gone",
			kept: []string{"peer a old"}, problems: refused,
		},
		{
			name: "a hint refuses nothing",
			kept: []string{"peer a old", "community c old"}, now: []string{"peer a new"},
			problems: []Problem{{Object: Ref{Kind: "BGPPeer", Name: "a"}, Message: "is odd", Harmless: true}},
			want:     []string{"peer a new"},
		},
		{
			name: "nor does a service that is wrong",
			kept: []string{"community c old"}, now: []string{"peer a new"},
			problems: []Problem{{Object: Ref{Kind: "Service", Name: "a"}, Message: "is wrong"}},
			want:     []string{"peer a new"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kept, now := objectsOf(tt.kept...), objectsOf(tt.now...)
			got := Remember(kept, now, tt.problems)
			if diff := cmp.Diff(tt.want, told(got)); diff != "" {
				t.Errorf("kept (-want +got):\n%s", diff)
			}
			slices.Reverse(now.Peers)
			slices.Reverse(now.Communities)
			if diff := cmp.Diff(got, Remember(kept, now, tt.problems)); diff != "" {
				t.Errorf("another order of objects changes it:\n%s", diff)
			}
		})
	}
}

func TestRememberKeepsNoMoreThanParseReads(t *testing.T) {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n", Labels: map[string]string{"a": "b"}, Annotations: map[string]string{"c": "d"}}}
	got := Remember(Objects{}, Objects{
		Nodes:      []*corev1.Node{node, nil},
		ConfigMaps: []*corev1.ConfigMap{{ObjectMeta: meta("bgpextras")}, {ObjectMeta: meta("other")}},
		Services:   []*corev1.Service{{}},
	}, nil)
	want := Objects{
		Nodes:      []*corev1.Node{{ObjectMeta: metav1.ObjectMeta{Name: "n", Labels: map[string]string{"a": "b"}}}},
		ConfigMaps: []*corev1.ConfigMap{{ObjectMeta: meta("bgpextras")}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}
