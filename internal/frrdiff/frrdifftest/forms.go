package frrdifftest

import (
	"strings"

	"frr-speaker/internal/frrdiff"
)

// Form is one way of writing FRR configuration.
type Form struct {
	Name         string
	Text         string         // comes after Base
	Since, Until int            // FRR's major versions; 0: no bound
	Owner        frrdiff.Daemon // of lines that frrdiff does not know
	Alone        bool           // FRR refuses it together with some others
	Twice        bool           // FRR leaves something behind that only shows when it is read
}

// Base is what a speaker with two sessions and two routes writes.
const Base = `! frr-speaker generation 7
! sha256 0000
log stdout informational
log timestamp precision 3
hostname node-1
ip nht resolve-via-default
ipv6 nht resolve-via-default
!
bfd
 ! BFDProfile fast
 profile fast
  receive-interval 100
  transmit-interval 100
  detect-multiplier 5
 exit
 !
exit
!
route-map origin-2871204177 permit 10
 description pool gold
 set tag 2871204177
exit
!
! BGPPeer tor-a
route-map 192.0.2.1-in deny 20
exit
!
! BGPPeer tor-a
route-map 192.0.2.1-out permit 16170
 match tag 2871204177
 set community 64512:11 additive
 set large-community 64512:1:2 additive
 set local-preference 150
exit
!
! BGPPeer tor-b
route-map eth0-in deny 20
exit
!
! BGPPeer tor-b
route-map eth0-out permit 16170
 match tag 2871204177
exit
!
router bgp 64512
 no bgp ebgp-requires-policy
 no bgp network import-check
 no bgp default ipv4-unicast
 bgp graceful-restart preserve-fw-state
 coalesce-time 0
 ! BGPPeer tor-a
 neighbor 192.0.2.1 remote-as 65001
 ! BGPPeer tor-b
 neighbor eth0 interface remote-as external
 neighbor eth0 bfd
 neighbor eth0 bfd profile fast
 !
 address-family ipv4 unicast
  network 198.51.100.10/32 route-map origin-2871204177
  ! BGPPeer tor-a
  neighbor 192.0.2.1 activate
  neighbor 192.0.2.1 route-map 192.0.2.1-in in
  neighbor 192.0.2.1 route-map 192.0.2.1-out out
  ! BGPPeer tor-b
  neighbor eth0 activate
  neighbor eth0 route-map eth0-in in
  neighbor eth0 route-map eth0-out out
 exit-address-family
 !
 address-family ipv6 unicast
  network 2001:db8::10/128 route-map origin-2871204177
  ! BGPPeer tor-b
  neighbor eth0 activate
  neighbor eth0 route-map eth0-in in
  neighbor eth0 route-map eth0-out out
 exit-address-family
exit
!
`

// Forms are the ways of writing that speaker uses and that raw snippets are known to use.
func Forms() []Form {
	forms := []Form{{Name: "nothing else"}}
	for _, text := range sessionForms() {
		f := Form{Name: text, Text: "router bgp 64512\n neighbor 192.0.2.1 " + text + "\nexit\n"}
		f.Twice = text == "enforce-first-as" // off until FRR 9, on from 10
		f.Alone = text == "local-role customer" || text == "remote-as internal" || strings.HasPrefix(text, "ttl-security ")
		forms = append(forms, f)
	}
	for _, text := range instanceForms() {
		f := Form{Name: text, Text: "router bgp 64512\n " + text + "\nexit\n"}
		f.Alone = text == "no neighbor 192.0.2.1"
		forms = append(forms, f)
	}
	for _, text := range familyForms() {
		f := Form{Name: text, Text: "router bgp 64512\n address-family ipv4 unicast\n  " + text + "\n exit-address-family\nexit\n"}
		f.Alone = strings.Contains(text, " distribute-list ") || strings.HasSuffix(text, " as-override")
		forms = append(forms, f)
	}
	for _, text := range entryForms() {
		forms = append(forms, Form{Name: text, Text: "route-map 192.0.2.1-in permit 10\n " + text + "\nexit\n"})
	}
	for _, text := range profileForms() {
		forms = append(forms, Form{Name: text, Text: "bfd\n profile fast\n  " + text + "\n exit\n profile slow\n  " + text + "\n exit\nexit\n"})
	}
	for _, text := range topForms() {
		forms = append(forms, Form{Name: text, Text: text + "\n", Alone: alone(text)})
	}
	return append(forms, blockForms()...)
}

