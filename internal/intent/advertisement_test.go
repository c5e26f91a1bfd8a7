package intent

import (
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/bgp"
)

type adSpec = v1beta1.BGPAdvertisementSpec

func length(n int32) *int32 { return &n }

// threePools are pools gold (tier=1), silver (tier=2) and six (IPv6, tier=2), with tor-a.
func threePools(t *testing.T) (Objects, Intent) {
	t.Helper()
	gold, silver, six := pool("gold", "198.51.100.0/24"), pool("silver", "203.0.113.64/26"), pool("six", "2001:db8::/112")
	gold.Labels = map[string]string{"tier": "1"}
	silver.Labels = map[string]string{"tier": "2"}
	six.Labels = map[string]string{"tier": "2"}
	objs := Objects{
		Pools: []*v1beta1.IPAddressPool{gold, silver, six},
		Peers: []*v1beta2.BGPPeer{torA()},
		Communities: []*v1beta1.Community{{ObjectMeta: meta("names"), Spec: v1beta1.CommunitySpec{Communities: []v1beta1.CommunityAlias{
			{Name: "blue", Value: "64512:7"}, {Name: "wide", Value: "large:4200000000:1:2"}, {Name: "no-advertise", Value: "64512:9"},
		}}}},
	}
	intent, problems := Parse(objs, Options{}, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return objs, *intent
}

func TestAdvertisementMeans(t *testing.T) {
	all := []string{"gold", "silver", "six"}
	tests := []struct {
		name string
		spec func(*adSpec)
		want func(*BGPAdvertisement)
	}{
		{"nothing said means all pools, all peers, full length", func(*adSpec) {}, func(a *BGPAdvertisement) { a.Pools = all }},
		{
			"named pools", func(s *adSpec) { s.IPAddressPools = []string{"six", "gold"} },
			func(a *BGPAdvertisement) { a.Pools = []string{"gold", "six"} },
		},
		{
			"selected pools", func(s *adSpec) { s.IPAddressPoolSelectors = []metav1.LabelSelector{selects("tier", "2")} },
			func(a *BGPAdvertisement) { a.Pools = []string{"silver", "six"} },
		},
		{
			"a pool that is named and selected counts once",
			func(s *adSpec) {
				s.IPAddressPools, s.IPAddressPoolSelectors = []string{"gold", "six"}, []metav1.LabelSelector{selects("tier", "2")}
			},
			func(a *BGPAdvertisement) { a.Pools = all },
		},
		{
			"a selector that matches no pool is not all pools",
			func(s *adSpec) { s.IPAddressPoolSelectors = []metav1.LabelSelector{selects("tier", "9")} },
			func(*BGPAdvertisement) {},
		},
		{
			"aggregation, local preference, nodes and peers are taken over",
			func(s *adSpec) {
				s.AggregationLength, s.AggregationLengthV6, s.LocalPref = length(26), length(120), 150
				s.NodeSelectors, s.Peers = []metav1.LabelSelector{selects("rack", "a")}, []string{"tor-a"}
			},
			func(a *BGPAdvertisement) {
				a.Pools, a.AggregationV4, a.AggregationV6, a.LocalPref = all, 26, 120, 150
				a.Nodes, a.Peers = selector(t, selects("rack", "a")), []string{"tor-a"}
			},
		},
		{
			"service selectors go with the full lengths, written out or not",
			func(s *adSpec) {
				s.AggregationLength, s.ServiceSelectors = length(32), []metav1.LabelSelector{selects("app", "web")}
			},
			func(a *BGPAdvertisement) { a.Pools, a.Services = all, selector(t, selects("app", "web")) },
		},
		{
			"communities are numbers, aliases and registered names, sorted, each once",
			func(s *adSpec) {
				s.Communities = []string{"no-export", "65535:65281", "blue", "64512:1", "large:1:2:3", "wide", "NO-PEER"}
			},
			func(a *BGPAdvertisement) {
				a.Pools = all
				a.Communities = []bgp.Community{bgp.NewCommunity(64512, 1), bgp.NewCommunity(64512, 7), 0xFFFFFF01, 0xFFFFFF04}
				a.LargeCommunities = []bgp.LargeCommunity{{Global: 1, Local1: 2, Local2: 3}, {Global: 4200000000, Local1: 1, Local2: 2}}
			},
		},
		{
			"an alias goes before a registered name",
			func(s *adSpec) { s.Communities = []string{"no-advertise"} },
			func(a *BGPAdvertisement) { a.Pools, a.Communities = all, []bgp.Community{bgp.NewCommunity(64512, 9)} },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			objs, want := threePools(t)
			objs.BGPAdvertisements = []*v1beta1.BGPAdvertisement{advertisement("ad", tt.spec)}
			want.BGPAdvertisements = []BGPAdvertisement{advertisementMeaning("ad", tt.want)}
			expect(t, objs, nil, want)
		})
	}
}

