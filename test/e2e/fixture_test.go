package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
	"frr-speaker/test/stage"
)

// patience is how long a test waits for one thing, on a busy machine.
const patience = 30 * time.Second

// onEachFRR runs a test once per FRR version. A version that is missing fails.
func onEachFRR(t *testing.T, test func(t *testing.T, version lab.FRRVersion)) {
	for _, version := range lab.FRRVersions() {
		t.Run(version.String(), func(t *testing.T) { test(t, version) })
	}
}

// newStage builds the network of examples/ and waits until its routes are where they belong.
func newStage(t *testing.T, version lab.FRRVersion) *stage.Stage {
	t.Helper()
	l := labtest.New(t, lab.Options{})
	s := labtest.Must(stage.Build(t.Context(), l, version, "../../examples"))(t)
	eventually(t, func() error { return s.Expect(t.Context(), stage.Examples()) })
	return s
}

func eventually(t *testing.T, check func() error) {
	t.Helper()
	if err := lab.Eventually(t.Context(), patience, check); err != nil {
		t.Fatal(err)
	}
}

// startCollector adds a BGP speaker that records every UPDATE, as a peer of all nodes.
func startCollector(t *testing.T, l *lab.Lab, s *stage.Stage, number int, asn uint32) *lab.Collector {
	t.Helper()
	return joinCollector(t, l, s, number, asn, func(peer string) { write(t, s, "21-collector.yaml", peer) })
}

// joinCollector does so where objects are written in another way.
func joinCollector(t *testing.T, l *lab.Lab, s *stage.Stage, number int, asn uint32, add func(peer string)) *lab.Collector {
	t.Helper()
	o := lab.CollectorOptions{HostOptions: s.At("collector", number)}
	o.ASN, o.EndOfRIB = asnOf(asn), true
	collector := labtest.Must(l.StartCollector(t.Context(), o))(t)
	add(fmt.Sprintf(`apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: collector, namespace: metallb-system}
spec: {myASN: %d, peerASN: %d, peerAddress: 192.0.2.%d}
`, stage.NodesASN, asn, number))
	for _, node := range s.Nodes {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		err := collector.WaitUp(ctx, node.Addr4())
		cancel()
		if err != nil {
			t.Fatal(err)
		}
	}
	return collector
}

// wholeTable waits until frr-reloader of a node has applied what there is and a collector
// has heard the node's first table to its end, all n prefixes. Only what it hears from
// then on is a change, of this node.
func wholeTable(t *testing.T, collector *lab.Collector, node *lab.Node, n int) {
	t.Helper()
	applied(t, node)
	wait(t, func(ctx context.Context) error { return collector.WaitTable(ctx, node.Addr4(), n) })
}

func write(t *testing.T, s *stage.Stage, name, text string) {
	t.Helper()
	if err := s.Write(name, text); err != nil {
		t.Fatal(err)
	}
}

// applied waits until a node's frr-reloader has verified the text that is in frr.conf now.
func applied(t *testing.T, node *lab.Node) {
	t.Helper()
	eventually(t, func() error {
		desired, err := handoff.Dir(node.HandoffDir()).ReadDesired()
		if err != nil {
			return err
		}
		result, err := node.Result()
		if err != nil {
			return err
		}
		if result.Outcome != handoff.OutcomeApplied || result.Running != desired.Version {
			return fmt.Errorf("%s: outcome %q, running %+v, desired %+v, failures %v", node.Name(), result.Outcome, result.Running, desired.Version, result.Failures)
		}
		return nil
	})
}

// service is a Service with one address and an endpoint on node-1.
func service(name, address string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Service
metadata: {name: %[1]s, namespace: default}
spec: {type: LoadBalancer, ports: [{port: 80}]}
status: {loadBalancer: {ingress: [{ip: %[2]s}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: %[1]s-1, namespace: default, labels: {kubernetes.io/service-name: %[1]s}}
addressType: IPv4
endpoints: [{addresses: [10.244.1.9], nodeName: node-1, conditions: {ready: true}}]
---
`, name, address)
}

// changedLines are the lines that only one of two texts has, marked + and -.
func changedLines(before, after string) []string {
	had, has := map[string]int{}, map[string]int{}
	for line := range strings.Lines(before) {
		had[line]++
	}
	for line := range strings.Lines(after) {
		has[line]++
	}
	var changed []string
	for line := range strings.Lines(after) {
		if has[line] > had[line] {
			changed = append(changed, "+"+strings.TrimSuffix(line, "\n"))
			had[line]++
		}
	}
	for line := range strings.Lines(before) {
		if had[line] > has[line] && has[line] == 0 {
			changed = append(changed, "-"+strings.TrimSuffix(line, "\n"))
			had[line]--
		}
	}
	return changed
}
