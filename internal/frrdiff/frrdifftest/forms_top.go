package frrdifftest

import "frr-speaker/internal/frrdiff"

func topForms() []string {
	return []string{
		"ip prefix-list P seq 5 permit 10.0.0.0/8 le 24", "ip prefix-list P permit 10.0.0.0/8", "ip prefix-list P seq 5 permit any",
		"ip prefix-list P permit 172.16.1.10/24", "ip prefix-list P seq 7 deny 0.0.0.0/0 le 32",
		"ip prefix-list P seq 7 deny 10.0.0.0/8 le 24 ge 9", "ip prefix-list P description foo  bar",
		"ip prefix-list P permit 10.0.0.0/8\nip prefix-list P deny 11.0.0.0/8\nip prefix-list P permit 10.0.0.0/8\nip prefix-list P seq 3 permit 12.0.0.0/8",
		"ip prefix-list P seq 9 permit 10.0.0.0/8\nip prefix-list P seq 5 permit 10.0.0.0/8",
		"ip prefix-list P permit 10.0.0.0/8\nno ip prefix-list P permit 10.0.0.0/8\nip prefix-list P permit 11.0.0.0/8",
		"ipv6 prefix-list P seq 5 permit 2001:DB8::0:1/128", "ipv6 prefix-list P permit any", "ipv6 prefix-list P permit 2001:db8::1/64 le 128",
		"access-list A seq 5 permit 10.0.0.0/8", "access-list A permit 10.0.0.0/8 exact-match\naccess-list A permit any",
		"access-list 1 permit host 1.2.3.4", "access-list 101 permit ip host 1.2.3.4 any", "access-list A remark foo bar", "ipv6 access-list A permit 2001:db8::/32",
		"bgp community-list standard C permit 1:1\nbgp community-list standard C permit 2:2 no-export",
		"bgp community-list standard C seq 7 permit 1:1\nbgp community-list standard C permit 2:2", "bgp community-list 5 permit 1:1",
		"bgp community-list expanded X permit .*", "bgp large-community-list standard L permit 1:1:1",
		"bgp extcommunity-list standard E permit rt 1:1", "bgp as-path access-list A permit ^65001_\nbgp as-path access-list A deny .*",
		"bgp as-path access-list A seq 7 permit ^65001_\nbgp as-path access-list A permit .*",
		"bgp community alias 1:1 foo", "bgp route-map delay-timer 5", "bgp route-map delay-timer 7", "bgp route-map delay-timer 0",
		"bgp update-delay 10", "bgp send-extra-data zebra", "debug zebra nexthop detail",
		"log stdout", "log stdout debugging", "log stdout warnings", "log syslog informational", "log syslog debugging",
		"log timestamp precision 0", "no log timestamp precision 3", "log facility daemon", "log facility local0", "log record-priority",
		"log commands", "no log unique-id", "no log error-category", "hostname node-2", "domainname example.org", "service advanced-vty",
		"service integrated-vtysh-config", "frr defaults traditional", "log monitor debugging",
		"debug bgp updates", "debug bgp updates in", "debug bgp neighbor-events", "debug bgp keepalives", "debug bgp nht", "debug bgp zebra",
		"debug zebra events", "debug zebra nht", "debug zebra kernel", "debug zebra rib", "debug zebra nexthop",
		"debug bfd network", "debug bfd peer", "debug bfd zebra",
		"no ip nht resolve-via-default", "ip protocol bgp route-map 192.0.2.1-in", "ipv6 protocol bgp route-map 192.0.2.1-in",
		"ip protocol bgp route-map Z\nroute-map Z permit 10\n match ip address prefix-list P\nexit\nip prefix-list P permit 10.0.0.0/8",
		"ip router-id 1.1.1.1", "router-id 1.1.1.1", "ip forwarding\nip forwarding",
		"ip route 10.0.0.0/8 192.0.2.1", "ip route 11.1.2.3/8 Null0", "ip route 12.0.0.0/8 blackhole", "ip route 10.0.0.0/8 192.0.2.1 200",
		"ip route 10.0.0.0/8 192.0.2.1 eth0", "ip route 10.0.0.0/8 192.0.2.1 1", "ip route 10.0.0.0 255.0.0.0 192.0.2.1",
		"ip route 10.0.0.0/8 192.0.2.1 tag 5", "ip route 10.0.0.0/8 192.0.2.1 tag 1 200", "ipv6 route 2001:DB8:0::/32 Null0",
		"ipv6 route 2001:db8::/32 2001:db8::1 eth0",
	}
}

