package intent

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta2"
)

func TestPeerIsRefused(t *testing.T) {
	tests := []struct {
		name   string
		spec   func(*peerSpec)
		field  string
		says   string
		remedy string
	}{
		{
			"without its own AS", func(s *peerSpec) { s.MyASN = 0 },
			"spec.myASN", "is missing", "set it to the AS of the nodes",
		},
		{
			"without the neighbor's AS", func(s *peerSpec) { s.ASN = 0 },
			"spec.peerASN", "is missing", "set the AS of the neighbor here, or spec.dynamicASN",
		},
		{
			"with a fixed and a dynamic AS", func(s *peerSpec) { s.DynamicASN = "internal" },
			"spec.peerASN", "is set together with spec.dynamicASN", "remove one of the two",
		},
		{
			"with an unknown dynamic AS", func(s *peerSpec) { s.ASN, s.DynamicASN = 0, "both\n" },
			"spec.dynamicASN", `"both\n" is neither internal nor external`, "write internal or external",
		},
		{
			"with a local AS that is its own", func(s *peerSpec) { s.LocalASN = 64512 },
			"spec.localASN", "is the same as spec.myASN", "remove it, or set another AS than spec.myASN",
		},
		{
			"with a local AS that is the neighbor's", func(s *peerSpec) { s.LocalASN = 65001 },
			"spec.localASN", "is the same as spec.peerASN", "remove it, or set another AS than spec.peerASN",
		},
		{
			"with a local AS inside the AS", func(s *peerSpec) { s.LocalASN, s.ASN = 64999, 64512 },
			"spec.localASN", "is set on an internal session", "remove it: inside an AS there is no other AS to show",
		},
		{
			"with a local AS for whatever neighbor inside the AS",
			func(s *peerSpec) { s.LocalASN, s.ASN, s.DynamicASN = 64999, 0, "internal" },
			"spec.localASN", "is set on an internal session", "remove it: inside an AS there is no other AS to show",
		},
		{
			"without a neighbor", func(s *peerSpec) { s.Address = "" },
			"spec.peerAddress", "is missing", "set the address of the neighbor here, or spec.interface",
		},
		{
			"with two neighbors", func(s *peerSpec) { s.Interface = "eth0" },
			"spec.peerAddress", "is set together with spec.interface", "remove one of the two",
		},
		{
			"with a host name for an address", func(s *peerSpec) { s.Address = "tor-a.example.com" },
			"spec.peerAddress", `"tor-a.example.com" is not an IP address`, "write an IPv4 or IPv6 address",
		},
		{
			"with a zone in a link-local address", func(s *peerSpec) { s.Address = "fe80::1%eth0" },
			"spec.peerAddress", `"fe80::1%eth0" has a zone`, `set spec.interface to "eth0" in place of spec.peerAddress`,
		},
		{
			"with a zone in any other address", func(s *peerSpec) { s.Address = "2001:db8::1%eth0" },
			"spec.peerAddress", `"2001:db8::1%eth0" has a zone`, `write the address without "%eth0"`,
		},
		{
			"with the unspecified address", func(s *peerSpec) { s.Address = "0.0.0.0" },
			"spec.peerAddress", "0.0.0.0 is not the address of a router", "write the unicast address of the neighbor",
		},
		{
			"with a multicast address", func(s *peerSpec) { s.Address = "ff02::2" },
			"spec.peerAddress", "ff02::2 is not the address of a router", "write the unicast address of the neighbor",
		},
		{
			"with the broadcast address", func(s *peerSpec) { s.Address = "255.255.255.255" },
			"spec.peerAddress", "255.255.255.255 is not the address of a router", "write the unicast address of the neighbor",
		},
		{
			"with a source address of the other family", func(s *peerSpec) { s.SrcAddress = "2001:db8::9" },
			"spec.sourceAddress", "2001:db8::9 and the neighbor's address 192.0.2.1 are of different families", "use an address of the neighbor's family",
		},
		{
			"with a source address on a link", func(s *peerSpec) { s.Address, s.Interface, s.SrcAddress = "", "eth0", "192.0.2.9" },
			"spec.sourceAddress", "is set together with spec.interface, and FRR drops it there", "remove it: the link has the address that the session uses",
		},
		{
			"with a source address that is none", func(s *peerSpec) { s.SrcAddress = "eth0" },
			"spec.sourceAddress", `"eth0" is not an IP address`, "write an IPv4 or IPv6 address",
		},
		{
			"with an interface name longer than Linux has", func(s *peerSpec) { s.Address, s.Interface = "", "sixteen-letters1" },
			"spec.interface", `"sixteen-letters1" has 16 bytes, and an interface name has at most 15`, "use the name that `ip link` shows",
		},
		{
			"with a line break in the interface", func(s *peerSpec) { s.Address, s.Interface = "", "e\n neighbor x" },
			"spec.interface", `"e\n neighbor x" is not the name of a network interface`, "use the name that `ip link` shows",
		},
		{
			"with a slash in the interface", func(s *peerSpec) { s.Address, s.Interface = "", "eth0/1" },
			"spec.interface", `"eth0/1" is not the name of a network interface`, "use the name that `ip link` shows",
		},
		{
			"with an address for an interface", func(s *peerSpec) { s.Address, s.Interface = "", "192.0.2.1" },
			"spec.interface", `"192.0.2.1" is an address, and FRR would take it for one`, "use the name that `ip link` shows",
		},
		{
			"with a space in the VRF", func(s *peerSpec) { s.VRFName = "red team" },
			"spec.vrf", `"red team" is not the name of a network interface`, "use the name that `ip link` shows",
		},
		{
			"with a port that the API does not have", func(s *peerSpec) { s.Port = 16385 },
			"spec.peerPort", "16385 is above 16384", "use a port from 1 to 16384",
		},
		{
			"with an IPv6 router ID", func(s *peerSpec) { s.RouterID = "2001:db8::1" },
			"spec.routerID", `"2001:db8::1" is not a BGP identifier`, "write four numbers such as 192.0.2.1",
		},
		{
			"with router ID zero", func(s *peerSpec) { s.RouterID = "0.0.0.0" },
			"spec.routerID", `"0.0.0.0" is not a BGP identifier`, "write four numbers such as 192.0.2.1",
		},
		{
			"with multihop inside the AS", func(s *peerSpec) { s.ASN, s.EBGPMultiHop = 64512, true },
			"spec.ebgpMultiHop", "is set on an internal session", "remove it: internal sessions may cross hops anyway",
		},
		{
			"with multihop over an interface", func(s *peerSpec) { s.Address, s.Interface, s.EBGPMultiHop = "", "eth0", true },
			"spec.ebgpMultiHop", "is set on a session over an interface, which crosses one hop", "remove it, or set spec.peerAddress in place of spec.interface",
		},
		{
			"with the same node selector twice", func(s *peerSpec) {
				s.NodeSelectors = []metav1.LabelSelector{selects("rack", "a"), selects("rack", "b"), selects("rack", "a")}
			},
			"spec.nodeSelectors[2]", "repeats spec.nodeSelectors[0]", "remove one of the two",
		},
		{
			"with a selector that is none", func(s *peerSpec) {
				s.NodeSelectors = []metav1.LabelSelector{{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "rack", Operator: "Like"}}}}
			},
			"spec.nodeSelectors[0]", `is not a label selector: "operator \"Like\" is unknown"`, "correct the selector",
		},
		{
			"with a password and a Secret", func(s *peerSpec) { s.Password, s.PasswordSecret.Name = "hunter2", "good" },
			"spec.password", "is set together with spec.passwordSecret", "remove one of the two",
		},
		{
			"with a password of 81 bytes", func(s *peerSpec) { s.Password = strings.Repeat("x", 81) },
			"spec.password", "the password has more than 80 bytes, the limit of TCP MD5 in Linux", "use a shorter password",
		},
		{
			"with a space in the password", func(s *peerSpec) { s.Password = "hunter 2" },
			"spec.password", "the password holds a space, a control character or a character outside ASCII", "use letters, digits and punctuation of ASCII only",
		},
		{
			"with a Secret that does not exist", func(s *peerSpec) { s.PasswordSecret.Name = "gone" },
			"spec.passwordSecret", `Secret metallb-system/"gone" does not exist`, "create it with type kubernetes.io/basic-auth and key password",
		},
		{
			"with a Secret of another type", func(s *peerSpec) { s.PasswordSecret.Name = "tls" },
			"spec.passwordSecret", `Secret metallb-system/"tls" has type "kubernetes.io/tls"`, "create it again with type kubernetes.io/basic-auth",
		},
		{
			"with a Secret without a password", func(s *peerSpec) { s.PasswordSecret.Name = "keyless" },
			"spec.passwordSecret", `Secret metallb-system/"keyless" has no key password`, "store the password under key password",
		},
		{
			"with a Secret whose password is empty", func(s *peerSpec) { s.PasswordSecret.Name = "empty" },
			"spec.passwordSecret", `Secret metallb-system/"empty": the password is empty`, "store a password, or remove the reference to it",
		},
		{
			"with a Secret that ends in a line break", func(s *peerSpec) { s.PasswordSecret.Name = "newline" },
			"spec.passwordSecret", `Secret metallb-system/"newline": the password starts or ends with a line break`,
			"store it without the line break, for example with `printf %s` in place of `echo`, or `kubectl create secret --from-literal`",
		},
		{
			"with a Secret that holds a space", func(s *peerSpec) { s.PasswordSecret.Name = "blank" },
			"spec.passwordSecret", `Secret metallb-system/"blank": the password holds a space, a control character or a character outside ASCII`,
			"use letters, digits and punctuation of ASCII only",
		},
		{
			"with a Secret that is there twice", func(s *peerSpec) { s.PasswordSecret.Name = "twice" },
			"spec.passwordSecret", `Secret metallb-system/"twice" is defined more than once`, "keep one of them",
		},
		{
			"with a BFD profile that does not exist", func(s *peerSpec) { s.BFDProfile = "slow" },
			"spec.bfdProfile", `BFDProfile "slow" does not exist`, "create the BFDProfile, or remove the name",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			objs := surroundings()
			objs.Peers = []*v1beta2.BGPPeer{torA(tt.spec)}
			expect(t, objs, nil, surroundingsMeaning(), Problem{
				Object: ref("BGPPeer", "tor-a"), Field: tt.field, Message: tt.says,
				Effect: "no session is made with this peer", Remedy: tt.remedy,
			})
		})
	}
}
