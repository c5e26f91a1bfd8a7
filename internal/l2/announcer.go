package l2

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// Options describe an announcer.
type Options struct {
	Network Network
	// Exclude are the links that never answer; see Announcer.Exclude.
	Exclude Exclusions
	// Yield makes the announcer leave an address alone that another host is found
	// to have before the first claim. Otherwise the address is claimed all the same,
	// and the conflict is reported: a node takes over even if the one before hangs.
	Yield   bool
	Log     *slog.Logger // default: none
	Metrics *Metrics     // default: those of nobody
}

// Announcer answers for addresses on the links of the node, and tells the
// neighbors when an address comes to this node.
//
// One goroutine, Run's, owns all that changes. A goroutine for each socket answers
// packets by an immutable Table.
type Announcer struct {
	network  Network
	yield    bool
	excluded Exclusions // at first
	log      *slog.Logger
	metrics  *Metrics

	latest  chan []Announcement // one slot: a newer state replaces one that was not taken yet
	exclude chan Exclusions     // likewise
	changed chan struct{}       // one slot
	table   atomic.Pointer[Table]
	reports atomic.Pointer[[]Report]
}

// New returns an announcer; Run must be running for Set to have an effect.
func New(o Options) *Announcer {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics(prometheus.NewRegistry())
	}
	a := &Announcer{
		network: o.Network, yield: o.Yield, excluded: o.Exclude, log: o.Log, metrics: o.Metrics,
		latest: make(chan []Announcement, 1), exclude: make(chan Exclusions, 1), changed: make(chan struct{}, 1),
	}
	a.table.Store(newTable(nil, nil, nil))
	return a
}

// String names the task.
func (a *Announcer) String() string { return "layer 2 announcer" }

// Set replaces the addresses that this node answers for. An address named twice is
// answered on the links of both. It never blocks; only one goroutine may call it.
func (a *Announcer) Set(want []Announcement) {
	merged := merge(want)
	select {
	case <-a.latest:
	default:
	}
	a.latest <- merged
}

// Exclude replaces the links that never answer. It never blocks; only one
// goroutine may call it.
func (a *Announcer) Exclude(e Exclusions) {
	select {
	case <-a.exclude:
	default:
	}
	a.exclude <- e
}

// Reports says what has become of each announcement that was last taken up, sorted
// by address. The slice is shared: do not change it.
func (a *Announcer) Reports() []Report {
	if reports := a.reports.Load(); reports != nil {
		return *reports
	}
	return nil
}

// Changed pokes, without payload, when Reports has news.
func (a *Announcer) Changed() <-chan struct{} { return a.changed }

// Run answers until ctx ends. Then it hands over: it goes on answering for each
// address until another node is heard to claim it, for 1.5 s at most.
func (a *Announcer) Run(ctx context.Context) error {
	o := newOwner(a)
	o.run(ctx)
	return nil
}

// merge makes one announcement of all for the same address, sorted.
func merge(want []Announcement) []Announcement {
	sorted := make([]Announcement, 0, len(want))
	for _, w := range want {
		w.Addr = w.Addr.Unmap().WithZone("")
		if len(w.Links) == 0 {
			w.Links = nil
		}
		sorted = append(sorted, w)
	}
	slices.SortFunc(sorted, func(a, b Announcement) int { return a.Addr.Compare(b.Addr) })
	out := sorted[:0]
	for _, w := range sorted {
		last := len(out) - 1
		switch {
		case last < 0 || out[last].Addr != w.Addr:
			out = append(out, w)
		case out[last].Links == nil || w.Links == nil:
			out[last].Links = nil
		default:
			links := slices.Concat(out[last].Links, w.Links)
			slices.Sort(links)
			out[last].Links = slices.Compact(links)
		}
	}
	return out
}

func sameAnnouncements(a, b []Announcement) bool {
	return slices.EqualFunc(a, b, func(x, y Announcement) bool {
		return x.Addr == y.Addr && (x.Links == nil) == (y.Links == nil) && slices.Equal(x.Links, y.Links)
	})
}

// compareConflicts orders by link and MAC.
func compareConflicts(a, b Conflict) int {
	return cmp.Or(cmp.Compare(a.Link, b.Link), slices.Compare(a.MAC[:], b.MAC[:]))
}
