package intent

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/bgp"
)

// working is a set in which everything refers to everything.
func working() Objects {
	two := uint32(2)
	gold := pool("gold", "198.51.100.0/24")
	gold.Labels = map[string]string{"tier": "1"}
	return Objects{
		Pools:       []*v1beta1.IPAddressPool{gold, pool("silver", "203.0.113.0/24")},
		Secrets:     []*corev1.Secret{secret("key", "hunter2")},
		BFDProfiles: []*v1beta1.BFDProfile{profile("fast", func(s *v1beta1.BFDProfileSpec) { s.DetectMultiplier = &two })},
		Peers: []*v1beta2.BGPPeer{torA(func(s *peerSpec) {
			s.BFDProfile, s.PasswordSecret.Name = "fast", "key"
		})},
		Communities: []*v1beta1.Community{{ObjectMeta: meta("names"), Spec: v1beta1.CommunitySpec{
			Communities: []v1beta1.CommunityAlias{{Name: "blue", Value: "64512:7"}},
		}}},
		BGPAdvertisements: []*v1beta1.BGPAdvertisement{advertisement("ad", func(s *adSpec) { s.Communities = []string{"blue"} })},
		ConfigMaps:        []*corev1.ConfigMap{extras("route-map 192.0.2.1-in permit 20\n")},
	}
}

func workingMeaning() Intent {
	gold := poolMeaning("gold", prefixes("198.51.100.0/24"))
	gold.Labels = map[string]string{"tier": "1"}
	return Intent{
		Pools:       []Pool{gold, poolMeaning("silver", prefixes("203.0.113.0/24"))},
		BFDProfiles: []bgp.BFDProfile{{Name: "fast", DetectMultiplier: 2}},
		Peers: []Peer{torAMeaning(func(p *Peer) {
			p.Session.BFD, p.Session.BFDProfile, p.Session.Password = true, "fast", bgp.NewSecret("hunter2")
		})},
		BGPAdvertisements: []BGPAdvertisement{advertisementMeaning("ad", func(a *BGPAdvertisement) {
			a.Pools, a.Communities = []string{"gold", "silver"}, []bgp.Community{bgp.NewCommunity(64512, 7)}
		})},
		RawConfig: "route-map 192.0.2.1-in permit 20\n",
	}
}

