package intent

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"frr-speaker/api/v1beta1"
)

type l2Spec = v1beta1.L2AdvertisementSpec

func l2Advertisement(name string, edits ...func(*l2Spec)) *v1beta1.L2Advertisement {
	a := &v1beta1.L2Advertisement{ObjectMeta: meta(name)}
	for _, edit := range edits {
		edit(&a.Spec)
	}
	return a
}

func l2Meaning(name string, edits ...func(*L2Advertisement)) L2Advertisement {
	a := L2Advertisement{Ref: ref("L2Advertisement", name)}
	for _, edit := range edits {
		edit(&a)
	}
	return a
}

func preferred(weight int32, s metav1.LabelSelector) v1beta1.PreferredNodeSelector {
	return v1beta1.PreferredNodeSelector{Weight: weight, Preference: s}
}

func TestL2AdvertisementMeans(t *testing.T) {
	all := []string{"gold", "silver", "six"}
	tests := []struct {
		name string
		spec func(*l2Spec)
		want func(*L2Advertisement)
	}{
		{"nothing said means all pools, nodes, services and links", func(*l2Spec) {}, func(a *L2Advertisement) { a.Pools = all }},
		{
			"pools that are named and pools that are selected are united",
			func(s *l2Spec) {
				s.IPAddressPools, s.IPAddressPoolSelectors = []string{"six", "gold"}, []metav1.LabelSelector{selects("tier", "2")}
			},
			func(a *L2Advertisement) { a.Pools = all },
		},
		{
			"a selector that matches no pool is not all pools",
			func(s *l2Spec) { s.IPAddressPoolSelectors = []metav1.LabelSelector{selects("tier", "9")} },
			func(*L2Advertisement) {},
		},
		{
			"links are sorted",
			func(s *l2Spec) { s.Interfaces = []string{"eth1", "bond0.7"} },
			func(a *L2Advertisement) { a.Pools, a.Links = all, []string{"bond0.7", "eth1"} },
		},
		{
			"nodes and services are selected",
			func(s *l2Spec) {
				s.NodeSelectors, s.ServiceSelectors = []metav1.LabelSelector{selects("rack", "a")}, []metav1.LabelSelector{selects("app", "web")}
			},
			func(a *L2Advertisement) {
				a.Pools, a.Nodes, a.Services = all, selector(t, selects("rack", "a")), selector(t, selects("app", "web"))
			},
		},
		{
			"preferences keep their order, and the same one twice counts twice",
			func(s *l2Spec) {
				s.PreferredNodeSelectors = []v1beta1.PreferredNodeSelector{
					preferred(100, selects("rack", "a")), preferred(1, metav1.LabelSelector{}), preferred(100, selects("rack", "a")),
				}
			},
			func(a *L2Advertisement) {
				rackA := selector(t, selects("rack", "a"))[0]
				a.Pools, a.Preferences = all, []Preference{{100, rackA}, {1, labels.Everything()}, {100, rackA}}
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			objs, want := threePools(t)
			objs.L2Advertisements = []*v1beta1.L2Advertisement{l2Advertisement("lan", tt.spec)}
			want.L2Advertisements = []L2Advertisement{l2Meaning("lan", tt.want)}
			expect(t, objs, nil, want)
		})
	}
}

