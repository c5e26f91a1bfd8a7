package announce

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

// ribLines prints what every peer gets, one line per peer and prefix.
func ribLines(s State) []string {
	var lines []string
	for _, i := range s.BGP.Instances {
		for _, session := range i.Sessions {
			for _, r := range i.Routes {
				for _, e := range r.Policy.Exports {
					if e.Session == session.ID() {
						lines = append(lines, fmt.Sprintf("%s %s%s", session.Peer, r.Prefix, attributeText(e.Attributes)))
					}
				}
			}
		}
	}
	return lines
}

func attributeText(a bgp.Attributes) string {
	var b strings.Builder
	if a.LocalPref != 0 {
		fmt.Fprintf(&b, " lp=%d", a.LocalPref)
	}
	for _, c := range a.Communities {
		fmt.Fprintf(&b, " %s", c)
	}
	for _, c := range a.LargeCommunities {
		fmt.Fprintf(&b, " large:%s", c)
	}
	return b.String()
}

func TestRoutes(t *testing.T) {
	var (
		gold   = []string{"gold"}
		set    = func(change func(*intent.Intent)) []func(*intent.Intent) { return []func(*intent.Intent){change} }
		length = func(n int) func(*intent.BGPAdvertisement) {
			return func(a *intent.BGPAdvertisement) { a.AggregationV4 = n }
		}
		pref = func(p uint32) func(*intent.BGPAdvertisement) {
			return func(a *intent.BGPAdvertisement) { a.LocalPref = p }
		}
		toPeer = func(n string) func(*intent.BGPAdvertisement) {
			return func(a *intent.BGPAdvertisement) { a.Peers = []string{n} }
		}
		forTier = func(n string) func(*intent.BGPAdvertisement) {
			return func(a *intent.BGPAdvertisement) { a.Services = selector("tier=" + n) }
		}
		communities = func(low ...uint16) func(*intent.BGPAdvertisement) {
			return func(a *intent.BGPAdvertisement) {
				for _, l := range low {
					a.Communities = append(a.Communities, bgp.NewCommunity(64512, l))
				}
			}
		}
		back = func(s intent.Service) intent.Service { s.Labels = map[string]string{"tier": "back"}; return s }
	)
	tests := []struct {
		name    string
		changes []func(*intent.Intent)
		want    []string
		reasons []Reason // of the services; nil: all announced
	}{
		{"a prefix is the whole address by default", nil, []string{"tor 198.51.100.10/32"}, nil},
		{"an IPv4 address written as IPv6 has an IPv4 prefix", set(func(in *intent.Intent) {
			in.Services[0] = service("web", "::ffff:198.51.100.10")
		}), []string{"tor 198.51.100.10/32"}, nil},
		{"an aggregate is masked", set(func(in *intent.Intent) {
			in.BGPAdvertisements = []intent.BGPAdvertisement{advertisement32("a", gold, length(26))}
			in.Services[0] = service("web", "198.51.100.200")
		}), []string{"tor 198.51.100.192/26"}, nil},
		{"two lengths make two prefixes with attributes of their own", set(func(in *intent.Intent) {
			in.BGPAdvertisements = []intent.BGPAdvertisement{advertisement32("a", gold, pref(100)), advertisement32("b", gold, length(24), pref(50), communities(1))}
		}), []string{"tor 198.51.100.0/24 lp=50 64512:1", "tor 198.51.100.10/32 lp=100"}, nil},
		{"each peer gets what names it", set(func(in *intent.Intent) {
			in.Peers = []intent.Peer{peer("spine", "192.0.2.2"), peer("tor", "192.0.2.1")}
			in.BGPAdvertisements = []intent.BGPAdvertisement{advertisement32("a", gold, toPeer("spine"), pref(100)), advertisement32("b", gold, toPeer("tor"), communities(7))}
		}), []string{"tor 198.51.100.10/32 64512:7", "spine 198.51.100.10/32 lp=100"}, nil},
		{"communities of advertisements for one prefix are united and sorted", set(func(in *intent.Intent) {
			in.BGPAdvertisements = []intent.BGPAdvertisement{
				advertisement32("a", gold, communities(9, 10), largeCommunities(5, 1)), advertisement32("b", gold, communities(1, 9), largeCommunities(4, 2)),
			}
		}), []string{"tor 198.51.100.10/32 64512:1 64512:9 64512:10 large:1:1:4 large:1:1:5"}, nil},
		{"a peer gets only the families that its session carries", set(func(in *intent.Intent) {
			in.Peers = []intent.Peer{peer("both", "192.0.2.3", dualStack), peer("six", "2001:db8::1"), peer("tor", "192.0.2.1")}
			in.Services[0] = service("web", "198.51.100.10", "2001:db8:1::10")
		}), []string{"tor 198.51.100.10/32", "both 198.51.100.10/32", "both 2001:db8:1::10/128", "six 2001:db8:1::10/128"}, nil},
		{"a peer in a VRF gets the route from the VRF's instance", set(func(in *intent.Intent) {
			in.Peers = []intent.Peer{peer("red", "192.0.2.1", inVRFRed), peer("tor", "192.0.2.1")}
		}), []string{"tor 198.51.100.10/32", "red 198.51.100.10/32"}, nil},
		{"an instance none of whose peers gets a prefix does not originate it", set(func(in *intent.Intent) {
			in.Peers = []intent.Peer{peer("red", "192.0.2.1", inVRFRed), peer("tor", "192.0.2.1")}
			in.BGPAdvertisements = []intent.BGPAdvertisement{advertisement32("a", gold, toPeer("red"))}
		}), []string{"red 198.51.100.10/32"}, nil},

		{"services on one address share its route", set(func(in *intent.Intent) {
			in.Services = []intent.Service{service("a", "198.51.100.10"), service("b", "198.51.100.10")}
		}), []string{"tor 198.51.100.10/32"}, nil},
		{"a shared route stays while one service wants it", set(func(in *intent.Intent) {
			in.Services = []intent.Service{service("a", "198.51.100.10"), service("b", "198.51.100.10")}
			in.Services[0].Endpoints = intent.Endpoints{}
		}), []string{"tor 198.51.100.10/32"}, []Reason{NoEndpoints, Announced}},
		{"a shared route has the communities and the peers of every service", set(func(in *intent.Intent) {
			in.Peers = []intent.Peer{peer("spine", "192.0.2.2"), peer("tor", "192.0.2.1")}
			in.BGPAdvertisements = []intent.BGPAdvertisement{
				advertisement32("back", gold, forTier("back"), communities(1)), advertisement32("front", gold, forTier("front"), communities(2), toPeer("tor")),
			}
			in.Services = []intent.Service{back(service("a", "198.51.100.10")), service("b", "198.51.100.10")}
		}), []string{"tor 198.51.100.10/32 64512:1 64512:2", "spine 198.51.100.10/32 64512:1"}, nil},
		{"of services that want different local preferences for one address the first by name has it", set(func(in *intent.Intent) {
			in.BGPAdvertisements = []intent.BGPAdvertisement{advertisement32("back", gold, forTier("back"), pref(1)), advertisement32("front", gold, forTier("front"), pref(2))}
			in.Services = []intent.Service{back(service("a", "198.51.100.10")), service("b", "198.51.100.10"), back(service("c", "198.51.100.10"))}
		}), []string{"tor 198.51.100.10/32 lp=1"}, []Reason{Announced, ConflictingAdvertisements, Announced}},
		{"a service that conflicts at one address is not announced at its others", set(func(in *intent.Intent) {
			in.Peers = []intent.Peer{peer("both", "192.0.2.3", dualStack)}
			in.BGPAdvertisements = []intent.BGPAdvertisement{advertisement32("back", gold, forTier("back"), pref(1)), advertisement32("front", gold, forTier("front"), pref(2))}
			in.Services = []intent.Service{back(service("a", "198.51.100.10")), service("b", "2001:db8:1::10", "198.51.100.10"), back(service("c", "2001:db8:1::10"))}
		}), []string{"both 198.51.100.10/32 lp=1", "both 2001:db8:1::10/128 lp=1"}, []Reason{Announced, ConflictingAdvertisements, Announced}},
		{"a service that is not announced for another reason conflicts with nobody", set(func(in *intent.Intent) {
			in.BGPAdvertisements = []intent.BGPAdvertisement{advertisement32("back", gold, forTier("back"), pref(1)), advertisement32("front", gold, forTier("front"), pref(2))}
			in.Services = []intent.Service{back(service("a", "198.51.100.10")), service("b", "198.51.100.10")}
			in.Services[0].Endpoints = intent.Endpoints{}
		}), []string{"tor 198.51.100.10/32 lp=2"}, []Reason{NoEndpoints, Announced}},
		{"services that make too many communities together do not share", set(func(in *intent.Intent) {
			in.BGPAdvertisements = []intent.BGPAdvertisement{advertisement32("back", gold, forTier("back"), largeCommunities(0, 60)), advertisement32("front", gold, forTier("front"), largeCommunities(60, 60))}
			in.Services = []intent.Service{service("a", "198.51.100.10"), back(service("b", "198.51.100.10"))}
			in.BGPAdvertisements[1].LargeCommunities = in.BGPAdvertisements[1].LargeCommunities[:1]
			in.BGPAdvertisements[0].LargeCommunities = nil
			in.BGPAdvertisements = append(in.BGPAdvertisements, advertisement32("more", gold, forTier("back"), largeCommunities(100, 100)))
		}), []string{"tor 198.51.100.10/32 large:1:1:60"}, []Reason{Announced, TooManyCommunities}},
		{"addresses of one aggregate of one service make one route", set(func(in *intent.Intent) {
			in.BGPAdvertisements = []intent.BGPAdvertisement{advertisement32("a", gold, length(24))}
			in.Services = []intent.Service{service("a", "198.51.100.10", "198.51.100.11")}
		}), []string{"tor 198.51.100.0/24"}, nil},
		{"routes are in the order of their prefixes", set(func(in *intent.Intent) {
			in.Peers = []intent.Peer{peer("both", "192.0.2.3", dualStack)}
			in.BGPAdvertisements = append(in.BGPAdvertisements, advertisement32("b", gold, length(24)))
			in.Services = []intent.Service{service("a", "2001:db8:1::1"), service("b", "198.51.100.100"), service("c", "198.51.100.9"), service("d", "198.51.100.0")}
		}), []string{
			"both 198.51.100.0/24", "both 198.51.100.0/32", "both 198.51.100.9/32", "both 198.51.100.100/32", "both 2001:db8:1::1/128",
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			state := Decide(cluster(tt.changes...), "node-a")
			if diff := cmp.Diff(tt.want, ribLines(state)); diff != "" {
				t.Errorf("routes (-want +got):\n%s", diff)
			}
			for i, v := range state.Verdicts {
				want := Announced
				if tt.reasons != nil {
					want = tt.reasons[i]
				}
				if v.Reason != want {
					t.Errorf("verdict of %s: %v (%s), want %v", v.Service, v.Reason, v.Detail, want)
				}
			}
		})
	}
}

