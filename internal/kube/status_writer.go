package kube

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/types"

	"frr-speaker/internal/status"
)

// StatusOptions say which objects a writer keeps.
type StatusOptions struct {
	Namespace string // of the metallb.io objects
	Node      string
	// Retire deletes what an earlier life of the speaker has written, and writes nothing.
	Retire bool
	Log    *slog.Logger
}

// StatusWriter keeps a node's status objects in the cluster: it writes one when it
// differs from what the cluster has, brings back one that somebody deleted, and
// deletes what is wanted no more. It needs list, watch, create, patch and delete of
// configurationstates, servicebgpstatuses and servicel2statuses in the namespace, of
// nodestates in the cluster, and patch of the status of all four.
//
// Wire its Set to speaker.Status.Write and its Have to Recall, and add it to the tasks.
type StatusWriter struct {
	opts    StatusOptions
	kinds   [kindCount]statusKind
	shelves [kindCount]*shelf
	latest  chan status.Objects // one slot: a newer state replaces one that was not taken yet
	poke    chan struct{}       // one slot: the cluster has something else
}

// NewStatusWriter returns a writer; Run must be running for Set to have an effect.
func NewStatusWriter(client *Client, opts StatusOptions) (*StatusWriter, error) {
	kinds, err := statusKinds(client, opts.Namespace, opts.Node)
	if err != nil {
		return nil, fmt.Errorf("prepare the status writer: %w", err)
	}
	w := &StatusWriter{opts: opts, kinds: kinds, latest: make(chan status.Objects, 1), poke: make(chan struct{}, 1)}
	for i := range w.shelves {
		w.shelves[i] = newShelf(w.wake)
	}
	return w, nil
}

// String names the task.
func (w *StatusWriter) String() string { return "status writer" }

// Set replaces the objects that the cluster should have. It never blocks; only one
// goroutine may call it, and it must not change the objects afterwards.
func (w *StatusWriter) Set(o status.Objects) {
	select {
	case <-w.latest:
	default:
	}
	w.latest <- o
}

func (w *StatusWriter) wake() {
	select {
	case w.poke <- struct{}{}:
	default:
	}
}

// UID returns the UID of one of the objects, by kind and name; "" if there is none.
func (w *StatusWriter) UID(kind, name string) types.UID {
	shelves := map[string]*shelf{"ConfigurationState": w.shelves[kindConfiguration], "NodeState": w.shelves[kindNode]}
	if s := shelves[kind]; s != nil {
		if o := s.get(name); o != nil {
			return o.GetUID()
		}
	}
	return ""
}

// writerTick is how often the writer looks whether something is due.
const writerTick = time.Second

// Run writes until ctx ends. One that retires returns when nothing is left.
func (w *StatusWriter) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	ctx, stop := context.WithCancel(ctx)
	for i := range w.kinds {
		group.Go(func() error { w.shelves[i].follow(ctx, w.kinds[i], w.opts.Log); return nil })
	}
	group.Go(func() error { defer stop(); w.loop(ctx); return nil })
	return group.Wait()
}

func (w *StatusWriter) loop(ctx context.Context) {
	tick := time.NewTicker(writerTick)
	defer tick.Stop()
	b := newBatch(w)
	if w.opts.Retire {
		b.want = nothing()
	}
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-w.latest:
			b.take(o)
		case <-w.poke:
		case <-tick.C:
			if !b.waiting && !w.opts.Retire {
				continue
			}
		}
		for b.work(ctx) && ctx.Err() == nil {
			w.takeLatest(b)
		}
		if w.opts.Retire && b.done() {
			return
		}
	}
}

// takeLatest lets a batch go on with the newest state, where there is one.
func (w *StatusWriter) takeLatest(b *batch) {
	select {
	case o := <-w.latest:
		b.take(o)
	default:
	}
}

// Have returns what the cluster has for this node; false until that is known of all kinds.
func (w *StatusWriter) Have() (status.Objects, bool) {
	var out status.Objects
	out.Services = &status.Services{}
	for _, s := range w.shelves {
		synced := s.look(func(items map[string]statusObject) {
			for _, o := range items {
				sortInto(&out, o)
			}
		})
		if !synced {
			return status.Objects{}, false
		}
	}
	return out, true
}