// alone are lines that share something with others of them.
func alone(top string) bool {
	return top == "bgp update-delay 10" || strings.Contains(top, " tag ") || strings.HasPrefix(top, "access-list ")
}

func sessionForms() []string {
	return []string{
		"ebgp-multihop", "ebgp-multihop 255", "ebgp-multihop 5", "local-as 65010 no-prepend replace-as", "local-as 65010",
		"port 179", "port 1790", "timers 1 3", "timers 0 0", "timers 60 180", "timers connect 10", "timers connect 120",
		"password hush", "password p#ss!w?rd$%", "update-source 192.0.2.100", "update-source eth0",
		"graceful-restart", "graceful-restart-helper", "graceful-restart-disable", "bfd", "bfd profile fast", "bfd 3 300 300",
		"bfd 5 200 250", "bfd check-control-plane-failure", "disable-connected-check", "description hello  big   world",
		"shutdown", "shutdown message for  the weekend", "passive", "ttl-security hops 1", "capability extended-nexthop",
		"capability dynamic", "advertisement-interval 5", "advertisement-interval 0", "enforce-first-as",
		"dont-capability-negotiate", "override-capability", "strict-capability-match", "interface eth0", "tcp-mss 1000",
		"local-role customer", "extended-optional-parameters", "sender-as-path-loop-detection", "remote-as internal",
		"remote-as 65009",
	}
}

func instanceForms() []string {
	return []string{
		"neighbor 2001:DB8:0::1 remote-as 65002\n neighbor 2001:db8::1 disable-connected-check",
		"neighbor 192.0.2.9 remote-as internal", "neighbor eth9 interface remote-as 65003",
		"neighbor eth9 interface v6only remote-as 65003",
		"neighbor eth0 capability extended-nexthop", "bgp graceful-shutdown", "bgp bestpath compare-routerid", "neighbor eth0 interface remote-as 65009",
		"neighbor G peer-group\n neighbor G remote-as 65009\n neighbor 192.0.2.9 peer-group G\n bgp listen range 10.1.2.3/8 peer-group G",
		"no neighbor 192.0.2.1", "no neighbor 192.0.2.1 bfd", "no neighbor 192.0.2.1 password",
		"bgp router-id 10.0.0.1", "bgp graceful-restart", "bgp graceful-restart-disable", "bgp graceful-restart restart-time 120",
		"bgp graceful-restart restart-time 100", "bgp graceful-restart stalepath-time 360", "bgp graceful-restart notification",
		"no bgp graceful-restart notification", "no bgp graceful-restart preserve-fw-state", "coalesce-time 1000", "no coalesce-time 0",
		"timers bgp 60 180", "timers bgp 10 30", "bgp cluster-id 1.1.1.1", "bgp cluster-id 5", "bgp log-neighbor-changes",
		"no bgp log-neighbor-changes", "bgp bestpath as-path multipath-relax", "bgp bestpath med missing-as-worst",
		"bgp always-compare-med", "bgp default local-preference 100", "bgp default local-preference 200",
		"bgp default ipv6-unicast", "bgp default ipv4-unicast", "bgp default show-hostname", "bgp confederation identifier 1",
		"bgp confederation peers 3 2", "bgp listen limit 100", "bgp suppress-fib-pending", "bgp deterministic-med",
		"bgp minimum-holdtime 10", "bgp max-med administrative", "bgp shutdown", "update-delay 10", "read-quanta 5",
		"write-quanta 64", "no bgp fast-external-failover", "no bgp client-to-client reflection", "no bgp suppress-duplicates",
		"no bgp hard-administrative-reset", "bgp ebgp-requires-policy", "bgp network import-check", "bgp reject-as-sets",
		"bgp long-lived-graceful-restart stale-time 10", "bgp conditional-advertisement timer 20", "bgp dampening",
		"distance bgp 20 200 200", "distance bgp 1 2 3", "maximum-paths 4", "no maximum-paths", "network 198.51.100.77/24",
		"network 10.0.0.0", "network 10.0.0.0 mask 255.255.0.0", "redistribute connected", "neighbor 192.0.2.1 next-hop-self",
	}
}

