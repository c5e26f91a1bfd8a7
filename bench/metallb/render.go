package metallb

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	"frr-speaker/internal/bgp"
)

// Render returns the configuration of a node. It is for speakers that
// frrconfig takes: nothing is checked here.
func Render(s bgp.Speaker, hostname string) []byte {
	t := &text{}
	t.line("log stdout informational")
	t.line("log timestamp precision 3")
	t.line("hostname %s", hostname)
	t.line("ip nht resolve-via-default")
	t.line("ipv6 nht resolve-via-default")
	instances := slices.SortedFunc(slices.Values(s.Instances), func(a, b bgp.Instance) int {
		return cmp.Compare(instanceKey(a), instanceKey(b))
	})
	for i := range instances {
		instances[i].Sessions = slices.SortedFunc(slices.Values(instances[i].Sessions), func(a, b bgp.Session) int {
			return cmp.Compare(sessionKey(a), sessionKey(b))
		})
	}
	for _, i := range instances {
		for _, session := range i.Sessions {
			t.filters(adjRIBOut(i, session))
		}
	}
	for _, i := range instances {
		t.router(i)
	}
	t.bfd(s.BFDProfiles)
	return t.Bytes()
}

// instanceKey orders the routers.
func instanceKey(i bgp.Instance) string {
	id := "<nil>"
	if i.RouterID.IsValid() {
		id = i.RouterID.String()
	}
	return i.ASN.String() + "@" + id + "@" + i.VRF
}

// sessionKey orders the neighbors of a router.
func sessionKey(s bgp.Session) string {
	return s.RemoteAS.String() + "@" + s.Neighbor() + "@" + s.VRF
}

// text is the configuration as it grows.
type text struct{ bytes.Buffer }

func (t *text) line(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

// bfd writes the profiles, in the order they come: by name.
func (t *text) bfd(profiles []bgp.BFDProfile) {
	if len(profiles) == 0 {
		return
	}
	t.line("bfd")
	for _, p := range profiles {
		t.line("  profile %s", p.Name)
		t.milliseconds("receive-interval", p.ReceiveInterval)
		t.milliseconds("transmit-interval", p.TransmitInterval)
		if p.DetectMultiplier != 0 {
			t.line("    detect-multiplier %d", p.DetectMultiplier)
		}
		if p.EchoMode {
			t.line("    echo-mode")
		}
		t.milliseconds("echo transmit-interval", p.EchoInterval)
		t.milliseconds("echo receive-interval", p.EchoInterval)
		if p.PassiveMode {
			t.line("    passive-mode")
		}
		if p.MinimumTTL != 0 {
			t.line("    minimum-ttl %d", p.MinimumTTL)
		}
	}
}

func (t *text) milliseconds(command string, d time.Duration) {
	if d != 0 {
		t.line("    %s %d", command, d.Milliseconds())
	}
}