func TestAdvertisementIsRefused(t *testing.T) {
	var many []string
	for i := range 64 {
		many = append(many, fmt.Sprintf("64512:%d", i))
	}
	tests := []struct {
		name                string
		spec                func(*adSpec)
		field, says, remedy string
	}{
		{
			"with an aggregation length of zero", func(s *adSpec) { s.AggregationLength = length(0) },
			"spec.aggregationLength", "0 is not between 1 and 32", "correct the prefix length",
		},
		{
			"with an IPv6 aggregation length of 129", func(s *adSpec) { s.AggregationLengthV6 = length(129) },
			"spec.aggregationLengthV6", "129 is not between 1 and 128", "correct the prefix length",
		},
		{
			"with an aggregate of selected services",
			func(s *adSpec) {
				s.AggregationLengthV6, s.ServiceSelectors = length(120), []metav1.LabelSelector{selects("app", "web")}
			},
			"spec.serviceSelectors", "cannot be combined with aggregation: an aggregate announces addresses of other services too",
			"remove the selectors or the aggregation lengths",
		},
		{
			"with a peer twice", func(s *adSpec) { s.Peers = []string{"tor-a", "tor-a"} },
			"spec.peers[1]", `"tor-a" is listed twice`, "remove one of the two",
		},
		{
			"with a pool twice", func(s *adSpec) { s.IPAddressPools = []string{"gold", "six", "gold"} },
			"spec.ipAddressPools[2]", `"gold" is listed twice`, "remove one of the two",
		},
		{
			"with a community twice", func(s *adSpec) { s.Communities = []string{"64512:1", "64512:1"} },
			"spec.communities[1]", `"64512:1" is listed twice`, "remove one of the two",
		},
		{
			"with a pool selector twice",
			func(s *adSpec) {
				s.IPAddressPoolSelectors = []metav1.LabelSelector{selects("tier", "1"), selects("tier", "1")}
			},
			"spec.ipAddressPoolSelectors[1]", "repeats spec.ipAddressPoolSelectors[0]", "remove one of the two",
		},
		{
			"rather than announced without its community", func(s *adSpec) { s.Communities = []string{"no-exprot"} },
			"spec.communities[0]", `"no-exprot" is neither an alias nor a community`,
			"create a Community object with this alias, or write two numbers up to 65535 as 65000:100, three numbers as large:65000:1:2, or a name such as no-export",
		},
		{
			"with a community of a four-octet AS", func(s *adSpec) { s.Communities = []string{"4200000000:1"} },
			"spec.communities[0]", `"4200000000:1" is not a community of two 16-bit numbers`,
			"write two numbers up to 65535 as 65000:100, three numbers as large:65000:1:2, or a name such as no-export",
		},
		{
			"with a large community that is not marked", func(s *adSpec) { s.Communities = []string{"1:2:3"} },
			"spec.communities[0]", `"1:2:3" is not a community`,
			"write two numbers up to 65535 as 65000:100, three numbers as large:65000:1:2, or a name such as no-export",
		},
		{
			"with a large community too large", func(s *adSpec) { s.Communities = []string{"large:1:2:4294967296"} },
			"spec.communities[0]", `"large:1:2:4294967296" is not a large community of three 32-bit numbers`,
			"write two numbers up to 65535 as 65000:100, three numbers as large:65000:1:2, or a name such as no-export",
		},
		{
			"with more communities than FRR takes", func(s *adSpec) { s.Communities = many },
			"spec.communities", "are 64, and FRR takes at most 63 in one route-map entry", "list fewer",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			objs, want := threePools(t)
			objs.BGPAdvertisements = []*v1beta1.BGPAdvertisement{advertisement("ad", tt.spec)}
			expect(t, objs, nil, want, Problem{
				Object: ref("BGPAdvertisement", "ad"), Field: tt.field, Message: tt.says,
				Effect: "the advertisement is left out", Remedy: tt.remedy,
			})
		})
	}
}