func familyForms() []string {
	of := func(lines ...string) []string {
		for i, line := range lines {
			lines[i] = "neighbor 192.0.2.1 " + line
		}
		return lines
	}
	return append(of(
		"prefix-list P in", "filter-list F out", "distribute-list 1 in", "send-community", "send-community both",
		"send-community extended", "send-community large", "send-community all", "next-hop-self", "next-hop-self force",
		"next-hop-self all", "allowas-in", "allowas-in 3", "allowas-in 5", "allowas-in origin", "soft-reconfiguration inbound",
		"maximum-prefix 100", "maximum-prefix 100 80", "maximum-prefix 100 75", "maximum-prefix 100 warning-only",
		"maximum-prefix 100 restart 5", "maximum-prefix-out 10", "default-originate", "default-originate route-map 192.0.2.1-in",
		"remove-private-AS", "remove-private-AS all", "as-override", "weight 5", "attribute-unchanged",
		"attribute-unchanged next-hop", "attribute-unchanged med as-path", "addpath-tx-all-paths", "addpath-tx-bestpath-per-AS",
		"route-server-client", "unsuppress-map M", "capability orf prefix-list both", "soo 1:1", "route-map other out",
	),
		"no neighbor 192.0.2.1 send-community", "no neighbor 192.0.2.1 send-community extended",
		"no neighbor 192.0.2.1 send-community large", "no neighbor 192.0.2.1 send-community both",
		"no neighbor 192.0.2.1 send-community all", "no neighbor 192.0.2.1 activate", "no neighbor 192.0.2.1 route-map 192.0.2.1-in in",
		"network 203.0.113.10/32 route-map origin-2871204177", "network 203.0.113.77/24", "network 203.0.113.10/32 backdoor",
		"network 203.0.113.10/32 label-index 5", "no network 198.51.100.10/32", "network 198.51.100.10/32",
		"redistribute connected", "redistribute static route-map M", "redistribute kernel metric 5", "redistribute table 5",
		"aggregate-address 10.0.0.0/8 summary-only", "aggregate-address 10.0.0.0 255.0.0.0", "aggregate-address 10.0.0.0/8 matching-MED-only origin igp",
		"aggregate-address 10.0.0.0/8 summary-only as-set route-map M", "maximum-paths 4", "maximum-paths 64",
		"maximum-paths ibgp 4", "distance bgp 20 200 200", "distance bgp 1 2 3", "rd vpn export 1:1", "rt vpn both 1:1",
		"label vpn export auto", "table-map M",
	)
}

func entryForms() []string {
	return []string{
		"description hello   world", "match tag 5", "match ip address prefix-list P", "match ip address 1",
		"match ipv6 address prefix-list P", "match ip next-hop prefix-list P", "match ip next-hop address 1.2.3.4",
		"match ipv6 next-hop address 2001:DB8::0:1", "match community C", "match community C exact-match", "match large-community L",
		"match extcommunity E", "match as-path A", "match metric 5", "match local-preference 5", "match origin igp",
		"match peer 192.0.2.1", "match peer local", "match interface eth0", "match probability 50", "match evpn vni 5",
		"match source-vrf red", "match ip next-hop type blackhole",
		"set tag 5", "set local-preference 100", "set local-preference +5", "set metric 5", "set metric +5", "set metric rtt",
		"set weight 5", "set community 64512:11 additive", "set community 64512:12 64512:11 64512:12", "set community no-export additive",
		"set community local-AS no-advertise", "set community graceful-shutdown accept-own blackhole no-peer",
		"set community 65535:65281 65535:666", "set community llgr-stale no-llgr", "set community none",
		"set large-community 3:1:1 1:1:1", "set large-community none", "set extcommunity rt 2:2 1:1", "set extcommunity soo 1:1",
		"set extcommunity bandwidth 100", "set comm-list C delete", "set large-comm-list L delete", "set as-path prepend 65001 65001",
		"set as-path prepend last-as 3", "set as-path exclude 65001", "set ip next-hop 1.2.3.4", "set ip next-hop peer-address",
		"set ip next-hop unchanged", "set ipv6 next-hop global 2001:DB8::0:1", "set ipv6 next-hop local fe80::1",
		"set ipv6 next-hop prefer-global", "set ipv6 next-hop peer-address", "set origin igp", "set distance 5",
		"set atomic-aggregate", "set aggregator as 5 1.2.3.4", "set originator-id 1.2.3.4", "set label-index 5", "set table 5",
		"on-match next", "on-match goto 30", "continue 30", "call N",
	}
}

func profileForms() []string {
	return []string{
		"receive-interval 300", "receive-interval 200", "transmit-interval 300", "transmit-interval 200", "detect-multiplier 3",
		"detect-multiplier 7", "echo-mode", "echo transmit-interval 50", "echo transmit-interval 60", "echo receive-interval 50",
		"echo receive-interval 60", "echo receive-interval disabled", "echo-interval 70", "passive-mode", "minimum-ttl 254",
		"minimum-ttl 200", "shutdown", "no shutdown",
	}
}
