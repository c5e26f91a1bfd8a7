package kube

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/status"
)

func TestTallyBoundsWhatOneObjectGets(t *testing.T) {
	now := time.Unix(0, 0)
	tally, web, api := newTally(), intent.Ref{Kind: "Service", Name: "web"}, intent.Ref{Kind: "Service", Name: "api"}
	admitted := func(object intent.Ref, times int) int {
		n := 0
		for range times {
			if tally.admit(object, now) {
				n++
			}
		}
		return n
	}
	for _, tt := range []struct {
		name   string
		after  time.Duration
		object intent.Ref
		want   int
	}{
		{"at first 25", 0, web, 25},
		{"then none", 4 * time.Minute, web, 0},
		{"another object has its own", 0, api, 25},
		{"after five minutes one more", time.Minute + time.Second, web, 1},
		{"after a day 25 again, and no more", 24 * time.Hour, web, 25},
	} {
		now = now.Add(tt.after)
		if got := admitted(tt.object, 100); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestTallyKnowsWhatIsThere(t *testing.T) {
	now := time.Unix(0, 0)
	e := status.Event{Object: intent.Ref{Kind: "Service", Name: "web"}, UID: "1", Reason: "nodeAssigned", Message: "from node-1"}
	written := &corev1.Event{Count: 1, LastTimestamp: metav1.NewTime(now)}
	tally := newTally()
	tally.wrote(e, written)
	other, anew := e, e
	other.Message, anew.UID = "from node-2", "2"
	for _, tt := range []struct {
		name  string
		event status.Event
		after time.Duration
		want  *corev1.Event
	}{
		{"the same is counted", e, time.Minute, written},
		{"another message is another Event", other, time.Minute, nil},
		{"another object of the name is another", anew, time.Minute, nil},
		{"one that the API server has forgotten is written anew", e, 2 * time.Hour, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tally.before(tt.event, now.Add(tt.after)); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestTallyForgets(t *testing.T) {
	tally, now := newTally(), time.Unix(0, 0)
	for i := range 3 * maxTallied {
		e := status.Event{Object: intent.Ref{Kind: "Service", Name: fmt.Sprint(i)}}
		now = now.Add(time.Second)
		if !tally.admit(e.Object, now) {
			t.Fatalf("the first Event about object %d is refused", i)
		}
		tally.wrote(e, &corev1.Event{LastTimestamp: metav1.NewTime(now)})
	}
	if len(tally.written) > maxTallied || len(tally.credit) > maxTallied {
		t.Errorf("%d Events and %d objects are remembered, want at most %d", len(tally.written), len(tally.credit), maxTallied)
	}
}

func TestQueuePutsWarningsFirstAndDropsWhatIsTooMuch(t *testing.T) {
	q := eventQueue{ready: make(chan struct{}, 1)}
	var normal []status.Event
	for range maxQueued + 7 {
		normal = append(normal, status.Event{Reason: "nodeAssigned"})
	}
	if dropped := q.add(normal, 3, time.Unix(0, 0)); dropped != 7 {
		t.Errorf("%d are dropped, want 7", dropped)
	}
	if dropped := q.add([]status.Event{{Reason: "sessionDown", Warning: true}}, 3, time.Unix(0, 0)); dropped != 0 {
		t.Errorf("a warning is dropped because of others")
	}
	first, nodes, ok := q.take()
	if !ok || nodes != 3 || first.event.Reason != "sessionDown" {
		t.Errorf("the first is %+v of %d nodes, want the warning", first, nodes)
	}
	left := 0
	for _, _, ok := q.take(); ok; _, _, ok = q.take() {
		left++
	}
	if left != maxQueued {
		t.Errorf("%d more, want %d", left, maxQueued)
	}
}
