package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
	"frr-speaker/test/stage"
)

// Whatever is wrong with one object is said once, and costs nothing else a route.
func TestBadInputCostsNothingElse(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		l := labtest.New(t, lab.Options{})
		s := labtest.Must(stage.Build(t.Context(), l, version, "../../examples"))(t)
		eventually(t, func() error { return s.Expect(t.Context(), stage.Examples()) })
		collector := startCollector(t, l, s, 3, 65003)
		node := s.Nodes[0]
		wholeTable(t, collector, node, 1)

		peer := func(spec string) string {
			return "apiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata: {name: bad, namespace: metallb-system}\nspec: {" + spec + "}\n"
		}
		advertisement := func(name string, localPref int) string {
			return fmt.Sprintf("apiVersion: metallb.io/v1beta1\nkind: BGPAdvertisement\nmetadata: {name: %s, namespace: metallb-system}\n"+
				"spec: {ipAddressPools: [late], localPref: %d}\n---\n", name, localPref)
		}
		const pool = "apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: late, namespace: metallb-system}\nspec: {addresses: [10.9.0.0/24]}\n---\n"
		tests := []struct {
			name string
			text string // of a file that is added
			want []string
		}{
			{"YAML that does not parse", "kind: [\n", []string{"File 99-bad.yaml", "99-bad.yaml:"}},
			{"a peer with an impossible address", peer("myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.256"), []string{"BGPPeer metallb-system/bad", "spec.peerAddress"}},
			{"a peer in another AS than the others", peer("myASN: 64600, peerASN: 65001, peerAddress: 192.0.2.99"), []string{"BGPPeer metallb-system/", "spec.myASN"}},
			{
				"a password with a line break", peer(`myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.99, password: "hunter2\nexit"`),
				[]string{"BGPPeer metallb-system/bad", "spec.password"},
			},
			{"a service whose address is in no pool", service("lost", "10.255.0.1"), []string{"default/lost", "ipNotAllowed", "10.255.0.1"}},
			{
				"two advertisements that disagree on local preference",
				pool + advertisement("one", 100) + advertisement("two", 200) + service("torn", "10.9.0.1"),
				[]string{"default/torn", "conflictingAdvertisements"},
			},
			{"a bgpextras that FRR does not know", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bgpextras, namespace: metallb-system}\ndata: {extras: \"no such command\\n\"}\n", nil},
		}
		for _, tt := range tests {
			mark := collector.Mark()
			write(t, s, "99-bad.yaml", tt.text)
			// A good service beside the bad object is still announced.
			write(t, s, "98-good.yaml", service("good", "198.51.100.98"))
			wait(t, func(ctx context.Context) error {
				_, err := collector.WaitPrefix(ctx, node.Addr4(), netip.MustParsePrefix("198.51.100.98/32"), nil)
				return err
			})
			eventually(t, func() error {
				text, err := os.ReadFile(node.LogFile("speaker"))
				if err != nil {
					return err
				}
				for line := range strings.Lines(string(text)) {
					if holdsAll(line, tt.want) {
						return nil
					}
				}
				return fmt.Errorf("%s: no line of speaker's log holds all of %q", tt.name, tt.want)
			})
			nothingWithdrawn(t, collector, node, mark, tt.name)
			if err := s.Remove("98-good.yaml"); err != nil {
				t.Fatal(err)
			}
			wait(t, func(ctx context.Context) error {
				return collector.WaitGone(ctx, node.Addr4(), netip.MustParsePrefix("198.51.100.98/32"))
			})
			if err := s.Remove("99-bad.yaml"); err != nil {
				t.Fatal(err)
			}
		}
		noPasswordInLogs(t, node, "hunter2")

		mark := collector.Mark()
		if err := os.Rename(s.Objects, s.Objects+".away"); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() error {
			text, err := os.ReadFile(node.LogFile("speaker"))
			if err == nil && !strings.Contains(string(text), "the objects last read from it stay in use") {
				err = fmt.Errorf("the speaker does not say that its directory is gone")
			}
			return err
		})
		if err := os.Rename(s.Objects+".away", s.Objects); err != nil {
			t.Fatal(err)
		}
		write(t, s, "98-good.yaml", service("good", "198.51.100.98"))
		wait(t, func(ctx context.Context) error {
			_, err := collector.WaitPrefix(ctx, node.Addr4(), netip.MustParsePrefix("198.51.100.98/32"), nil)
			return err
		})
		nothingWithdrawn(t, collector, node, mark, "while the directory was gone")
	})
}

func holdsAll(line string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(line, part) {
			return false
		}
	}
	return true
}

// nothingWithdrawn checks what the collector heard from one node.
func nothingWithdrawn(t *testing.T, collector *lab.Collector, node *lab.Node, mark int, when string) {
	t.Helper()
	for _, event := range collector.Withdrawn(mark) {
		if event.Neighbor == node.Addr4() {
			t.Errorf("%s: withdrawn: %s: %s", when, event.Prefix, event.Reason)
		}
	}
}
