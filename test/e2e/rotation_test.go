package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"frr-speaker/internal/bgp"
	"frr-speaker/test/lab"
	"frr-speaker/test/stage"
)

// A password that is rotated in its Secret is the one of the session from then on, and no
// other session notices. A Secret that goes away takes nothing away that works; a peer that
// never had a password of its Secret has no session, and never one without a password.
func TestSecretRotation(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		n := newNeighborhood(t, version)
		secret := func(password string) {
			t.Helper()
			n.write(t, "15-secret.yaml", fmt.Sprintf("apiVersion: v1\nkind: Secret\nmetadata: {name: tor, namespace: metallb-system}\n"+
				"type: kubernetes.io/basic-auth\nstringData: {password: %s}\n", password))
		}
		neighbors := func(password string) []lab.Neighbor {
			return []lab.Neighbor{{
				Addr: node4, ASN: stage.NodesASN, Passive: true, Password: password, Families: []bgp.Family{bgp.IPv4Unicast},
			}}
		}
		tor := n.router(t, "frr", lab.RouterOptions{HostOptions: n.at("tor", 21), ASN: 65001, Neighbors: neighbors("first-one")})
		open := n.router(t, "bird", lab.RouterOptions{HostOptions: n.at("open", 22), ASN: 65001, Neighbors: neighbors("")})
		strict := n.router(t, "bird", lab.RouterOptions{HostOptions: n.at("strict", 23), ASN: 65001, Neighbors: neighbors("")})
		secret("first-one")
		// A SYN with a password that the router does not have yet is answered by nobody, and the kernel
		// sends it again after 1, 3, 7, 15 and 31 s: bgpd is to dial anew before.
		n.peer(t, "tor", "peerASN: 65001, peerAddress: 192.0.2.21, passwordSecret: {name: tor}, connectTime: 2s")
		n.peer(t, "open", "peerASN: 65001, peerAddress: 192.0.2.22")
		n.peer(t, "strict", "peerASN: 65001, peerAddress: 192.0.2.23, passwordSecret: {name: missing}")
		n.startNode(t)
		has(t, tor, 0, web4)
		has(t, open, 0, web4)
		applied(t, n.node)

		secret("second-one")
		eventually(t, func() error {
			if drops(t, tor) == 0 {
				return fmt.Errorf("the session with the old password is still up")
			}
			return nil
		})
		frr, ok := tor.(*lab.FRRRouter)
		if !ok {
			t.Fatalf("the router is a %T", tor)
		}
		if err := frr.SetNeighbors(t.Context(), neighbors("second-one")); err != nil {
			t.Fatal(err)
		}
		has(t, tor, 0, web4)
		applied(t, n.node)

		before := drops(t, tor)
		n.remove(t, "15-secret.yaml")
		n.write(t, "40-more.yaml", service("more", "198.51.100.99")) // the proof that the change was seen
		for _, router := range []lab.Router{tor, open} {
			eventually(t, func() error {
				routes, err := router.Routes(t.Context())
				if err == nil && len(routes) != 2 {
					err = fmt.Errorf("%s has %v", router.Name(), routes.Prefixes())
				}
				return err
			})
		}
		if d := drops(t, tor); d != before {
			t.Errorf("the session went down %d times when its Secret went away", d-before)
		}
		if d := drops(t, open); d != 0 {
			t.Errorf("the session without a password went down %d times", d)
		}
		sessions, err := strict.Sessions(t.Context())
		if err != nil || len(sessions) != 1 || sessions[0].Up {
			t.Errorf("the peer whose Secret is missing has the sessions %+v, %v", sessions, err)
		}
		conf, err := n.node.Conf()
		if err != nil || strings.Contains(conf, "192.0.2.23") {
			t.Errorf("the peer whose Secret is missing is in frr.conf, or that cannot be read: %v", err)
		}
		text, err := os.ReadFile(n.node.LogFile("speaker"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "BGPPeer metallb-system/strict") {
			t.Error("speaker says nothing of the peer whose Secret is missing")
		}
		for _, password := range []string{"first-one", "second-one"} {
			noPasswordInLogs(t, n.node, password)
		}
	})
}
