package status

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/handoff"
	"frr-speaker/internal/kube"
	"frr-speaker/internal/status"
)

// listServices prints what a table of services needs, sorted by name of the service.
func listServices(kind string) []string {
	return []string{
		"get", kind, "-A", "--sort-by=.status.serviceName", "--no-headers",
		"-o", "custom-columns=N:.status.node,S:.status.serviceName,P:.status.peers",
	}
}

func testWriterWritesWhatDiffers(t *testing.T, b *bench) {
	b.nodes(t, "node-1", "node-2", "node-3")
	w, stop := b.writer(t, "node-1")

	w.Set(status.Build(b.facts("node-1", "api", "web")))
	b.shows(t, "node-1   api   [tor-a]\nnode-1   web   [tor-a]", listServices("servicebgpstatuses")...)
	b.shows(t, "Valid", "get", "configurationstate", "-n", namespace, "speaker-node-1", "-o", "jsonpath={.status.result}")
	b.shows(t, "1/1", "get", "nodestate", "node-1", "-o", "jsonpath={.status.sessionsUp}")
	first := map[string]int{
		"patch configurationstates.metallb.io": 1, "patch configurationstates/status.metallb.io": 1,
		"patch nodestates.frr-speaker.io": 1, "patch nodestates/status.frr-speaker.io": 1,
		"patch servicebgpstatuses.metallb.io": 2, "patch servicebgpstatuses/status.metallb.io": 2,
	}
	b.wrote(t, first)

	t.Run("the same again is no request", func(t *testing.T) {
		w.Set(status.Build(b.facts("node-1", "api", "web")))
		b.wrote(t, first)
	})
	t.Run("one service more is two requests, and its withdrawal one", func(t *testing.T) {
		more := status.Build(b.facts("node-1", "api", "new", "web"))
		more.Configuration, more.Node = nil, nil
		w.Set(more)
		b.shows(t, "node-1   api   [tor-a]\nnode-1   new   [tor-a]\nnode-1   web   [tor-a]", listServices("servicebgpstatuses")...)
		first["patch servicebgpstatuses.metallb.io"]++
		first["patch servicebgpstatuses/status.metallb.io"]++
		less := status.Build(b.facts("node-1", "api", "web"))
		less.Configuration, less.Node = nil, nil
		w.Set(less)
		b.shows(t, "node-1   api   [tor-a]\nnode-1   web   [tor-a]", listServices("servicebgpstatuses")...)
		first["delete servicebgpstatuses.metallb.io"]++
		b.wrote(t, first)
	})
	t.Run("a speaker that starts again keeps the objects and writes nothing", func(t *testing.T) {
		uids := b.kubectl(t, "", "get", "servicebgpstatuses,configurationstates", "-A", "-o", "jsonpath={.items[*].metadata.uid}")
		stop()
		again, _ := b.writer(t, "node-1")
		eventually(t, func() string {
			have, known := again.Have()
			if !known || len(have.Services.BGP) != 2 || have.Node == nil || have.Configuration == nil {
				return fmt.Sprintf("the writer knows %v of %+v", known, have)
			}
			return ""
		})
		again.Set(status.Objects{}) // before the first decision
		again.Set(status.Build(b.facts("node-1", "api", "web")))
		again.Set(status.Build(b.facts("node-1", "api", "web")))
		b.wrote(t, first)
		if now := b.kubectl(t, "", "get", "servicebgpstatuses,configurationstates", "-A", "-o", "jsonpath={.items[*].metadata.uid}"); now != uids {
			t.Errorf("objects %s, were %s", now, uids)
		}
		t.Run("an object that somebody deletes comes back", func(t *testing.T) {
			b.kubectl(t, "", "delete", "servicebgpstatuses", "-A", "--all")
			b.kubectl(t, "", "delete", "nodestates", "--all")
			b.shows(t, "node-1   api   [tor-a]\nnode-1   web   [tor-a]", listServices("servicebgpstatuses")...)
			b.shows(t, "1/1", "get", "nodestate", "node-1", "-o", "jsonpath={.status.sessionsUp}")
		})
		t.Run("a status that somebody changes is put right", func(t *testing.T) {
			b.kubectl(t, "", "patch", "nodestate", "node-1", "--subresource=status", "--type=merge", "-p", `{"status":{"sessionsUp":"7/7"}}`)
			b.shows(t, "1/1", "get", "nodestate", "node-1", "-o", "jsonpath={.status.sessionsUp}")
		})
	})
}

// wrote waits until the API server has answered exactly these writes, and sees that no
// more follow.
func (b *bench) wrote(t *testing.T, want map[string]int) {
	t.Helper()
	diff := func() string { return cmp.Diff(want, b.writes(t)) }
	eventually(t, diff)
	marker(t, b)
	if again := diff(); again != "" {
		t.Errorf("writes (-want +got):\n%s", again)
	}
}

// marker has another writer of the same account do something, so that the first had as
// much time, and takes no part in the count.
func marker(t *testing.T, b *bench) {
	t.Helper()
	for range 10 { // each takes a process and a request
		b.kubectl(t, "", "get", "--raw", "/readyz")
	}
}

func testOwner(t *testing.T, b *bench) {
	b.nodes(t, "node-1")
	w, _ := b.writer(t, "node-1")
	w.Set(status.Build(byL2(b.facts("node-1", "web"), "web")))
	for _, kind := range []string{"servicebgpstatuses", "servicel2statuses", "configurationstates", "nodestates"} {
		b.shows(t, "v1 Node node-1 "+string(b.uids["node-1"]), "get", kind, "-A", "-o",
			"jsonpath={range .items[*].metadata.ownerReferences[*]}{.apiVersion} {.kind} {.name} {.uid}{end}")
	}
}

