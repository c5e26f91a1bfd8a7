package intent

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/bgp"
)

type peerSpec = v1beta2.BGPPeerSpec

var bothFamilies = []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast}

func TestPeerMeans(t *testing.T) {
	const v6 = "2001:db8::1"
	overV6 := func(s *peerSpec) { s.Address = v6 }
	meansV6 := func(p *Peer) {
		p.Session.Addr = addr(v6)
		p.Session.Families = []bgp.Family{bgp.IPv6Unicast}
		p.Session.DisableConnectedCheck = true
	}
	tests := []struct {
		name string
		spec []func(*peerSpec)
		want []func(*Peer)
	}{
		{name: "a minimal peer is an IPv4 session with FRR's defaults"},
		{
			name: "port 179 is FRR's default, and any other is kept",
			spec: []func(*peerSpec){func(s *peerSpec) { s.Port = 1179 }},
			want: []func(*Peer){func(p *Peer) { p.Session.Port = 1179 }},
		},
		{
			name: "no port at all is the default too",
			spec: []func(*peerSpec){func(s *peerSpec) { s.Port = 0 }},
		},
		{
			name: "dynamicASN internal takes the neighbor's AS for the own",
			spec: []func(*peerSpec){func(s *peerSpec) { s.ASN, s.DynamicASN = 0, v1beta2.InternalASNMode }},
			want: []func(*Peer){func(p *Peer) { p.Session.RemoteAS = bgp.RemoteAS{Kind: bgp.RemoteASInternal} }},
		},
		{
			name: "dynamicASN external takes any other AS",
			spec: []func(*peerSpec){func(s *peerSpec) { s.ASN, s.DynamicASN = 0, v1beta2.ExternalASNMode }},
			want: []func(*Peer){func(p *Peer) { p.Session.RemoteAS = bgp.RemoteAS{Kind: bgp.RemoteASExternal} }},
		},
		{
			name: "localASN is shown to this neighbor only",
			spec: []func(*peerSpec){func(s *peerSpec) { s.LocalASN = 64999 }},
			want: []func(*Peer){func(p *Peer) { p.Session.LocalAS = 64999 }},
		},
		{
			name: "AS numbers have four octets",
			spec: []func(*peerSpec){func(s *peerSpec) { s.MyASN, s.ASN = 4200000000, 4294967294 }},
			want: []func(*Peer){func(p *Peer) { p.MyASN, p.Session.RemoteAS.Number = 4200000000, 4294967294 }},
		},
		{
			name: "an IPv4-mapped address is an IPv4 one",
			spec: []func(*peerSpec){func(s *peerSpec) { s.Address = "::ffff:192.0.2.1" }},
		},
		{
			name: "an external IPv6 session skips the connected check",
			spec: []func(*peerSpec){overV6},
			want: []func(*Peer){meansV6},
		},
		{
			name: "an internal IPv6 session needs not skip it",
			spec: []func(*peerSpec){overV6, func(s *peerSpec) { s.ASN = 64512 }},
			want: []func(*Peer){meansV6, func(p *Peer) {
				p.Session.RemoteAS.Number, p.Session.DisableConnectedCheck = 64512, false
			}},
		},
		{
			name: "a multihop IPv6 session must not skip it",
			spec: []func(*peerSpec){overV6, func(s *peerSpec) { s.EBGPMultiHop = true }},
			want: []func(*Peer){meansV6, func(p *Peer) {
				p.Session.EBGPMultiHop, p.Session.DisableConnectedCheck = true, false
			}},
		},
		{
			name: "dualStackAddressFamily makes an IPv4 session carry both families",
			spec: []func(*peerSpec){func(s *peerSpec) { s.DualStackAddressFamily = true }},
			want: []func(*Peer){func(p *Peer) { p.DualStack, p.Session.Families = true, bothFamilies }},
		},
		{
			name: "an unnumbered session carries both families",
			spec: []func(*peerSpec){func(s *peerSpec) { s.Address, s.Interface = "", "swp1.100" }},
			want: []func(*Peer){func(p *Peer) {
				p.Session.Addr, p.Session.Interface = netip.Addr{}, "swp1.100"
				p.Session.Families = bothFamilies
			}},
		},
		{
			name: "VRF, source address, router ID and graceful restart are taken over",
			spec: []func(*peerSpec){func(s *peerSpec) {
				s.VRFName, s.SrcAddress, s.RouterID, s.EnableGracefulRestart = "red", "192.0.2.9", "10.0.0.1", true
			}},
			want: []func(*Peer){func(p *Peer) {
				p.Session.VRF, p.Session.SourceAddr, p.RouterID, p.Session.GracefulRestart = "red", addr("192.0.2.9"), addr("10.0.0.1"), true
			}},
		},
		{
			name: "VRF default is what FRR calls the default one",
			spec: []func(*peerSpec){func(s *peerSpec) { s.VRFName = "default" }},
		},
		{
			name: "node selectors are alternatives",
			spec: []func(*peerSpec){func(s *peerSpec) {
				s.NodeSelectors = []metav1.LabelSelector{selects("rack", "a"), {}}
			}},
			want: []func(*Peer){func(p *Peer) { p.Nodes = selector(t, selects("rack", "a"), metav1.LabelSelector{}) }},
		},
		{
			name: "a password of punctuation is taken as it is",
			spec: []func(*peerSpec){func(s *peerSpec) { s.Password = `!#"|?$%\'` }},
			want: []func(*Peer){func(p *Peer) { p.Session.Password = bgp.NewSecret(`!#"|?$%\'`) }},
		},
		{
			name: "a password of 80 bytes is the longest",
			spec: []func(*peerSpec){func(s *peerSpec) { s.Password = strings.Repeat("x", 80) }},
			want: []func(*Peer){func(p *Peer) { p.Session.Password = bgp.NewSecret(strings.Repeat("x", 80)) }},
		},
		{
			name: "a Secret gives the password",
			spec: []func(*peerSpec){func(s *peerSpec) { s.PasswordSecret.Name = "good" }},
			want: []func(*Peer){func(p *Peer) { p.Session.Password = bgp.NewSecret("from-the-secret") }},
		},
		{
			name: "a BFD profile turns BFD on",
			spec: []func(*peerSpec){func(s *peerSpec) { s.BFDProfile = "fast" }},
			want: []func(*Peer){func(p *Peer) { p.Session.BFD, p.Session.BFDProfile = true, "fast" }},
		},
		{
			name: "BFD echo is fine over IPv4, whatever the session carries",
			spec: []func(*peerSpec){func(s *peerSpec) { s.BFDProfile, s.DualStackAddressFamily = "echo", true }},
			want: []func(*Peer){func(p *Peer) {
				p.Session.BFD, p.Session.BFDProfile = true, "echo"
				p.DualStack, p.Session.Families = true, bothFamilies
			}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			objs := surroundings()
			objs.Peers = []*v1beta2.BGPPeer{torA(tt.spec...)}
			want := surroundingsMeaning()
			want.Peers = []Peer{torAMeaning(tt.want...)}
			expect(t, objs, nil, want)
		})
	}
}