func TestL2AdvertisementIsRefused(t *testing.T) {
	const linkRemedy = "use the name that `ip link` shows"
	tests := []struct {
		name                   string
		spec                   func(*l2Spec)
		field, message, remedy string
	}{
		{
			"for a pool listed twice", func(s *l2Spec) { s.IPAddressPools = []string{"gold", "gold"} },
			"spec.ipAddressPools[1]", `"gold" is listed twice`, "remove one of the two",
		},
		{
			"for a link listed twice", func(s *l2Spec) { s.Interfaces = []string{"eth0", "eth1", "eth0"} },
			"spec.interfaces[2]", `"eth0" is listed twice`, "remove one of the two",
		},
		{
			"for a link that no kernel has", func(s *l2Spec) { s.Interfaces = []string{"eth0", "eth 1"} },
			"spec.interfaces[1]", `"eth 1" is not the name of a network interface`, linkRemedy,
		},
		{
			"for a link without a name", func(s *l2Spec) { s.Interfaces = []string{""} },
			"spec.interfaces[0]", `"" is not the name of a network interface`, linkRemedy,
		},
		{
			"for a link name that is too long", func(s *l2Spec) { s.Interfaces = []string{"sixteen-bytes-ok"} },
			"spec.interfaces[0]", `"sixteen-bytes-ok" has 16 bytes, and an interface name has at most 15`, linkRemedy,
		},
		{
			"for a weight of nothing", func(s *l2Spec) {
				s.PreferredNodeSelectors = []v1beta1.PreferredNodeSelector{preferred(0, selects("rack", "a"))}
			},
			"spec.preferredNodeSelectors[0].weight", "0 is not between 1 and 100", "correct the weight",
		},
		{
			"for a weight above a hundred", func(s *l2Spec) {
				s.PreferredNodeSelectors = []v1beta1.PreferredNodeSelector{preferred(1, selects("rack", "a")), preferred(101, selects("rack", "b"))}
			},
			"spec.preferredNodeSelectors[1].weight", "101 is not between 1 and 100", "correct the weight",
		},
		{
			"for a preference that is no selector", func(s *l2Spec) {
				s.PreferredNodeSelectors = []v1beta1.PreferredNodeSelector{preferred(1, metav1.LabelSelector{
					MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "rack", Operator: "Like"}},
				})}
			},
			"spec.preferredNodeSelectors[0].preference", `is not a label selector: "operator \"Like\" is unknown"`, "correct the selector",
		},
		{
			"for a service selector listed twice", func(s *l2Spec) {
				s.ServiceSelectors = []metav1.LabelSelector{selects("app", "web"), selects("app", "web")}
			},
			"spec.serviceSelectors[1]", "repeats spec.serviceSelectors[0]", "remove one of the two",
		},
		{
			"for a node selector that is none", func(s *l2Spec) {
				s.NodeSelectors = []metav1.LabelSelector{{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "rack", Operator: "Like"}}}}
			},
			"spec.nodeSelectors[0]", `is not a label selector: "operator \"Like\" is unknown"`, "correct the selector",
		},
	}
	for _, tt := range tests {
		problem := Problem{
			Object: ref("L2Advertisement", "lan"), Field: tt.field, Message: tt.message,
			Effect: "the advertisement is left out", Remedy: tt.remedy,
		}
		t.Run(tt.name, func(t *testing.T) {
			objs, want := threePools(t)
			objs.L2Advertisements = []*v1beta1.L2Advertisement{l2Advertisement("lan", tt.spec)}
			expect(t, objs, nil, want, problem)
		})
		t.Run(tt.name+", and keeps what it said before", func(t *testing.T) {
			objs, want := threePools(t)
			objs.L2Advertisements = []*v1beta1.L2Advertisement{l2Advertisement("lan", func(s *l2Spec) {
				s.IPAddressPools, s.Interfaces = []string{"gold"}, []string{"eth0"}
			})}
			before, problems := Parse(objs, Options{}, nil)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			objs.L2Advertisements = []*v1beta1.L2Advertisement{l2Advertisement("lan", tt.spec)}
			want.L2Advertisements = []L2Advertisement{l2Meaning("lan", func(a *L2Advertisement) { a.Pools, a.Links = []string{"gold"}, []string{"eth0"} })}
			kept := problem
			kept.Effect = "the advertisement keeps its last valid settings"
			expect(t, objs, before, want, kept)
		})
	}
}

func TestL2AdvertisementOfAPoolThatIsGone(t *testing.T) {
	objs, want := threePools(t)
	objs.L2Advertisements = []*v1beta1.L2Advertisement{l2Advertisement("lan", func(s *l2Spec) { s.IPAddressPools = []string{"gold", "lost"} })}
	want.L2Advertisements = []L2Advertisement{l2Meaning("lan", func(a *L2Advertisement) { a.Pools = []string{"gold"} })}
	expect(t, objs, nil, want, Problem{
		Object: ref("L2Advertisement", "lan"), Field: "spec.ipAddressPools[1]", Message: `IPAddressPool "lost" does not exist`,
		Effect: "the name has no effect", Remedy: "correct the name, or create the IPAddressPool",
	})
}

func TestScoreOfANode(t *testing.T) {
	rack := func(r string) Selector { return selector(t, selects("rack", r)) }
	ad := L2Advertisement{Nodes: rack("a"), Preferences: []Preference{
		{60, rack("a")[0]}, {50, selector(t, selects("gpu", "yes"))[0]}, {7, labels.Everything()}, {90, rack("b")[0]},
	}}
	for _, tt := range []struct {
		name string
		node labels.Set
		want int
	}{
		{"weights of all preferences that select it add up", labels.Set{"rack": "a", "gpu": "yes"}, 117},
		{"a preference that does not select it adds nothing", labels.Set{"rack": "a"}, 67},
		{"a node that the advertisement does not include gains nothing", labels.Set{"rack": "b", "gpu": "yes"}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := ad.Score(tt.node); got != tt.want {
				t.Errorf("score %d, want %d", got, tt.want)
			}
		})
	}
}

func TestWhoIsNotMember(t *testing.T) {
	for _, tt := range []struct {
		name    string
		members []string
		want    map[string]bool
	}{
		{"nobody where members are not watched", nil, map[string]bool{"a": false, "b": false}},
		{"every node where there are no members", []string{}, map[string]bool{"a": true, "b": true}},
		{"nodes that are not listed, and who is no node does not matter", []string{"z", "b"}, map[string]bool{"a": true, "b": false}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in, problems := Parse(Objects{
				Nodes:   []*corev1.Node{{ObjectMeta: metav1.ObjectMeta{Name: "a"}}, {ObjectMeta: metav1.ObjectMeta{Name: "b"}}},
				Members: tt.members,
			}, Options{}, nil)
			if len(problems) > 0 || len(in.Nodes) != len(tt.want) {
				t.Fatalf("nodes %v, problems %v", in.Nodes, problems)
			}
			for _, n := range in.Nodes {
				if n.NotMember != tt.want[n.Name] {
					t.Errorf("node %s is not a member: %v, want %v", n.Name, n.NotMember, tt.want[n.Name])
				}
			}
		})
	}
}