func TestAdvertisementIsUsedWithAWarning(t *testing.T) {
	tests := []struct {
		name                        string
		spec                        func(*adSpec)
		want                        func(*BGPAdvertisement)
		field, says, effect, remedy string
	}{
		{
			"a pool that does not exist is not all pools", func(s *adSpec) { s.IPAddressPools = []string{"glod"} }, func(*BGPAdvertisement) {},
			"spec.ipAddressPools[0]", `IPAddressPool "glod" does not exist`, "the name has no effect", "correct the name, or create the IPAddressPool",
		},
		{
			"a peer that does not exist is not all peers",
			func(s *adSpec) { s.Peers, s.IPAddressPools = []string{"tor-z"}, []string{"gold"} },
			func(a *BGPAdvertisement) { a.Peers, a.Pools = []string{"tor-z"}, []string{"gold"} },
			"spec.peers[0]", `BGPPeer "tor-z" does not exist`, "the name has no effect", "correct the name, or create the BGPPeer",
		},
		{
			"an aggregate wider than a pool leaves out that pool only",
			func(s *adSpec) { s.AggregationLength = length(24) },
			func(a *BGPAdvertisement) { a.AggregationV4, a.Pools = 24, []string{"gold", "six"} },
			"spec.aggregationLength", "/24 is wider than 203.0.113.64/26 of IPAddressPool silver",
			"the advertisement leaves out this pool", "use a length that every entry of the pool contains",
		},
		{
			"and so for IPv6", func(s *adSpec) { s.AggregationLengthV6 = length(111) },
			func(a *BGPAdvertisement) { a.AggregationV6, a.Pools = 111, []string{"gold", "silver"} },
			"spec.aggregationLengthV6", "/111 is wider than 2001:db8::/112 of IPAddressPool six",
			"the advertisement leaves out this pool", "use a length that every entry of the pool contains",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			objs, want := threePools(t)
			objs.BGPAdvertisements = []*v1beta1.BGPAdvertisement{advertisement("ad", tt.spec)}
			want.BGPAdvertisements = []BGPAdvertisement{advertisementMeaning("ad", tt.want)}
			expect(t, objs, nil, want, Problem{
				Object: ref("BGPAdvertisement", "ad"), Field: tt.field, Message: tt.says, Effect: tt.effect, Remedy: tt.remedy,
			})
		})
	}
}

// A range needs one CIDR that the aggregate fits into, as in MetalLB.
func TestAggregateOfARangeFitsItsWidestCIDR(t *testing.T) {
	objs := Objects{
		Pools: []*v1beta1.IPAddressPool{pool("gold", "10.0.0.255-10.0.2.1")},
		BGPAdvertisements: []*v1beta1.BGPAdvertisement{
			advertisement("fits", func(s *adSpec) { s.AggregationLength = length(24) }),
			advertisement("wide", func(s *adSpec) { s.AggregationLength = length(23) }),
		},
	}
	want := Intent{
		Pools: []Pool{poolMeaning("gold", prefixes("10.0.0.255/32", "10.0.1.0/24", "10.0.2.0/31"))},
		BGPAdvertisements: []BGPAdvertisement{
			advertisementMeaning("fits", func(a *BGPAdvertisement) { a.AggregationV4, a.Pools = 24, []string{"gold"} }),
			advertisementMeaning("wide", func(a *BGPAdvertisement) { a.AggregationV4 = 23 }),
		},
	}
	expect(t, objs, nil, want, Problem{
		Object: ref("BGPAdvertisement", "wide"), Field: "spec.aggregationLength", Message: "/23 is wider than 10.0.1.0/24 of IPAddressPool gold",
		Effect: "the advertisement leaves out this pool", Remedy: "use a length that every entry of the pool contains",
	})
}

