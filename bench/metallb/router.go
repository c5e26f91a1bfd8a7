package metallb

import (
	"slices"
	"time"

	"frr-speaker/internal/bgp"
)

// defaultPort is what the BGPPeer API fills in. It is always written, and FRR
// never shows it: frr-reload.py adds it again each time.
const defaultPort = 179

// router writes one "router bgp" block.
func (t *text) router(i bgp.Instance) {
	if i.VRF == "" {
		t.line("router bgp %v", i.ASN)
	} else {
		t.line("router bgp %v vrf %s", i.ASN, i.VRF)
	}
	t.line("  no bgp ebgp-requires-policy")
	t.line("  no bgp network import-check")
	t.line("  no bgp default ipv4-unicast")
	t.line("  bgp graceful-restart preserve-fw-state")
	if i.RouterID.IsValid() {
		t.line("  bgp router-id %v", i.RouterID)
	}
	for _, s := range i.Sessions {
		t.neighbor(s)
	}
	for _, s := range i.Sessions {
		for _, f := range s.Families {
			t.line("  address-family %v", f)
			t.line("    neighbor %s activate", s.Neighbor())
			t.line("    neighbor %s route-map %s-in in", s.Neighbor(), s.ID())
			t.line("    neighbor %s route-map %s-out out", s.Neighbor(), s.ID())
			t.line("  exit-address-family")
		}
	}
	for _, f := range families() {
		t.networks(i, f)
	}
}

// neighbor writes what is outside the address families.
func (t *text) neighbor(s bgp.Session) {
	line := func(format string, args ...any) { t.line("  neighbor "+s.Neighbor()+" "+format, args...) }
	if s.Interface != "" {
		line("interface remote-as %v", s.RemoteAS)
	} else {
		line("remote-as %v", s.RemoteAS)
	}
	if s.EBGPMultiHop {
		line("ebgp-multihop")
	}
	if s.LocalAS != 0 {
		line("local-as %v no-prepend replace-as", s.LocalAS)
	}
	port := s.Port
	if port == 0 {
		port = defaultPort
	}
	line("port %d", port)
	if s.Timers != nil {
		line("timers %d %d", s.Timers.Keepalive/time.Second, s.Timers.Hold/time.Second)
	}
	if s.ConnectTime != 0 {
		line("timers connect %d", s.ConnectTime/time.Second)
	}
	if password := s.Password.Reveal(); password != "" {
		line("password %s", password)
	}
	if s.SourceAddr.IsValid() {
		line("update-source %v", s.SourceAddr)
	}
	if s.GracefulRestart {
		line("graceful-restart")
	}
	if s.BFD {
		line("bfd")
		if s.BFDProfile != "" {
			line("bfd profile %s", s.BFDProfile)
		}
	}
	if s.DisableConnectedCheck && s.Interface == "" {
		line("disable-connected-check")
	}
}

// networks writes what any neighbor may get of one family.
func (t *text) networks(i bgp.Instance, f bgp.Family) {
	set := map[string]bool{}
	for _, s := range i.Sessions {
		for _, e := range adjRIBOut(i, s).entries {
			if e.family == f {
				set[e.prefix] = true
			}
		}
	}
	if len(set) == 0 {
		return
	}
	t.line("  address-family %v", f)
	for _, prefix := range sortedKeys(set) {
		t.line("    network %s", prefix)
	}
	t.line("  exit-address-family")
}

func families() []bgp.Family { return []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast} }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
