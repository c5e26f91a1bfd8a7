package e2e

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"frr-speaker/test/lab"
	"frr-speaker/test/stage"
)

// A peer that is invalid keeps its session, also when the speaker starts anew meanwhile
// and never saw the peer valid.
func TestRestartKeepsTheSessionOfAnInvalidPeer(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		n, tor := withTor(t, version)
		applied(t, n.node)
		n.peer(t, "tor", fmt.Sprintf("peerASN: %d, peerAddress: 192.0.2.21, holdTime: 1s", stage.FRRASN))
		says := func(what string) {
			t.Helper()
			eventually(t, func() error {
				text, err := os.ReadFile(n.node.LogFile("speaker"))
				if err == nil && !strings.Contains(string(text), what) {
					err = fmt.Errorf("speaker does not say %q", what)
				}
				return err
			})
		}
		says("the session keeps its last valid settings")
		for i := range 2 {
			if err := n.node.KillSpeaker(); err != nil {
				t.Fatal(err)
			}
			if err := n.node.StartSpeaker(); err != nil {
				t.Fatal(err)
			}
			// What is new at the router is the proof that the new process is at work.
			address := fmt.Sprintf("198.51.100.%d", 90+i)
			n.write(t, fmt.Sprintf("50-more-%d.yaml", i), service(fmt.Sprintf("more-%d", i), address))
			eventually(t, func() error {
				routes, err := tor.Routes(t.Context())
				if err == nil && len(routes[netip.PrefixFrom(netip.MustParseAddr(address), 32)]) == 0 {
					err = fmt.Errorf("%s is not announced; the routes are %v", address, routes.Prefixes())
				}
				return err
			})
		}
		if d := drops(t, tor); d > 0 {
			t.Errorf("the session went down %d times", d)
		}
		n.remove(t, "20-tor.yaml") // what is gone is gone
		eventually(t, func() error {
			sessions, err := tor.Sessions(t.Context())
			if err == nil && len(sessions) > 0 && sessions[0].Up {
				err = fmt.Errorf("the session of a peer that is deleted is up")
			}
			return err
		})
	})
}