// surroundings is what the peers of these tests refer to.
func surroundings() Objects {
	yes := true
	tls := secret("tls", "unused")
	tls.Type = corev1.SecretTypeTLS
	keyless := secret("keyless", "")
	keyless.Data = map[string][]byte{"username": []byte("bgp")}
	return Objects{
		Secrets: []*corev1.Secret{
			secret("good", "from-the-secret"), secret("newline", "hunter2\n"), secret("empty", ""),
			secret("blank", "hunter two"), secret("twice", "one"), secret("twice", "two"), tls, keyless,
		},
		BFDProfiles: []*v1beta1.BFDProfile{
			profile("fast"),
			profile("echo", func(s *v1beta1.BFDProfileSpec) { s.EchoMode = &yes }),
		},
	}
}

func surroundingsMeaning() Intent {
	return Intent{BFDProfiles: []bgp.BFDProfile{{Name: "echo", EchoMode: true}, {Name: "fast"}}}
}

func TestPeerIsUsedWithAWarning(t *testing.T) {
	tests := []struct {
		name    string
		spec    func(*peerSpec)
		want    func(*Peer)
		problem Problem
	}{
		{
			"disableMP is ignored", func(s *peerSpec) { s.DisableMP = true }, func(*Peer) {},
			Problem{
				Field: "spec.disableMP", Message: "has no meaning any more: a session carries one family unless dualStackAddressFamily is set",
				Effect: "it is ignored", Remedy: "remove it", Harmless: true,
			},
		},
		{
			"a Secret is never read from another namespace",
			func(s *peerSpec) { s.PasswordSecret = corev1.SecretReference{Name: "good", Namespace: "elsewhere"} },
			func(p *Peer) { p.Session.Password = bgp.NewSecret("from-the-secret") },
			Problem{
				Field: "spec.passwordSecret.namespace", Message: `"elsewhere" is not the namespace of the speaker`,
				Effect: "the Secret is read in namespace metallb-system", Remedy: "remove it",
			},
		},
		{
			"a link-local neighbor without a link cannot be dialed", func(s *peerSpec) { s.Address = "fe80::1" },
			func(p *Peer) {
				p.Session.Addr, p.Session.Families, p.Session.DisableConnectedCheck = addr("fe80::1"), []bgp.Family{bgp.IPv6Unicast}, true
			},
			Problem{
				Field: "spec.peerAddress", Message: "fe80::1 is link-local, and without its link FRR cannot dial it",
				Effect: "the session will not come up", Remedy: "set spec.interface in place of spec.peerAddress",
			},
		},
		{
			"multihop is ignored on a dynamic internal session",
			func(s *peerSpec) { s.ASN, s.DynamicASN, s.EBGPMultiHop = 0, "internal", true },
			func(p *Peer) { p.Session.RemoteAS = bgp.RemoteAS{Kind: bgp.RemoteASInternal} },
			Problem{
				Field: "spec.ebgpMultiHop", Message: "is set on an internal session",
				Effect: "it is ignored", Remedy: "remove it: internal sessions may cross hops anyway",
			},
		},
		{
			"BFD echo over several hops is BFD without echo", func(s *peerSpec) { s.BFDProfile, s.EBGPMultiHop = "echo", true },
			func(p *Peer) { p.Session.BFD, p.Session.BFDProfile, p.Session.EBGPMultiHop = true, "echo", true },
			Problem{
				Field: "spec.bfdProfile", Message: `BFDProfile echo has echoMode, which does not work over several hops`,
				Effect: "BFD runs without echo on this session", Remedy: "use a BFDProfile without echoMode",
			},
		},
		{
			"BFD over a link, which is IPv6, runs without echo",
			func(s *peerSpec) { s.BFDProfile, s.Address, s.Interface = "echo", "", "eth0" },
			func(p *Peer) {
				p.Session.Addr, p.Session.Interface, p.Session.Families = netip.Addr{}, "eth0", bothFamilies
				p.Session.BFD, p.Session.BFDProfile = true, "echo_async"
			},
			Problem{
				Field: "spec.bfdProfile", Message: `BFDProfile echo has echoMode, which over IPv6 works between two FRR routers only`,
				Effect: "BFD runs without echo on this session", Remedy: "use a BFDProfile without echoMode",
			},
		},
		{
			"a fraction of a second is cut off", func(s *peerSpec) { s.HoldTime = seconds(90500 * time.Millisecond) },
			func(p *Peer) { p.Session.Timers = &bgp.Timers{Hold: 90 * time.Second, Keepalive: 30 * time.Second} },
			Problem{
				Field: "spec.holdTime", Message: "1m30.5s is not a whole number of seconds",
				Effect: "1m30s is used", Remedy: "use whole seconds",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			objs := surroundings()
			objs.Peers = []*v1beta2.BGPPeer{torA(tt.spec)}
			want := surroundingsMeaning()
			want.Peers = []Peer{torAMeaning(tt.want)}
			if want.Peers[0].Session.BFDProfile == "echo_async" {
				want.BFDProfiles = []bgp.BFDProfile{{Name: "echo", EchoMode: true}, {Name: "echo_async"}, {Name: "fast"}}
			}
			tt.problem.Object = ref("BGPPeer", "tor-a")
			expect(t, objs, nil, want, tt.problem)
		})
	}
}

