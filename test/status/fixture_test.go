package status

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/bgp"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/kube"
	"frr-speaker/internal/status"
	"frr-speaker/test/cluster"
	"frr-speaker/test/cluster/clustertest"
)

const (
	namespace = "metallb-system"
	patience  = 40 * time.Second // for what takes milliseconds, or the longest wait before an Event is tried again
)

// bench is an API server with the definitions and the account that ship, and nothing else in it.
type bench struct {
	*cluster.Cluster
	kubeconfig string // of the account
	client     *kube.Client
	agent      string               // that the requests of this test carry
	uids       map[string]types.UID // of nodes
	began      time.Time            // of all sessions
}

// TestOnACluster runs all tests one after the other on one API server: its start takes longer than they do.
func TestOnACluster(t *testing.T) {
	c := clustertest.New(t, cluster.Options{})
	b := &bench{Cluster: c}
	b.kubectl(t, "", "apply", "-k", "../../deploy/frr-mode/crds")
	b.kubectl(t, "", "wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
	b.kubectl(t, "", "create", "namespace", namespace)
	b.kubectl(t, "", "apply", "-f", "../../deploy/frr-mode/rbac/speaker.yaml")
	var err error
	if b.kubeconfig, err = b.ServiceAccount(t.Context(), namespace, "speaker"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		test func(*testing.T, *bench)
	}{
		{"a writer writes what differs and nothing else", testWriterWritesWhatDiffers},
		{"objects go with the node and not with a pod", testOwner},
		{"a writer deletes its own stale objects and no others", testStaleObjects},
		{"who takes over a service deletes what a dead node said", testTakeover},
		{"conditions keep their times", testConditionTimes},
		{"Events are where kubectl looks for them", testEvents},
		{"a writer outlives the API server", testOutage},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, b.cleared(t)) })
	}
	b.checkForbidden(t)
}

// cleared is the same API server without the objects of other tests, and with requests
// that are told from theirs.
func (b *bench) cleared(t *testing.T) *bench {
	t.Helper()
	b.kubectl(t, "", "delete", "--all", "-A", "servicebgpstatuses,servicel2statuses,configurationstates,events")
	b.kubectl(t, "", "delete", "--all", "nodestates,nodes")
	agent := "speaker of " + t.Name()
	client, err := kube.Connect(kube.ClientOptions{Kubeconfig: b.kubeconfig, UserAgent: agent, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	return &bench{Cluster: b.Cluster, kubeconfig: b.kubeconfig, client: client, agent: agent, uids: map[string]types.UID{}, began: time.Now()}
}

// nodes creates Nodes.
func (b *bench) nodes(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		b.kubectl(t, "apiVersion: v1\nkind: Node\nmetadata: {name: "+name+"}\n", "apply", "-f", "-")
		b.uids[name] = types.UID(b.kubectl(t, "", "get", "node", name, "-o", "jsonpath={.metadata.uid}"))
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func (b *bench) kubectl(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	return clustertest.Kubectl(t, b.Cluster, stdin, args...)
}

// checkForbidden fails the test if the account that ships lacks a right.
func (b *bench) checkForbidden(t *testing.T) {
	t.Helper()
	forbidden, err := b.Forbidden()
	if err != nil {
		t.Error(err)
	}
	for _, r := range forbidden {
		t.Errorf("forbidden: %s", r)
	}
}

// writer starts a status writer, and returns it with what ends it.
func (b *bench) writer(t *testing.T, node string, edits ...func(*kube.StatusOptions)) (*kube.StatusWriter, func()) {
	t.Helper()
	opts := kube.StatusOptions{Namespace: namespace, Node: node, Log: quiet()}
	for _, edit := range edits {
		edit(&opts)
	}
	w, err := kube.NewStatusWriter(b.client, opts)
	if err != nil {
		t.Fatal(err)
	}
	return w, run(t, w.Run)
}

// run starts a task and returns what ends it and waits.
func run(t *testing.T, task func(context.Context) error) func() {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- task(ctx) }()
	ended := false
	stop := func() {
		if ended {
			return
		}
		ended = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// writes counts the requests of this test that write, by verb and resource.
func (b *bench) writes(t *testing.T) map[string]int {
	t.Helper()
	requests, err := b.Requests()
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, r := range requests {
		if r.UserAgent == b.agent && r.Verb != "list" && r.Verb != "watch" && r.Verb != "get" {
			count[r.Verb+" "+r.Resource]++
		}
	}
	return count
}

// eventually waits until there is no complaint.
func eventually(t *testing.T, complaint func() string) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		said := complaint()
		if said == "" {
			return
		}
		select {
		case <-deadline.C:
			t.Fatalf("after %v: %s", patience, said)
		case <-tick.C:
		}
	}
}

// shows waits until kubectl prints this, but for spaces at the ends of lines.
func (b *bench) shows(t *testing.T, want string, args ...string) {
	t.Helper()
	eventually(t, func() string {
		got, err := b.Kubectl(t.Context(), "", args...)
		if err != nil {
			return err.Error()
		}
		if got = trimmed(got); got != trimmed(want) {
			return fmt.Sprintf("kubectl %s prints\n%s\nwant\n%s", strings.Join(args, " "), got, trimmed(want))
		}
		return ""
	})
}

func trimmed(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// facts are those of a node that announces services to one peer.
func (b *bench) facts(node string, services ...string) status.Facts {
	state := &announce.State{Node: node, BGP: bgp.Speaker{Instances: []bgp.Instance{{
		ASN: 64512, Sessions: []bgp.Session{{Peer: "tor-a", Addr: netip.MustParseAddr("192.0.2.1")}},
	}}}}
	for _, name := range services {
		state.Verdicts = append(state.Verdicts, announce.Verdict{
			Service: serviceRef(name), Protocol: announce.ProtocolBGP, Reason: announce.Announced, Peers: []string{"tor-a"},
		})
	}
	now := time.Now()
	return status.Facts{
		Namespace: namespace, Node: node, NodeUID: b.uids[node], Nodes: len(b.uids), State: state, Now: now,
		Published: handoff.Version{Generation: 1, Digest: "0123456789abcdef"},
		Reload: status.Reload{Known: true, Result: handoff.Result{
			Phase: handoff.PhaseIdle, Outcome: handoff.OutcomeApplied, Since: now, Updated: now, FRRVersion: "10.3",
			Desired:  handoff.Version{Generation: 1, Digest: "0123456789abcdef"},
			Running:  handoff.Version{Generation: 1, Digest: "0123456789abcdef"},
			Sessions: []handoff.Session{{VRF: "default", Neighbor: "192.0.2.1", State: "Established", Since: b.began, PrefixSent: len(services)}},
		}},
	}
}

func serviceRef(name string) intent.Ref {
	return intent.Ref{Kind: "Service", Namespace: "shop", Name: name}
}

// byL2 adds a service that the node answers for.
func byL2(f status.Facts, name string) status.Facts {
	f.State.Verdicts = append(f.State.Verdicts, announce.Verdict{
		Service: serviceRef(name), Protocol: announce.ProtocolL2, Reason: announce.Announced,
	})
	return f
}