func TestAConflictBetweenServicesNamesTheOtherOne(t *testing.T) {
	in := cluster(func(in *intent.Intent) {
		in.BGPAdvertisements = []intent.BGPAdvertisement{
			advertisement32("back", []string{"gold"}, func(a *intent.BGPAdvertisement) { a.LocalPref, a.Services = 100, selector("tier=back") }),
			advertisement32("front", []string{"gold"}, func(a *intent.BGPAdvertisement) { a.Services = selector("tier=front") }),
		}
		in.Services = []intent.Service{service("a", "198.51.100.10"), service("b", "198.51.100.10")}
		in.Services[0].Labels = map[string]string{"tier": "back"}
	})
	want := "service default/a has 198.51.100.10/32 as well: local preference 100 there, no local preference here, to neighbor 192.0.2.1"
	if got := Decide(in, "node-a").Verdicts[1].Detail; got != want {
		t.Errorf("detail %q, want %q", got, want)
	}
}

func TestServicesThatAreTreatedAlikeShareOnePolicy(t *testing.T) {
	in := bigCluster(1000, 4, nil)
	in.Services[4].Addresses = in.Services[0].Addresses
	shared := map[*bgp.Policy]int{}
	for _, r := range Decide(in, "node-a").BGP.Instances[0].Routes {
		shared[r.Policy]++
	}
	if len(shared) != len(in.Pools) {
		t.Errorf("%d policies for %d pools", len(shared), len(in.Pools))
	}
}

func TestAPolicyNamesWhatLedToIt(t *testing.T) {
	in := cluster(func(in *intent.Intent) {
		in.BGPAdvertisements = append(in.BGPAdvertisements,
			advertisement32("more", []string{"gold"}),
			advertisement32("short", []string{"gold"}, func(a *intent.BGPAdvertisement) { a.AggregationV4 = 24 }))
	})
	got := map[string][]string{}
	for _, r := range Decide(in, "node-a").BGP.Instances[0].Routes {
		got[r.Prefix.String()] = r.Policy.Sources
	}
	want := map[string][]string{
		"198.51.100.0/24":  {"advertisement short", "pool gold"},
		"198.51.100.10/32": {"advertisement all", "advertisement more", "pool gold"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
}