// MetalLB drops disable-connected-check from an external IPv6 session as soon as
// it carries IPv4 too, and the session never comes up.
func TestMetalLBWeakness20ConnectedCheckOfDualStackOverIPv6(t *testing.T) {
	objs := Objects{Peers: []*v1beta2.BGPPeer{torA(func(s *peerSpec) {
		s.Address, s.DualStackAddressFamily = "2001:db8::1", true
	})}}
	expect(t, objs, nil, Intent{Peers: []Peer{torAMeaning(func(p *Peer) {
		p.Session.Addr, p.Session.DisableConnectedCheck = addr("2001:db8::1"), true
		p.DualStack, p.Session.Families = true, bothFamilies
	})}})
}

// MetalLB turns the absent timers of a v1beta1 peer into a hold time of zero,
// with which a dead neighbor is never noticed.
func TestMetalLBWeakness27TimersOfV1beta1Peer(t *testing.T) {
	old := &v1beta1.BGPPeer{
		ObjectMeta: meta("tor-a"),
		Spec:       v1beta1.BGPPeerSpec{MyASN: 64512, ASN: 65001, Address: "192.0.2.1"},
	}
	expect(t, Objects{Peers: []*v1beta2.BGPPeer{old.ToV1beta2()}}, nil, Intent{Peers: []Peer{torAMeaning()}})
}
