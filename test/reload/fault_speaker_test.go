package reload

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/collector"
)

// speakerObjects are the objects of one node with two peers, a pool and an advertisement.
const speakerObjects = `apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: one, namespace: metallb-system}
spec: {myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.1, connectTime: 1s}
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: two, namespace: metallb-system}
spec: {myASN: 64512, peerASN: 4200000002, peerAddress: 192.0.2.2, connectTime: 1s, passwordSecret: {name: two}}
---
apiVersion: v1
kind: Secret
metadata: {name: two, namespace: metallb-system}
type: kubernetes.io/basic-auth
stringData: {password: ` + password + `}
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: gold, namespace: metallb-system}
spec: {addresses: [198.51.100.0/24]}
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: {name: gold, namespace: metallb-system}
spec: {ipAddressPools: [gold]}
---
apiVersion: v1
kind: Node
metadata: {name: node}
`

// serviceObjects is a service with an endpoint on the node.
func serviceObjects(n int) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Service
metadata: {name: s%[1]d, namespace: default}
spec: {type: LoadBalancer, ports: [{port: 80}]}
status: {loadBalancer: {ingress: [{ip: 198.51.100.%[1]d}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: s%[1]d-1, namespace: default, labels: {kubernetes.io/service-name: s%[1]d}}
addressType: IPv4
endpoints: [{addresses: [10.244.1.9], nodeName: node, conditions: {ready: true}}]
---
`, n)
}

// TestSpeakerDies kills speaker at random moments while services come and go, and fills the volume
// under it. Services that stay are never withdrawn, and in the end the peers have just what there is.
func TestSpeakerDies(t *testing.T) {
	onEachFRR(t, func(t *testing.T, v lab.FRRVersion) {
		objects := t.TempDir()
		r := newRig(t, v, rigOptions{objects: objects})
		ctx := t.Context()
		k := &speakerScene{rig: r, objects: objects}
		if err := errors.Join(r.peers["peer-2"].SetPassword(node4, password), r.mountVolume(ctx), k.begin(ctx)); err != nil {
			t.Fatalf("%v\n%s", err, r.lab.Tails(15))
		}
		defer r.keepsSecrets(t)
		for n := range 6 {
			if err := k.killUnderChange(ctx); err != nil {
				t.Fatalf("kill %d: %v\n%s", n, err, r.lab.Tails(15))
			}
		}
		if err := k.full(ctx); err != nil {
			t.Fatalf("full volume: %v\n%s", err, r.lab.Tails(15))
		}
	})
}

// speakerScene is a node with both processes and services that come and go; 1 to 9 stay.
type speakerScene struct {
	*rig
	objects string
	n       int
}

const steadyServices = 9

func (k *speakerScene) write(name, text string) error {
	hidden := filepath.Join(k.objects, "."+name)
	if err := os.WriteFile(hidden, []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(hidden, filepath.Join(k.objects, name+".yaml"))
}

func (k *speakerScene) begin(ctx context.Context) error {
	var steady strings.Builder
	for n := range steadyServices {
		steady.WriteString(serviceObjects(n + 1))
	}
	if err := k.write("10-node", speakerObjects); err != nil {
		return err
	}
	if err := k.write("20-steady", steady.String()); err != nil {
		return err
	}
	if err := k.start(); err != nil {
		return err
	}
	if err := k.node.StartSpeaker(); err != nil {
		return err
	}
	return k.settled(ctx, usualBound)
}

// change replaces the services that do not stay.
func (k *speakerScene) change() error {
	k.n++
	return k.write("30-more", serviceObjects(10+k.n%200)+serviceObjects(10+(k.n+1)%200))
}

func (k *speakerScene) killUnderChange(ctx context.Context) error {
	marks := map[string]int{}
	for name, peer := range k.peers {
		marks[name] = peer.Mark()
	}
	for range 3 {
		if err := k.change(); err != nil {
			return err
		}
		pause(ctx, time.Duration(rand.IntN(30))*time.Millisecond)
	}
	if err := k.node.KillSpeaker(); err != nil {
		return err
	}
	if err := k.change(); err != nil {
		return err
	}
	if err := k.node.StartSpeaker(); err != nil {
		return err
	}
	if err := k.settled(ctx, usualBound); err != nil {
		return err
	}
	for name, peer := range k.peers {
		for _, e := range peer.Withdrawn(marks[name]) {
			if e.Kind == collector.Down || e.Prefix.Addr().As4()[3] <= steadyServices {
				return fmt.Errorf("%s heard %v", name, e)
			}
		}
	}
	return nil
}

// settled waits until two peers have just the services that there are, and status.json says so.
func (k *speakerScene) settled(ctx context.Context, limit time.Duration) error {
	want := map[netip.Prefix]bool{}
	add := func(n int) {
		want[netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(n)}), 32)] = true
	}
	for n := range steadyServices {
		add(n + 1)
	}
	if k.n > 0 {
		add(10 + k.n%200)
		add(10 + (k.n+1)%200)
	}
	return lab.Eventually(ctx, limit, func() error {
		for _, p := range peersThatAnswer[:2] {
			have := k.peers[p.name].RIB(node4)
			for prefix := range want {
				if _, found := have[prefix]; !found {
					return fmt.Errorf("%s: %v is missing (%d of %d routes are there)", p.name, prefix, len(have), len(want))
				}
			}
			if len(have) != len(want) {
				return fmt.Errorf("%s has %d routes, not %d", p.name, len(have), len(want))
			}
		}
		text, err := k.dir().ReadDesired()
		if err != nil {
			return err
		}
		r, err := k.dir().ReadResult()
		if err == nil && (r.Outcome != handoff.OutcomeApplied || r.Running != text.Version) {
			err = fmt.Errorf("status.json: outcome %q, generation %d of %d runs", r.Outcome, r.Running.Generation, text.Generation)
		}
		return err
	})
}

// full changes services while the volume has no room. speaker says so, keeps trying, and needs no poke
// when there is room again.
func (k *speakerScene) full(ctx context.Context) error {
	s := &scene{rig: k.rig}
	err := s.fullWhile(ctx, func() error {
		if err := k.change(); err != nil {
			return err
		}
		return lab.Eventually(ctx, usualBound, func() error {
			if log := k.node.Speaker().Tail(20); !strings.Contains(log, "the volume is full") {
				return fmt.Errorf("speaker does not say that the volume is full:\n%s", log)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	return k.settled(ctx, 2*usualBound)
}
