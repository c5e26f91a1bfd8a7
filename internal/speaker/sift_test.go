package speaker

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/bgp"
	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/intent"
)

func siftedPeer(name, addr, password string) intent.Peer {
	a := netip.MustParseAddr(addr)
	return intent.Peer{
		Ref: intent.Ref{Kind: "BGPPeer", Namespace: "metallb-system", Name: name}, MyASN: 64512,
		Session: bgp.Session{
			Peer: name, Addr: a, Families: []bgp.Family{bgp.FamilyOf(a)},
			RemoteAS: bgp.RemoteAS{Number: 65001}, Password: bgp.NewSecret(password),
		},
	}
}

func TestWhatMustNotReachFRRTakesNothingElseWithIt(t *testing.T) {
	good := func() *intent.Intent {
		return &intent.Intent{
			Nodes:       []intent.Node{{Name: "node-1"}},
			Peers:       []intent.Peer{siftedPeer("tor-a", "192.0.2.1", ""), siftedPeer("tor-b", "192.0.2.2", "hidden")},
			BFDProfiles: []bgp.BFDProfile{{Name: "fast"}},
			RawConfig:   "route-map extra permit 10\nexit\n",
		}
	}
	tests := []struct {
		name     string
		spoil    func(*intent.Intent)
		mend     func(*intent.Intent) // what is left
		problems []string
	}{
		{name: "what is good stays as it is", spoil: func(*intent.Intent) {}, mend: func(*intent.Intent) {}},
		{
			name:     "a password with a line break costs its peer",
			spoil:    func(in *intent.Intent) { in.Peers[1].Session.Password = bgp.NewSecret("x\nrouter bgp 1") },
			mend:     func(in *intent.Intent) { in.Peers = in.Peers[:1] },
			problems: []string{"BGPPeer metallb-system/tor-b: password: holds a control character; this peer is left out; correct the value"},
		},
		{
			name:     "a link with a space costs its peer",
			spoil:    func(in *intent.Intent) { in.Peers[0].Session.Interface = "eth0 remote-as 1" },
			mend:     func(in *intent.Intent) { in.Peers = in.Peers[1:] },
			problems: []string{"BGPPeer metallb-system/tor-a: interface: holds a space; this peer is left out; correct the value"},
		},
		{
			name:     "the name of a profile costs the profile",
			spoil:    func(in *intent.Intent) { in.BFDProfiles[0].Name = "a\nb" },
			mend:     func(in *intent.Intent) { in.BFDProfiles = nil },
			problems: []string{`BFDProfile "a\nb": name: holds a control character; this profile is left out; correct the value`},
		},
		{
			name:     "a control character in raw text costs the raw text",
			spoil:    func(in *intent.Intent) { in.RawConfig = "log stdout\n\x1b[2J\n" },
			mend:     func(in *intent.Intent) { in.RawConfig = "" },
			problems: []string{"ConfigMap bgpextras: line 2: holds a control character; none of its text is used; correct the value"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in, want := good(), good()
			tt.spoil(in)
			tt.mend(want)
			got, problems := Sift(in)
			if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}, bgp.Secret{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("intent (-want +got):\n%s", diff)
			}
			var said []string
			for _, p := range problems {
				said = append(said, p.String())
			}
			if diff := cmp.Diff(tt.problems, said); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if _, err := frrconfig.Render(announce.Decide(got, "node-1").BGP, frrconfig.Options{RawConfig: got.RawConfig}); err != nil {
				t.Errorf("what is left does not render: %v", err)
			}
		})
	}
}

func TestWhatIsFitIsTheSameOnEveryPass(t *testing.T) {
	in := &intent.Intent{Peers: []intent.Peer{siftedPeer("tor-a", "192.0.2.1", "")}, BFDProfiles: []bgp.BFDProfile{{Name: "fast"}}}
	if fit, problems := Sift(in); !fit.SameButServices(in) || len(problems) > 0 {
		t.Errorf("of what is fit a copy is left, which a Decider does not know again; problems %v", problems)
	}
}