func TestCommunityAliases(t *testing.T) {
	community := func(name string, list ...v1beta1.CommunityAlias) *v1beta1.Community {
		return &v1beta1.Community{ObjectMeta: meta(name), Spec: v1beta1.CommunitySpec{Communities: list}}
	}
	uses := func(name string) []*v1beta1.BGPAdvertisement {
		return []*v1beta1.BGPAdvertisement{advertisement("ad", func(s *adSpec) { s.Communities = []string{name} })}
	}
	const valueRemedy = "write two numbers up to 65535 as 65000:100, three numbers as large:65000:1:2, or a name such as no-export"
	broken := Problem{
		Object: ref("Community", "a"), Field: "spec.communities[0].value", Message: `"64512" is not a community`,
		Effect: "advertisements that use this alias are held back", Remedy: valueRemedy,
	}
	tests := []struct {
		name     string
		objects  []*v1beta1.Community
		uses     string
		want     []BGPAdvertisement
		problems []Problem
	}{
		{
			name: "the first object by name owns an alias",
			objects: []*v1beta1.Community{
				community("b", v1beta1.CommunityAlias{Name: "blue", Value: "64512:2"}),
				community("a", v1beta1.CommunityAlias{Name: "blue", Value: "64512:1"}),
			},
			uses: "blue",
			want: []BGPAdvertisement{advertisementMeaning("ad", func(a *BGPAdvertisement) { a.Communities = []bgp.Community{bgp.NewCommunity(64512, 1)} })},
			problems: []Problem{{
				Object: ref("Community", "b"), Field: "spec.communities[0].name", Message: `"blue" is already defined by Community metallb-system/a`,
				Effect: "the definition in Community metallb-system/a counts", Remedy: "rename or remove one of the two",
			}},
		},
		{
			name: "also when its value is broken, for another object's may mean something else",
			objects: []*v1beta1.Community{
				community("a", v1beta1.CommunityAlias{Name: "blue", Value: "64512"}),
				community("b", v1beta1.CommunityAlias{Name: "blue", Value: "64512:2"}),
			},
			uses: "blue",
			problems: []Problem{
				broken,
				{
					Object: ref("Community", "b"), Field: "spec.communities[0].name", Message: `"blue" is already defined by Community metallb-system/a`,
					Effect: "the definition in Community metallb-system/a counts", Remedy: "rename or remove one of the two",
				},
				{
					Object: ref("BGPAdvertisement", "ad"), Field: "spec.communities[0]", Message: `alias "blue" has no valid value`,
					Effect: "the advertisement is left out", Remedy: "correct Community metallb-system/a",
				},
			},
		},
		{
			name: "a broken alias does not harm its neighbor",
			objects: []*v1beta1.Community{
				community("a", v1beta1.CommunityAlias{Name: "bad", Value: "64512"}, v1beta1.CommunityAlias{Name: "blue", Value: "no-export"}),
			},
			uses:     "blue",
			want:     []BGPAdvertisement{advertisementMeaning("ad", func(a *BGPAdvertisement) { a.Communities = []bgp.Community{0xFFFFFF01} })},
			problems: []Problem{broken},
		},
		{
			name:    "an alias may look like a community",
			objects: []*v1beta1.Community{community("a", v1beta1.CommunityAlias{Name: "1:1", Value: "64512:1"})},
			uses:    "1:1",
			want:    []BGPAdvertisement{advertisementMeaning("ad", func(a *BGPAdvertisement) { a.Communities = []bgp.Community{bgp.NewCommunity(64512, 1)} })},
		},
		{
			name:    "an alias needs a name",
			objects: []*v1beta1.Community{community("a", v1beta1.CommunityAlias{Value: "64512:1"})},
			uses:    "64512:2",
			want:    []BGPAdvertisement{advertisementMeaning("ad", func(a *BGPAdvertisement) { a.Communities = []bgp.Community{bgp.NewCommunity(64512, 2)} })},
			problems: []Problem{{
				Object: ref("Community", "a"), Field: "spec.communities[0].name", Message: "is empty",
				Effect: "the entry is ignored", Remedy: "name the community",
			}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, Objects{Communities: tt.objects, BGPAdvertisements: uses(tt.uses)}, nil, Intent{BGPAdvertisements: tt.want}, tt.problems...)
		})
	}
}
