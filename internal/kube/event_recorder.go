package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/flowcontrol"

	"frr-speaker/internal/status"
)

// EventOptions say for whom a recorder speaks.
type EventOptions struct {
	Component string // the source of Events; "" is metallb-speaker
	Node      string
	// UID, if set, returns the UID of an object by kind and name, for Events that come without.
	UID func(kind, name string) types.UID
	Log *slog.Logger
}

// EventRecorder writes Events. Equal ones are counted, one
// object gets 25 and then one in five minutes, and a node so many a second that a whole
// cluster can do it. It needs create and patch of events in all namespaces.
//
// Wire its Record to speaker.Status.Record, and add it to the tasks.
type EventRecorder struct {
	opts   EventOptions
	client rest.Interface
	queue  eventQueue
	tally  *tally // Run's
	serial int64  // of the last Event; Run's
}

// component is the source of a speaker's Events, as MetalLB has it.
const component = "metallb-speaker"

// Bounds of recording. The nodes of a cluster share what all of them may write.
const (
	eventsPerSecond    = 500 // of all nodes
	minEventsPerSecond = 0.1 // of one node
	maxEventsPerSecond = 20  // of one node
	eventBurst         = 50
	minEventRetry      = time.Second
	maxEventRetry      = 30 * time.Second
	// maxEventRefusal is how long an API server may refuse the speaker: one that starts
	// knows neither roles nor tokens for some seconds.
	maxEventRefusal = time.Minute
)

// NewEventRecorder returns a recorder; Run must be running for Events to get out.
func NewEventRecorder(client *Client, opts EventOptions) (*EventRecorder, error) {
	if opts.Component == "" {
		opts.Component = component
	}
	core, err := client.rest(corev1.SchemeGroupVersion)
	if err != nil {
		return nil, fmt.Errorf("prepare the event recorder: %w", err)
	}
	return &EventRecorder{opts: opts, client: core, queue: eventQueue{ready: make(chan struct{}, 1)}, tally: newTally()}, nil
}

// String names the task.
func (r *EventRecorder) String() string { return "event recorder" }

// Record queues Events, of one of so many nodes. It never blocks: what is too much is
// dropped, Events that warn last.
func (r *EventRecorder) Record(events []status.Event, nodes int) {
	dropped := r.queue.add(events, nodes, time.Now())
	if dropped > 0 {
		r.opts.Log.Warn("too many Events at once, some are dropped", "dropped", dropped)
	}
}

// Run writes Events until ctx ends.
func (r *EventRecorder) Run(ctx context.Context) error {
	limiter, nodes := eventLimiter(1), 1
	for {
		e, cluster, ok := r.queue.take()
		if !ok || ctx.Err() != nil {
			select {
			case <-ctx.Done():
				return nil
			case <-r.queue.ready:
			}
			continue
		}
		if cluster != nodes {
			limiter, nodes = eventLimiter(cluster), cluster
		}
		if limiter.Wait(ctx) == nil { // else ctx has ended
			r.write(ctx, e)
		}
	}
}

// eventLimiter gives one of several nodes its share.
func eventLimiter(nodes int) flowcontrol.RateLimiter {
	share := min(max(eventsPerSecond/float32(max(nodes, 1)), minEventsPerSecond), maxEventsPerSecond)
	return flowcontrol.NewTokenBucketRateLimiter(share, eventBurst)
}

// write writes one Event, and tries again while the API server is away. What it
// refuses is dropped.
func (r *EventRecorder) write(ctx context.Context, q queuedEvent) {
	if !r.tally.admit(q.event.Object, q.at) {
		return
	}
	began := time.Now()
	for wait := minEventRetry; ; wait = min(2*wait, maxEventRetry) {
		written, err := r.send(ctx, q)
		if err == nil {
			r.tally.wrote(q.event, written)
			return
		}
		if final(err, time.Since(began)) {
			r.opts.Log.Warn("the API server refuses an Event", "reason", q.event.Reason, "object", q.event.Object.String(), "error", err)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait/2 + rand.N(wait/2)): //nolint:gosec // not a secret
		}
	}
}

// final tells an answer that will be the same next time, after so long of trying.
func final(err error, tried time.Duration) bool {
	if (apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err)) && tried < maxEventRefusal {
		return false
	}
	var answer apierrors.APIStatus
	return errors.As(err, &answer) && answer.Status().Code < http.StatusInternalServerError && !apierrors.IsTooManyRequests(err)
}

// send counts up an Event that is there already, or creates it.
func (r *EventRecorder) send(ctx context.Context, q queuedEvent) (*corev1.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	got := &corev1.Event{}
	if before := r.tally.before(q.event, q.at); before != nil {
		body, err := again(before, q.at)
		if err != nil {
			return nil, err
		}
		err = r.client.Patch(types.MergePatchType).Namespace(before.Namespace).Resource("events").Name(before.Name).
			Body(body).Do(ctx).Into(got)
		if !apierrors.IsNotFound(err) {
			return got, err
		}
	}
	e := r.event(q)
	err := r.client.Post().Namespace(e.Namespace).Resource("events").Body(e).Do(ctx).Into(got)
	return got, err
}

// again is the patch of an Event that has happened once more.
func again(e *corev1.Event, at time.Time) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"count": e.Count + 1, "lastTimestamp": metav1.NewTime(at)})
	if err != nil {
		return nil, fmt.Errorf("count an Event: %w", err)
	}
	return body, nil
}

// queuedEvent is an Event that waits to be written.
type queuedEvent struct {
	event status.Event
	at    time.Time
}

// eventQueue holds Events until they are written: first those that warn.
type eventQueue struct {
	ready chan struct{} // one slot

	mu     sync.Mutex // guards what follows
	nodes  int
	warn   []queuedEvent
	normal []queuedEvent
}

// maxQueued is how many Events of one type wait at most.
const maxQueued = 1000

func (q *eventQueue) add(events []status.Event, nodes int, now time.Time) (dropped int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.nodes = nodes
	for _, e := range events {
		list := &q.normal
		if e.Warning {
			list = &q.warn
		}
		if len(*list) == maxQueued {
			dropped++
			continue
		}
		*list = append(*list, queuedEvent{e, now})
	}
	select {
	case q.ready <- struct{}{}:
	default:
	}
	return dropped
}

func (q *eventQueue) take() (queuedEvent, int, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, list := range []*[]queuedEvent{&q.warn, &q.normal} {
		if len(*list) > 0 {
			e := (*list)[0]
			*list = (*list)[1:]
			return e, max(q.nodes, 1), true
		}
	}
	return queuedEvent{}, 0, false
}
