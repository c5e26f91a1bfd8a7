package speaker

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/status"
)

// written is what a Status has written and recorded.
type written struct {
	mu      sync.Mutex // guards the rest; the test reads it between two calls of elapse
	objects []status.Objects
	events  []string
}

// tellInABubble runs a Status on the bubble's clock while f does things to it.
func tellInABubble(t *testing.T, recall func() (status.Objects, bool), f func(s *Status, out *written)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, out := NewStatus("metallb-system", "node-1", slog.New(slog.DiscardHandler)), &written{}
		s.Write = func(o status.Objects) {
			out.mu.Lock()
			defer out.mu.Unlock()
			out.objects = append(out.objects, o)
		}
		s.Record = func(events []status.Event, _ int) {
			out.mu.Lock()
			defer out.mu.Unlock()
			for _, e := range events {
				out.events = append(out.events, fmt.Sprintf("%s %s %s", e.Reason, e.Object, e.UID))
			}
		}
		s.Recall = recall
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		out.mu.Lock()
		f(s, out)
		out.mu.Unlock()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// elapse lets everything happen that happens within a time.
func (w *written) elapse(d time.Duration) {
	w.mu.Unlock()
	time.Sleep(d) // the bubble's clock, not the machine's
	synctest.Wait()
	w.mu.Lock()
}

// passOf is a pass that announces services.
func passOf(services ...string) Report {
	r := Report{
		Objects: intent.Objects{Nodes: []*corev1.Node{{ObjectMeta: metav1.ObjectMeta{Name: "node-1", UID: "uid-1"}}}},
		Intent:  &intent.Intent{}, State: announce.State{Node: "node-1"},
	}
	for _, name := range services {
		r.Objects.Services = append(r.Objects.Services, &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: "uid-of-" + "service"}})
		r.State.Verdicts = append(r.State.Verdicts, announce.Verdict{
			Service: intent.Ref{Kind: "Service", Namespace: "shop", Name: name}, Protocol: announce.ProtocolBGP,
			Reason: announce.Announced, Addresses: []netip.Addr{netip.MustParseAddr("198.51.100.1")}, Peers: []string{"tor-a"},
		})
	}
	return r
}

func TestStatusTellsWhatAPassCameTo(t *testing.T) {
	tellInABubble(t, nil, func(s *Status, out *written) {
		out.elapse(time.Second)
		if len(out.objects) > 0 {
			t.Fatalf("before the first pass %d times something was written", len(out.objects))
		}
		s.Observe(passOf("web"))
		out.elapse(time.Second)
		last := out.objects[len(out.objects)-1]
		if len(last.Services.BGP) != 1 || last.Nodes != 1 || last.Node.OwnerReferences[0].UID != "uid-1" {
			t.Errorf("objects %+v, want those of one service, owned by the node", last)
		}
		if diff := cmp.Diff([]string{"nodeAssigned Service shop/web uid-of-service"}, out.events); diff != "" {
			t.Errorf("Events (-want +got):\n%s", diff)
		}
	})
}

func TestStatusKeepsTheLastDecision(t *testing.T) {
	tellInABubble(t, nil, func(s *Status, out *written) {
		s.Observe(passOf("web"))
		out.elapse(time.Second)
		problem := intent.Problem{Object: intent.Ref{Kind: "Node", Name: "node-1"}, Message: "is not there"}
		for _, r := range []Report{
			{Problems: []intent.Problem{problem}},
			{Intent: &intent.Intent{}, State: announce.State{Node: "node-1", NodeUnknown: true}, Problems: []intent.Problem{problem}},
		} {
			s.Observe(r)
			out.elapse(2 * time.Second)
			last := out.objects[len(out.objects)-1]
			if len(last.Services.BGP) != 1 || last.Configuration.Status.Result != "Invalid" {
				t.Errorf("after a pass that decided nothing: %d services, result %s; want the service and Invalid",
					len(last.Services.BGP), last.Configuration.Status.Result)
			}
		}
		if len(out.events) != 1 {
			t.Errorf("Events %v, want no more than the first", out.events)
		}
	})
}