func testStaleObjects(t *testing.T, b *bench) {
	b.nodes(t, "node-1", "node-2")
	other, stopOther := b.writer(t, "node-2")
	other.Set(status.Build(b.facts("node-2", "web")))
	b.shows(t, "node-2   web   [tor-a]", listServices("servicebgpstatuses")...)
	stopOther()
	b.kubectl(t, `
apiVersion: metallb.io/v1beta1
kind: ServiceBGPStatus
metadata:
  generateName: bgp-
  namespace: metallb-system
  labels: {metallb.io/node: node-1, metallb.io/service-name: web, metallb.io/service-namespace: shop}
`, "create", "-f", "-") // as MetalLB's speaker on this node has left it

	w, stop := b.writer(t, "node-1")
	w.Set(status.Build(b.facts("node-1", "web")))
	b.shows(t, "node-1   web   [tor-a]\nnode-2   web   [tor-a]",
		"get", "servicebgpstatuses", "-A", "--sort-by=.metadata.labels.metallb\\.io/node", "--no-headers",
		"-o", "custom-columns=N:.status.node,S:.status.serviceName,P:.status.peers")
	stop()

	t.Run("switched off, it deletes them all and ends", func(t *testing.T) {
		retired, err := kube.NewStatusWriter(b.client, kube.StatusOptions{Namespace: namespace, Node: "node-1", Retire: true, Log: quiet()})
		if err != nil {
			t.Fatal(err)
		}
		if err := retired.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.shows(t, "node-2   web   [tor-a]", listServices("servicebgpstatuses")...)
		b.shows(t, "speaker-node-2", "get", "configurationstates", "-A", "--no-headers", "-o", "custom-columns=N:.metadata.name")
	})
}

func testTakeover(t *testing.T, b *bench) {
	b.nodes(t, "node-1", "node-2")
	dead, stopDead := b.writer(t, "node-1")
	dead.Set(status.Build(byL2(byL2(b.facts("node-1"), "mine"), "web")))
	nodes := []string{
		"get", "servicel2statuses", "-A", "--sort-by=.status.serviceName", "--no-headers", "-o", "custom-columns=S:.status.serviceName,N:.status.node",
	}
	b.shows(t, "mine   node-1\nweb    node-1", nodes...)
	stopDead()
	heir, _ := b.writer(t, "node-2")
	heir.Set(status.Build(byL2(b.facts("node-2"), "web")))
	b.shows(t, "mine   node-1\nweb    node-2", nodes...)

	t.Run("two nodes that do not see each other both say what they do, without end to it", func(t *testing.T) {
		back, _ := b.writer(t, "node-1")
		back.Set(status.Build(byL2(byL2(b.facts("node-1"), "mine"), "web")))
		eventually(t, func() string {
			got, err := b.Kubectl(t.Context(), "", append(nodes[:len(nodes):len(nodes)], "-l", "metallb.io/service-name=web")...)
			if err != nil {
				return err.Error()
			}
			if !strings.Contains(got, "node-1") || !strings.Contains(got, "node-2") {
				return "there is " + got
			}
			return ""
		})
		before := b.writes(t)
		marker(t, b)
		if diff := cmp.Diff(before, b.writes(t)); diff != "" {
			t.Errorf("they go on (-before +after):\n%s", diff)
		}
	})
}

func testOutage(t *testing.T, b *bench) {
	b.nodes(t, "node-1")
	w, _ := b.writer(t, "node-1")
	w.Set(status.Build(b.facts("node-1", "web")))
	b.shows(t, "node-1   web   [tor-a]", listServices("servicebgpstatuses")...)
	if err := b.KillAPIServer(); err != nil {
		t.Fatal(err)
	}
	for i := range 100 { // none of these blocks
		w.Set(status.Build(b.facts("node-1", fmt.Sprintf("s-%d", i))))
	}
	if err := b.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.shows(t, "node-1   s-99   [tor-a]", listServices("servicebgpstatuses")...)
}

func testConditionTimes(t *testing.T, b *bench) {
	b.nodes(t, "node-1")
	w, _ := b.writer(t, "node-1")
	times := []string{"get", "configurationstate", "-n", namespace, "speaker-node-1", "-o", "jsonpath={range .status.conditions[*]}{.type} {.status} {.lastTransitionTime}{\"\\n\"}{end}"}
	w.Set(status.Build(b.facts("node-1")))
	b.shows(t, "Valid", "get", "configurationstate", "-n", namespace, "speaker-node-1", "-o", "jsonpath={.status.result}")
	before := strings.Split(b.kubectl(t, "", times...), "\n")

	refused := b.facts("node-1")
	refused.Reload.Result.Outcome = handoff.OutcomePartial
	refused.Reload.Result.Failures = []handoff.Failure{{Object: "BGPPeer tor-b", Line: "neighbor 192.0.2.9 remote-as 0", Number: 9, Message: "% Unknown command"}}
	eventually(t, func() string { // a second later, for another time to show
		w.Set(status.Build(refused))
		after := strings.Split(b.kubectl(t, "", times...), "\n")
		if after[0] != before[0] {
			t.Fatalf("the condition that is as it was says %q, said %q", after[0], before[0])
		}
		if !strings.HasPrefix(after[1], "Applied False") {
			return "the second condition says " + after[1]
		}
		return ""
	})
	b.shows(t, `FRR runs the configuration without this: BGPPeer tor-b: line 9 "neighbor 192.0.2.9 remote-as 0": % Unknown command`,
		"get", "configurationstate", "-n", namespace, "speaker-node-1", "-o", "jsonpath={.status.errorSummary}")
}
