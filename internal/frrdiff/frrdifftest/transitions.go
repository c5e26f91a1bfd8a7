package frrdifftest

import "strings"

// Transition is two configurations, one of which follows on the other.
type Transition struct {
	Name     string
	From, To string // come after Base, unless Whole
	Whole    bool
}

// Transitions are changes that FRR does not take as they come.
func Transitions() []Transition {
	session := func(name, from, to string) Transition {
		wrap := func(text string) string {
			return "router bgp 64512\n neighbor 192.0.2.1 " + strings.ReplaceAll(text, "; ", "\n neighbor 192.0.2.1 ") + "\nexit\n"
		}
		return Transition{Name: name, From: wrap(from), To: wrap(to)}
	}
	instance := func(name, from, to string) Transition {
		wrap := func(text string) string {
			return "router bgp 64512\n " + strings.ReplaceAll(text, "; ", "\n ") + "\nexit\n"
		}
		return Transition{Name: name, From: wrap(from), To: wrap(to)}
	}
	entry := func(name, from, to string) Transition {
		wrap := func(line string) string {
			return "route-map 192.0.2.1-out permit 7\n " + line + "\n set weight 9\nexit\n"
		}
		return Transition{Name: name, From: wrap(from), To: wrap(to)}
	}
	return []Transition{
		session("multihop follows on TTL security", "ttl-security hops 3", "ebgp-multihop 4"),
		session("a shutdown loses its message", "shutdown message for the weekend", "shutdown"),
		session("private AS numbers are removed only where all are private", "remove-private-AS all replace-AS", "remove-private-AS"),
		session("next-hop-self without force", "next-hop-self force", "next-hop-self"),
		session("a prefix-list instead of an access-list", "distribute-list 1 in", "prefix-list P in"),
		session("one direction of ORF", "capability orf prefix-list both", "capability orf prefix-list send"),
		session("another password", "password one", "password two"),
		session("other timers and another multihop", "timers 1 3; ebgp-multihop 3", "timers 2 6; ebgp-multihop 4"),
		session("BFD goes with its profile", "bfd profile fast; bfd check-control-plane-failure", "description none"),
		session("modes of graceful restart", "graceful-restart", "graceful-restart-helper"),
		session("a local AS that is shown otherwise", "local-as 65010 no-prepend replace-as", "local-as 65010"),
		session("into a peer-group's AS and out", "remote-as 65005", "remote-as external"),
		instance("a neighbor joins a peer-group and leaves it",
			"neighbor G peer-group; neighbor G remote-as 65009; neighbor 192.0.2.9 remote-as 65009",
			"neighbor G peer-group; neighbor G remote-as 65009; neighbor 192.0.2.9 peer-group G"),
		instance("a neighbor goes to another peer-group",
			"neighbor G peer-group; neighbor G remote-as 65009; neighbor H peer-group; neighbor H remote-as 65008; neighbor 192.0.2.9 peer-group G",
			"neighbor G peer-group; neighbor G remote-as 65009; neighbor H peer-group; neighbor H remote-as 65008; neighbor 192.0.2.9 peer-group H"),
		instance("a peer-group loses its AS to its members",
			"neighbor G peer-group; neighbor G remote-as 65009; neighbor 192.0.2.9 peer-group G",
			"neighbor G peer-group; neighbor 192.0.2.9 remote-as 65009; neighbor 192.0.2.9 peer-group G"),
		instance("an interface neighbor on link-local addresses only", "neighbor eth9 interface remote-as 65009", "neighbor eth9 interface v6only remote-as internal"),
		instance("a network's label", "network 203.0.113.1/32 label-index 5", "network 203.0.113.1/32 label-index 6"),
		instance("redistribution without its route-map", "redistribute static route-map M", "redistribute static"),
		instance("an aggregate that stays silent", "aggregate-address 10.0.0.0/8", "aggregate-address 10.0.0.0/8 summary-only"),
		instance("best paths per AS bring deterministic MED", "neighbor 192.0.2.1 addpath-tx-bestpath-per-AS", "bgp deterministic-med"),
		{Name: "a blackhole instead of a next hop", From: "ip route 10.0.0.0/8 192.0.2.1\n", To: "ip route 10.0.0.0/8 Null0\n"},
		{Name: "another next hop", From: "vrf red\n ip route 10.0.0.0/8 192.0.2.1\nexit-vrf\n", To: "vrf red\n ip route 10.0.0.0/8 192.0.2.2 5\nexit-vrf\n"},
		{
			Name: "a prefix-list that is numbered anew",
			From: "route-map 192.0.2.1-in permit 20\n match ip address prefix-list P\nexit\nip prefix-list P permit 10.0.0.0/8\nip prefix-list P permit 11.0.0.0/8\nip prefix-list P permit 12.0.0.0/8\n",
			To:   "route-map 192.0.2.1-in permit 20\n match ip address prefix-list P\nexit\nip prefix-list P permit 11.0.0.0/8\nip prefix-list P permit 12.0.0.0/8\nip prefix-list P permit 13.0.0.0/8\n",
		},
		{
			Name: "a prefix that has two entries loses one",
			From: "route-map 192.0.2.1-in permit 20\n match ip address prefix-list P\nexit\nip prefix-list P seq 5 permit 10.0.0.0/8 le 24\nip prefix-list P seq 10 deny 10.0.0.0/8\n",
			To:   "route-map 192.0.2.1-in permit 20\n match ip address prefix-list P\nexit\nip prefix-list P seq 10 deny 10.0.0.0/8\nip prefix-list P seq 15 permit any\n",
		},
		{
			Name: "community-lists that change in place",
			From: "bgp community-list standard C permit 1:1\nbgp community-list standard C permit 2:2\nbgp as-path access-list A permit ^1_\n",
			To:   "bgp community-list standard C permit 2:2\nbgp community-list standard C permit 3:3\nbgp as-path access-list A permit ^2_\nbgp as-path access-list A permit ^1_\n",
		},
		{
			Name: "an entry of a route-map that becomes a denial with other lines",
			From: "route-map 192.0.2.1-in permit 10\n match metric 5\n set weight 5\n set as-path prepend 1 2\n on-match goto 20\nexit\n",
			To:   "route-map 192.0.2.1-in deny 10\n match community C exact-match\n set as-path prepend last-as 3\nexit\n",
		},
		entry("communities that are none", "set community 1:1 additive", "set community none"),
		entry("large communities that are none", "set large-community 1:1:1", "set large-community none"),
		entry("the last AS number again", "set as-path prepend 1 2", "set as-path prepend last-as 2"),
		entry("a metric that is added", "set metric 5", "set metric +5"),
		entry("a metric that is the round trip", "set metric rtt", "set metric 5"),
		entry("the peer's own address", "set ip next-hop 1.2.3.4", "set ip next-hop peer-address"),
		entry("a local peer", "match peer local", "match peer 192.0.2.1"),
		entry("exact communities", "match community C", "match community C exact-match"),
		{
			Name: "a route class whose number another takes", Whole: true,
			From: Base,
			To:   strings.NewReplacer("origin-2871204177", "origin-77", "tag 2871204177", "tag 77").Replace(Base),
		},
		{
			Name: "another AS number of the instance", Whole: true,
			From: Base,
			To:   strings.Replace(Base, "router bgp 64512", "router bgp 64513", 1),
		},
		{
			Name: "an instance that moves to a VRF", Whole: true,
			From: Base,
			To:   strings.Replace(Base, "router bgp 64512", "router bgp 64512 vrf red", 1),
		},
	}
}