func TestStatusOfADeletedNodeIsNotWrittenAgain(t *testing.T) {
	tellInABubble(t, nil, func(s *Status, out *written) {
		s.Observe(passOf("web"))
		out.elapse(time.Second)
		gone := passOf("web")
		gone.State = announce.NodeGone(&intent.Intent{Services: []intent.Service{{Ref: gone.State.Verdicts[0].Service}}}, "node-1", gone.State.BGP)
		gone.Objects.Nodes = nil
		s.Observe(gone)
		out.elapse(2 * time.Second)
		last := out.objects[len(out.objects)-1]
		if len(last.Services.BGP) != 0 || last.Node != nil || last.Configuration != nil {
			t.Errorf("objects %+v, want none", last)
		}
		if n := len(out.events); n != 2 || !strings.HasPrefix(out.events[1], "nodeWithdrawn Service shop/web") {
			t.Errorf("Events %v, want one about what is withdrawn", out.events)
		}
	})
}

func TestStatusPacesItself(t *testing.T) {
	tellInABubble(t, nil, func(s *Status, out *written) {
		for range 10_000 {
			s.Observe(passOf("web"))
			out.elapse(time.Millisecond)
		}
		if n := len(out.objects); n > 25 {
			t.Errorf("10,000 passes in 10 s are written %d times, want about once a second", n)
		}
		for _, o := range out.objects[1:] {
			if o.Services != out.objects[0].Services {
				t.Fatal("equal passes lead to new objects per service")
			}
		}
	})
}

func TestStatusWaitsForWhatWasToldBefore(t *testing.T) {
	earlier := status.Build(status.Facts{Namespace: "metallb-system", Node: "node-1", State: before()})
	for _, tt := range []struct {
		name   string
		knows  time.Duration // when the objects of an earlier life are known; 0: never
		first  time.Duration // when something is written
		events []string
	}{
		{
			"nothing is told again, and what ended meanwhile is", 3 * time.Second, 5 * time.Second,
			[]string{"nodeAssigned Service shop/new uid-of-service", "nodeWithdrawn Service shop/gone uid-of-service"},
		},
		{
			"a cluster without the kinds is not waited for for ever", 0, 30 * time.Second,
			[]string{"nodeAssigned Service shop/web uid-of-service", "nodeAssigned Service shop/new uid-of-service"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var began time.Time
			recall := func() (status.Objects, bool) {
				return earlier, tt.knows > 0 && time.Since(began) >= tt.knows
			}
			tellInABubble(t, recall, func(s *Status, out *written) {
				began = time.Now()
				r := passOf("web", "new", "gone")
				r.State.Verdicts[2].Reason, r.State.Verdicts[2].Peers = announce.NoEndpoints, nil
				s.Observe(r)
				out.elapse(tt.first - time.Second)
				if len(out.objects) > 0 || len(out.events) > 0 {
					t.Errorf("after %v %d times something was written, and Events %v", tt.first-time.Second, len(out.objects), out.events)
				}
				out.elapse(2 * time.Second)
				if len(out.objects) == 0 {
					t.Error("nothing is written")
				}
				if diff := cmp.Diff(tt.events, out.events); diff != "" {
					t.Errorf("Events (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestStatusNoticesASilentReloader(t *testing.T) {
	tellInABubble(t, nil, func(s *Status, out *written) {
		s.Observe(passOf("web"))
		s.Published(handoff.Version{Generation: 4, Digest: "abc"}, time.Time{})
		s.Applied(handoff.Result{Phase: handoff.PhaseIdle, Outcome: handoff.OutcomeApplied, Updated: time.Now()})
		out.elapse(time.Second)
		condition := func() string {
			c := out.objects[len(out.objects)-1].Configuration.Status.Conditions[1]
			return string(c.Status) + " " + c.Reason
		}
		if got := condition(); got != "True applied" {
			t.Errorf("at first: %s, want True applied", got)
		}
		if got := out.objects[len(out.objects)-1].Node.Status.Desired.Generation; got != 4 {
			t.Errorf("generation %d is desired, want 4", got)
		}
		out.elapse(time.Minute) // without a word of frr-reloader
		if got := condition(); got != "Unknown silent" {
			t.Errorf("after a minute: %s, want Unknown silent", got)
		}
	})
}

// before is what an earlier life of the speaker had decided.
func before() *announce.State {
	state := passOf("web", "gone").State
	return &state
}