func blockForms() []Form {
	return []Form{
		{Name: "a route-map entry whose action is overridden, without exit", Text: "route-map 192.0.2.1-in permit 20\n match ip address prefix-list P\nip prefix-list P permit 172.16.0.0/16 le 24\n"},
		{Name: "a route-map of its own", Text: "route-map other deny 5\nexit\nroute-map other permit 10\n set metric 7\n call M\nexit\nroute-map M permit 10\n"},
		{Name: "a route-map that is not optimized", Text: "no route-map 192.0.2.1-out optimization\n"},
		{Name: "a route class taken out of a session", Text: "no route-map 192.0.2.1-out permit 16170\n", Alone: true},
		{Name: "text without indentation", Text: "router bgp 64512\nneighbor 192.0.2.9 remote-as 65009\naddress-family ipv4 unicast\nneighbor 192.0.2.9 activate\nneighbor 192.0.2.9 timers 3 9\nip prefix-list P permit any\n"},
		{Name: "an instance in a VRF", Text: "router bgp 64512 vrf red\n no bgp ebgp-requires-policy\n no bgp default ipv4-unicast\n neighbor 192.0.2.9 remote-as 65009\n address-family ipv4 unicast\n  network 203.0.113.1/32\n  neighbor 192.0.2.9 activate\n exit-address-family\nexit\n"},
		{Name: "an instance with families on by default", Text: "router bgp 64512 vrf red\n bgp default ipv6-unicast\n neighbor 192.0.2.9 remote-as 65009\n neighbor 192.0.2.8 remote-as 65009\n address-family ipv4 unicast\n  no neighbor 192.0.2.8 activate\n exit-address-family\n address-family ipv6 unicast\n  network 2001:db8::/32\n exit-address-family\nexit\n"},
		{Name: "a VRF with static routes", Text: "vrf red\n ip route 10.0.0.0/8 192.0.2.1\n ip router-id 1.1.1.1\nexit-vrf\n"},
		{Name: "a VRF with a VNI", Text: "vrf red\n vni 100\nexit-vrf\n", Alone: true},
		{Name: "a static route in a VRF on one line", Text: "ip route 10.0.0.0/8 192.0.2.1 vrf red\n"},
		{Name: "an interface", Text: "interface eth0\n description up  link\n ip address 10.1.1.1/24\n no ipv6 nd suppress-ra\n ipv6 nd ra-interval 10\nexit\n"},
		{Name: "an interface for bgpd and zebra", Text: "interface eth0\n mpls bgp forwarding\n bandwidth 10\nexit\n"},
		{Name: "a configured BFD peer", Text: "bfd\n peer 192.0.2.7\n  profile fast\n exit\n peer 192.0.2.8 multihop local-address 192.0.2.100 vrf default\n  minimum-ttl 4\n exit\nexit\n"},
		{Name: "no BFD profile", Text: "bfd\n no profile fast\nexit\n"},
		{Name: "lines nobody knows, of bgpd", Text: "allow-reserved-ranges\n", Owner: frrdiff.Bgpd},
		{Name: "lines nobody knows, of zebra", Text: "ip table range 1000 2000\nzebra nexthop-group keep 10\n"},
		{Name: "a line nobody knows inside an instance", Text: "router bgp 64512\n bgp disable-ebgp-connected-route-check\nexit\n"},
		{Name: "a vty block", Text: "line vty\n exec-timeout 0 0\nexit\n"},
		{Name: "a set of communities that 8.4 calls internet", Text: "route-map M permit 10\n set community 0:0\nexit\n", Until: 9},
		{Name: "enforce-first-as off", Text: "router bgp 64512\n no neighbor 192.0.2.1 enforce-first-as\nexit\n", Twice: true},
		{Name: "routes leaked from a VRF", Text: "router bgp 64512\n address-family ipv4 unicast\n  import vrf red\n exit-address-family\nexit\n", Twice: true},
		{Name: "a route-map that sets the source address", Text: "ip protocol bgp route-map S\nroute-map S permit 10\n match ip address prefix-len 24\n set src 192.0.2.100\n set community 1:1\nexit\n"},
		{Name: "match any of some communities", Text: "route-map M permit 10\n match community 5 any\nexit\n", Since: 10},
	}
}
