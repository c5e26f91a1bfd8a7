package kube

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/internal/status"
)

func TestGapsGrowWhileWritesFollowEachOther(t *testing.T) {
	for _, tt := range []struct {
		name  string
		nodes int
		want  time.Duration // the longest
	}{
		{"of a few nodes", 3, 5 * time.Second},
		{"of a thousand nodes", 1000, 20 * time.Second},
		{"of however many", 100_000, 30 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g, now := gaps{last: map[string]pause{}}, time.Unix(0, 0)
			s := step{want: serviceStatus("web", "")}
			if g.early(s, now) {
				t.Fatal("the first write has to wait")
			}
			var longest time.Duration
			for range 20 {
				g.done(s, now, tt.nodes)
				began := now
				for g.early(s, now) {
					now = now.Add(100 * time.Millisecond)
				}
				longest = max(longest, now.Sub(began))
			}
			if longest != tt.want {
				t.Errorf("the longest gap is %v, want %v", longest, tt.want)
			}
			now = now.Add(time.Hour)
			g.done(s, now, tt.nodes)
			if !g.early(s, now.Add(minGap-1)) || g.early(s, now.Add(minGap)) {
				t.Errorf("after a quiet hour the gap is not %v", minGap)
			}
			if g.early(step{have: serviceStatus("web", "")}, now) {
				t.Error("deleting has to wait")
			}
		})
	}
}

func TestNodesOfALargeClusterTakeTurns(t *testing.T) {
	const nodes = 5000
	now := time.Unix(0, 0)
	begun := map[int]int{} // second: nodes that began within it
	for range nodes {
		var mine turns
		at := 0
		for !mine.come(kindNode, 1, nodes, now.Add(time.Duration(at)*time.Second)) {
			at++
		}
		begun[at]++
		if !mine.come(kindNode, 3, nodes, now.Add(time.Duration(at)*time.Second)) {
			t.Fatal("a node whose turn has come lost it before all was written")
		}
		mine.come(kindNode, 0, nodes, now)
		if mine.come(kindNode, 1, nodes, now) && mine[kindNode].IsZero() {
			t.Fatal("the next change has no turn of its own")
		}
	}
	for second, n := range begun {
		if most := beginningsPerSecond * 3 / 2; n > most || second > nodes/beginningsPerSecond {
			t.Errorf("%d nodes began in second %d, want at most %d, and none after second %d", n, second, most, nodes/beginningsPerSecond)
		}
	}
	var small, layer2 turns
	if !small.come(kindNode, 1, atOnce, now) {
		t.Error("a node of a small cluster has to wait")
	}
	if !layer2.come(kindServiceL2, 1, nodes, now) {
		t.Error("who answers by layer 2 has to wait")
	}
}

func TestFailuresDelayWhatTheySpeakOf(t *testing.T) {
	resource := schema.GroupResource{Group: "metallb.io", Resource: "servicebgpstatuses"}
	var (
		creation = step{kind: kindServiceBGP, want: serviceStatus("web", "")}
		change   = step{kind: kindServiceBGP, want: serviceStatus("web", ""), have: serviceStatus("web", "5")}
		sibling  = step{kind: kindServiceBGP, want: serviceStatus("api", "")}
	)
	for _, tt := range []struct {
		name                    string
		step                    step
		err                     error
		itself, siblings, other bool // have to wait
	}{
		{"no answer at all delays everything", creation, errors.New("connection refused"), true, true, true},
		{"an overloaded API server delays everything", creation, apierrors.NewTooManyRequests("later", 1), true, true, true},
		{"an ill API server delays everything", creation, apierrors.NewInternalError(errors.New("etcd")), true, true, true},
		{"a right that is missing delays the kind", creation, apierrors.NewForbidden(resource, "web", errors.New("no")), true, true, false},
		{"a kind that is missing delays the kind", creation, apierrors.NewNotFound(resource, "web"), true, true, false},
		{"an object that has gone meanwhile delays itself", change, apierrors.NewNotFound(resource, "web"), true, false, false},
		{"an object that is refused delays itself", creation, apierrors.NewBadRequest("no"), true, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			d, now := newDelays(slog.New(slog.NewTextHandler(&log, nil))), time.Unix(0, 0)
			err := fmt.Errorf("apply: %w", tt.err)
			if more := d.failed(tt.step, err, now); more != (tt.itself && !tt.siblings) {
				t.Errorf("the rest of the kind may be tried: %v", more)
			}
			waits := func(s step) bool { return d.blocked(s.kind, now) || d.blockedStep(s, now) }
			if got := [3]bool{waits(tt.step), waits(sibling), d.blocked(kindNode, now)}; got != [3]bool{tt.itself, tt.siblings, tt.other} {
				t.Errorf("itself, its kind and others wait: %v", got)
			}
			for range 10 {
				d.failed(tt.step, err, now)
			}
			if p := d.pending[scopeOf(tt.step, err)]; p.wait != maxDelay {
				t.Errorf("after 11 failures the delay is %v, want %v", p.wait, maxDelay)
			}
			d.succeeded(tt.step)
			if waits(tt.step) {
				t.Error("after success it waits still")
			}
			if n := strings.Count(log.String(), "\n"); n != 2 {
				t.Errorf("%d lines in the log, want one that it fails and one that it works again:\n%s", n, log.String())
			}
		})
	}
}