func TestWhatWasValidGoesOn(t *testing.T) {
	const (
		sessionKept = "the session keeps its last valid settings"
		adKept      = "the advertisement keeps its last valid settings"
	)
	tests := []struct {
		name    string
		change  func(*Objects)
		want    func(*Intent)
		problem []Problem
	}{
		{name: "nothing changed", change: func(*Objects) {}},
		{
			name: "a peer with a bad field keeps its session",
			change: func(o *Objects) {
				o.Peers[0].Spec.ASN, o.Peers[0].Spec.VRFName = 65002, "no vrf"
			},
			problem: []Problem{{
				Object: ref("BGPPeer", "tor-a"), Field: "spec.vrf", Message: `"no vrf" is not the name of a network interface`,
				Effect: sessionKept, Remedy: "use the name that `ip link` shows",
			}},
		},
		{
			name:   "a peer whose Secret is gone keeps its password",
			change: func(o *Objects) { o.Secrets = nil },
			problem: []Problem{{
				Object: ref("BGPPeer", "tor-a"), Field: "spec.passwordSecret", Message: `Secret metallb-system/"key" does not exist`,
				Effect: sessionKept, Remedy: "create it with type kubernetes.io/basic-auth and key password",
			}},
		},
		{
			name:   "a peer whose BFD profile is gone keeps the profile",
			change: func(o *Objects) { o.BFDProfiles = nil },
			problem: []Problem{{
				Object: ref("BGPPeer", "tor-a"), Field: "spec.bfdProfile", Message: `BFDProfile "fast" does not exist`,
				Effect: sessionKept, Remedy: "create the BFDProfile, or remove the name",
			}},
		},
		{
			name: "a new peer may not use the profile that is kept for another",
			change: func(o *Objects) {
				b := torA(func(s *peerSpec) { s.Address, s.BFDProfile = "192.0.2.2", "fast" })
				b.Name = "tor-b"
				o.BFDProfiles, o.Peers = nil, append(o.Peers, b)
			},
			problem: []Problem{
				{
					Object: ref("BGPPeer", "tor-a"), Field: "spec.bfdProfile", Message: `BFDProfile "fast" does not exist`,
					Effect: sessionKept, Remedy: "create the BFDProfile, or remove the name",
				},
				{
					Object: ref("BGPPeer", "tor-b"), Field: "spec.bfdProfile", Message: `BFDProfile "fast" does not exist`,
					Effect: "no session is made with this peer", Remedy: "create the BFDProfile, or remove the name",
				},
			},
		},
		{
			name: "a profile that turns invalid stays as it was, and so do its sessions",
			change: func(o *Objects) {
				one := uint32(1)
				o.BFDProfiles[0].Spec.DetectMultiplier = &one
			},
			problem: []Problem{{
				Object: ref("BFDProfile", "fast"), Field: "spec.detectMultiplier", Message: "1 is not between 2 and 255",
				Effect: "the profile keeps its last valid settings", Remedy: "correct the value",
			}},
		},
		{
			name: "a session follows its profile, but for echo that cannot work",
			change: func(o *Objects) {
				yes := true
				o.BFDProfiles[0].Spec.EchoMode = &yes
				o.Peers[0].Spec.Address = "2001:db8::1"
			},
			want: func(i *Intent) {
				i.BFDProfiles[0].EchoMode = true
				s := &i.Peers[0].Session
				s.Addr, s.Families, s.DisableConnectedCheck = addr("2001:db8::1"), []bgp.Family{bgp.IPv6Unicast}, true
				s.BFDProfile = "fast_async"
				i.BFDProfiles = append(i.BFDProfiles, bgp.BFDProfile{Name: "fast_async", DetectMultiplier: 2})
			},
			problem: []Problem{{
				Object: ref("BGPPeer", "tor-a"), Field: "spec.bfdProfile",
				Message: "BFDProfile fast has echoMode, which over IPv6 works between two FRR routers only",
				Effect:  "BFD runs without echo on this session", Remedy: "use a BFDProfile without echoMode",
			}},
		},
		{
			name:   "an advertisement whose alias is gone keeps the community",
			change: func(o *Objects) { o.Communities = nil },
			problem: []Problem{{
				Object: ref("BGPAdvertisement", "ad"), Field: "spec.communities[0]", Message: `"blue" is neither an alias nor a community`,
				Effect: adKept,
				Remedy: "create a Community object with this alias, or write two numbers up to 65535 as 65000:100, three numbers as large:65000:1:2, or a name such as no-export",
			}},
		},
		{
			name: "an aggregate that its pools cannot fill stays as it was",
			change: func(o *Objects) {
				o.BGPAdvertisements[0].Spec.AggregationLength = length(20)
			},
			problem: []Problem{{
				Object: ref("BGPAdvertisement", "ad"), Field: "spec.aggregationLength", Message: "/20 is wider than 198.51.100.0/24 of IPAddressPool gold",
				Effect: adKept, Remedy: "use a length that every entry of the pool contains",
			}},
		},
		{
			name: "a kept advertisement lets go of a pool that is gone",
			change: func(o *Objects) {
				o.Pools = o.Pools[:1]
				o.BGPAdvertisements[0].Spec.Communities = []string{"x"}
			},
			want: func(i *Intent) { i.Pools, i.BGPAdvertisements[0].Pools = i.Pools[:1], []string{"gold"} },
			problem: []Problem{{
				Object: ref("BGPAdvertisement", "ad"), Field: "spec.communities[0]", Message: `"x" is neither an alias nor a community`,
				Effect: adKept,
				Remedy: "create a Community object with this alias, or write two numbers up to 65535 as 65000:100, three numbers as large:65000:1:2, or a name such as no-export",
			}},
		},
		{
			name:   "a pool with a bad entry keeps its addresses and labels",
			change: func(o *Objects) { o.Pools[0].Labels, o.Pools[0].Spec.Addresses = nil, []string{"198.51.100.300/32"} },
			problem: []Problem{{
				Object: ref("IPAddressPool", "gold"), Field: "spec.addresses[0]", Message: `"198.51.100.300/32" is not a CIDR`,
				Effect: "the pool keeps its last valid addresses",
				Remedy: "write a CIDR such as 192.0.2.0/24, or a range such as 192.0.2.10-192.0.2.20",
			}},
		},
		{
			name:   "FRR text with a control character stays as it was",
			change: func(o *Objects) { o.ConfigMaps[0].Data["extras"] = "log syslog\n\x1b[2J\n" },
			problem: []Problem{{
				Object: ref("ConfigMap", "bgpextras"), Field: "data.extras", Message: "line 2 holds control character 0x1b",
				Effect: "the last valid text stays in use", Remedy: "remove the character",
			}},
		},
		{
			name: "an object that is there twice stays as it was",
			change: func(o *Objects) {
				o.Pools = append(o.Pools, pool("gold", "192.0.2.0/24"))
				o.Peers = append(o.Peers, torA())
			},
			problem: []Problem{
				{
					Object: ref("BGPPeer", "tor-a"), Field: "metadata.name", Message: "is defined more than once",
					Effect: sessionKept, Remedy: "keep one of them",
				},
				{
					Object: ref("IPAddressPool", "gold"), Field: "metadata.name", Message: "is defined more than once",
					Effect: "the pool keeps its last valid addresses", Remedy: "keep one of them",
				},
			},
		},
		{
			name: "what is deleted is gone",
			change: func(o *Objects) {
				o.Pools, o.Peers, o.BFDProfiles, o.BGPAdvertisements, o.ConfigMaps = nil, nil, nil, nil, nil
			},
			want: func(i *Intent) { *i = Intent{} },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before, problems := Parse(working(), Options{}, nil)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			objs, want := working(), workingMeaning()
			tt.change(&objs)
			if tt.want != nil {
				tt.want(&want)
			}
			expect(t, objs, before, want, tt.problem...)
			once, _ := Parse(objs, Options{}, before)
			expect(t, objs, once, want, tt.problem...) // and for as long as it takes
		})
	}
}
