package l2

import (
	"context"
	"slices"
	"sync/atomic"
)

// Announcer answers for addresses on the links of the node.
type Announcer struct {
	latest  chan []Announcement // one slot: a newer state replaces one that was not taken yet
	changed chan struct{}       // one slot
	reports atomic.Pointer[[]Report]
}

// New returns an announcer; Run must be running for Set to have an effect.
func New() *Announcer {
	return &Announcer{latest: make(chan []Announcement, 1), changed: make(chan struct{}, 1)}
}

// String names the task.
func (a *Announcer) String() string { return "layer 2 announcer" }

// Set replaces the addresses that this node answers for. It never blocks; only
// one goroutine may call it.
func (a *Announcer) Set(want []Announcement) {
	select {
	case <-a.latest:
	default:
	}
	a.latest <- slices.Clone(want)
}

// Reports says what has become of each announcement that was last set, sorted by
// address. The slice is shared: do not change it.
func (a *Announcer) Reports() []Report {
	if reports := a.reports.Load(); reports != nil {
		return *reports
	}
	return nil
}

// Changed pokes, without payload, when Reports has news.
func (a *Announcer) Changed() <-chan struct{} { return a.changed }

// Run answers until ctx ends.
func (a *Announcer) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case want := <-a.latest:
			a.publish(want)
		}
	}
}

// publish makes the reports of a new state known.
func (a *Announcer) publish(want []Announcement) {
	reports := make([]Report, 0, len(want))
	for _, w := range want {
		reports = append(reports, Report{Addr: w.Addr})
	}
	a.reports.Store(&reports)
	select {
	case a.changed <- struct{}{}:
	default:
	}
}