func TestNodesShareWhatTheAPIServerBears(t *testing.T) {
	for _, tt := range []struct {
		nodes          int
		writes, events float32
	}{{1, 50, 20}, {100, 5, 5}, {1000, 0.5, 0.5}, {100_000, 0.1, 0.1}} {
		if got := newLimiter(tt.nodes).QPS(); got != tt.writes {
			t.Errorf("one of %d nodes writes %v objects a second, want %v", tt.nodes, got, tt.writes)
		}
		if got := eventLimiter(tt.nodes).QPS(); got != tt.events {
			t.Errorf("one of %d nodes writes %v Events a second, want %v", tt.nodes, got, tt.events)
		}
	}
}

// Ten thousand objects that may not be written are one request, and another one later.
func TestRightsThatAreMissingAreAskedForRarely(t *testing.T) {
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		fail(w, http.StatusForbidden, "no")
	}))
	defer server.Close()
	client, err := newClient(&rest.Config{Host: server.URL}, ClientOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewStatusWriter(client, StatusOptions{Namespace: "metallb-system", Node: "node-1", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.shelves[kindServiceBGP].Replace(nil, "1"); err != nil {
		t.Fatal(err)
	}
	b := newBatch(w)
	for i := range 10_000 {
		b.want[kindServiceBGP].add(serviceStatus(fmt.Sprintf("s-%d", i), ""))
	}
	began := time.Now()
	for range 10 {
		if b.work(t.Context()) {
			t.Error("there is more to do at once")
		}
	}
	if n, most := requests.Load(), 1+int32(time.Since(began)/minDelay); n > most {
		t.Errorf("%d requests, want at most %d", n, most)
	}
	if !b.waiting {
		t.Error("nothing waits to be tried again")
	}
}

// A large cluster leaves minutes between two writes of a node: what is new does not wait
// for all that was wanted before.
func TestNewsGoBeforeTheRestOfABatch(t *testing.T) {
	var (
		w     *StatusWriter
		wrote []string
	)
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		name := strings.Split(strings.TrimSuffix(r.URL.Path, "/status"), "/")
		wrote = append(wrote, name[len(name)-1])
		if len(wrote) == 1 {
			w.Set(status.Objects{Node: &v1alpha1.NodeState{ObjectMeta: metav1.ObjectMeta{Name: "node-1"}}})
		}
		answer.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(answer, `{"metadata":{"name":%q,"resourceVersion":"%d"}}`, name[len(name)-1], len(wrote))
	}))
	defer server.Close()
	client, err := newClient(&rest.Config{Host: server.URL}, ClientOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	w, err = NewStatusWriter(client, StatusOptions{Namespace: "metallb-system", Node: "node-1", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []int{kindNode, kindServiceBGP} {
		if err := w.shelves[kind].Replace(nil, "0"); err != nil {
			t.Fatal(err)
		}
	}
	b := newBatch(w)
	for _, name := range []string{"a", "b", "c"} {
		b.want[kindServiceBGP].add(serviceStatus(name, ""))
	}
	for b.work(t.Context()) {
		w.takeLatest(b)
	}
	if diff := cmp.Diff([]string{"a", "a", "node-1", "node-1", "b", "b", "c", "c"}, wrote); diff != "" {
		t.Errorf("objects in the order of writing, labels and then status (-want +got):\n%s", diff)
	}
}
