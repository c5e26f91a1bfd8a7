package speaker

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/l2"
	"frr-speaker/internal/status"
)

// Report is what one pass came to.
type Report struct {
	Objects  intent.Objects
	Intent   *intent.Intent // as it went into Decide; nil while the source is not complete
	State    announce.State
	Problems []intent.Problem // sorted
	Refused  []intent.Problem // those of Problems that objects have wherever they are read
}

// Status is the sink that tells people: it makes status objects and Events out of
// passes, results of frr-reloader and reports of links. Nothing comes back from it.
//
// Wire its Observe to Speaker.Observe, Applied to Applied.Report, Published to
// FRR.Published, and add it to Speaker.Tasks.
type Status struct {
	Namespace, Node string
	MaxObjects      int  // see status.Facts
	WithoutServices bool // no objects per service
	WithoutFRR      bool // see status.Facts
	// Nodes is how many the cluster has, where the objects do not tell; 0: they do. Nobody then
	// says of a service that no node announces it.
	Nodes int
	// Write, if set, takes the objects as they should be. It must not block.
	Write func(status.Objects)
	// Record, if set, takes Events of one of so many nodes. It must not block.
	Record func(events []status.Event, nodes int)
	// Recall returns what an earlier life of the speaker has written; false while that
	// is not known. If it is nil, there was none.
	Recall func() (status.Objects, bool)
	Links  func() []l2.Report // if set, what became of announcements on links
	Beat   func()             // if set, is called while the task is alive
	Log    *slog.Logger

	poke chan struct{} // one slot

	mu        sync.Mutex // guards what follows
	report    Report
	reported  bool
	published handoff.Version
	reload    status.Reload
}

// NewStatus returns the sink; set its fields, and run it.
func NewStatus(namespace, node string, log *slog.Logger) *Status {
	return &Status{Namespace: namespace, Node: node, Log: log, poke: make(chan struct{}, 1)}
}

// String names the task.
func (s *Status) String() string { return "status" }

// Observe takes what a pass came to.
func (s *Status) Observe(r Report) {
	s.change(func() { s.report, s.reported = r, true })
}

// Published takes the text that frr-reloader can read.
func (s *Status) Published(v handoff.Version, _ time.Time) {
	s.change(func() { s.published = v })
}

// Applied takes what frr-reloader reports.
func (s *Status) Applied(r handoff.Result) {
	s.change(func() { s.reload = s.reload.Next(r, time.Now()) })
}

// Poke has the status looked at again, as when links have news.
func (s *Status) Poke() { s.change(func() {}) }

func (s *Status) change(f func()) {
	s.mu.Lock()
	f()
	s.mu.Unlock()
	select {
	case s.poke <- struct{}{}:
	default:
	}
}

// How often status is made. People read it: what comes in a storm can wait.
const (
	minStatusGap = 50 * time.Millisecond
	maxStatusGap = time.Second
	statusTick   = 5 * time.Second // what grows old without a poke: silence, grace
	// recallTimeout is how long Events wait for what was told before. An API server that
	// has no kinds for it never says.
	recallTimeout = 30 * time.Second
)

// Run tells until ctx ends.
func (s *Status) Run(ctx context.Context) error {
	pace := pacer{min: minStatusGap, max: maxStatusGap}
	alive := startBeating(s.Beat)
	defer alive.stop()
	tick := time.NewTicker(statusTick)
	defer tick.Stop()
	told := telling{began: time.Now()}
	for {
		alive.beat()
		select {
		case <-ctx.Done():
			return nil
		case <-alive.ticker.C:
			continue
		case <-tick.C:
		case <-s.poke:
		}
		if pace.wait(ctx) == nil { // else ctx has ended
			s.tell(&told)
			pace.done(maxStatusGap) // however little it takes, its readers can wait
		}
	}
}

// telling is what the task remembers from one time to the next.
type telling struct {
	began    time.Time
	recalled bool
	facts    status.Facts // of the last time
	services *status.Services
	memory   status.Memory
	asked    *intent.Intent // that silences were last looked for in
	askedAt  time.Time
}

// tell makes objects and Events of what is known now.
func (s *Status) tell(t *telling) {
	f, report, reported := s.facts(t)
	if !reported || !s.recall(t, f.Now) {
		return
	}
	if !sameServices(t.facts, f) {
		t.services = nil
	}
	if t.services == nil {
		t.services = status.Build(f).Services
	}
	events, memory := status.Events(t.memory, f)
	t.facts, t.memory = f, memory
	if s.Write != nil {
		s.Write(status.Rebuild(f, t.services))
	}
	if s.Record != nil && len(events) > 0 {
		s.Record(identify(events, report.Objects), f.Nodes)
	}
}

// recall reads, once and before anything is written, what an earlier life has told.
func (s *Status) recall(t *telling, now time.Time) bool {
	if t.recalled {
		return true
	}
	if s.Recall == nil {
		t.recalled = true
		return true
	}
	have, known := s.Recall()
	if !known && now.Sub(t.began) < recallTimeout {
		return false
	}
	if known {
		t.memory = status.Recall(have)
	}
	t.recalled = true
	return true
}

// facts collects what is known. A pass that decided nothing leaves the last
// decision standing, with the problems that it found.
func (s *Status) facts(t *telling) (status.Facts, Report, bool) {
	s.mu.Lock()
	report, reported := s.report, s.reported
	f := status.Facts{
		Namespace: s.Namespace, Node: s.Node, MaxObjects: s.MaxObjects, WithoutServices: s.WithoutServices, WithoutFRR: s.WithoutFRR,
		Published: s.published, Reload: s.reload, Problems: report.Problems, Now: time.Now(),
	}
	s.mu.Unlock()
	f.Reload.Silent = f.Reload.Known && f.Reload.Result.Stale(f.Now)
	f.NodeUID, f.Nodes, f.State, f.Silences = t.facts.NodeUID, t.facts.Nodes, t.facts.State, t.facts.Silences
	if report.Intent != nil && !report.State.NodeUnknown {
		f.NodeUID, f.Nodes = nodeUID(report.Objects, s.Node), cmp.Or(s.Nodes, len(report.Objects.Nodes))
		f.State = keepVerdicts(t.facts.State, report.State)
		if s.Nodes == 0 {
			f.Silences = t.silences(report, f)
		}
	}
	if s.Links != nil {
		f.Links = s.Links()
	}
	return f, report, reported
}

// silenceInterval is how often at most services that nobody announces are looked for: it
// may mean to decide for other nodes.
const silenceInterval = 5 * time.Second

func (t *telling) silences(r Report, f status.Facts) []status.Silence {
	if t.asked == r.Intent || f.Now.Sub(t.askedAt) < silenceInterval {
		return t.facts.Silences
	}
	t.asked, t.askedAt = r.Intent, f.Now
	return status.Silences(r.Intent, *f.State)
}

// keepVerdicts returns the new state with the old verdicts where they are equal: what
// is the same slice needs no second look.
func keepVerdicts(before *announce.State, now announce.State) *announce.State {
	if before != nil && slices.EqualFunc(before.Verdicts, now.Verdicts, equalVerdict) {
		now.Verdicts = before.Verdicts
	}
	return &now
}

func equalVerdict(a, b announce.Verdict) bool {
	return a.Service == b.Service && a.Protocol == b.Protocol && a.Reason == b.Reason && a.Detail == b.Detail &&
		slices.Equal(a.Peers, b.Peers) && slices.Equal(a.Addresses, b.Addresses)
}

// sameServices tells whether the objects per service of one time are right for the other.
func sameServices(a, b status.Facts) bool {
	return a.State != nil && b.State != nil && a.NodeUID == b.NodeUID && a.Nodes == b.Nodes &&
		slices.EqualFunc(a.State.L2, b.State.L2, func(x, y l2.Announcement) bool { return x.Addr == y.Addr && slices.Equal(x.Links, y.Links) }) &&
		len(a.State.Verdicts) == len(b.State.Verdicts) && (len(a.State.Verdicts) == 0 || &a.State.Verdicts[0] == &b.State.Verdicts[0])
}

func nodeUID(o intent.Objects, name string) types.UID {
	for _, node := range o.Nodes {
		if node.Name == name {
			return node.UID
		}
	}
	return ""
}

// identify fills in the UIDs of the objects that Events are about; kubectl describe
// finds Events by them.
func identify(events []status.Event, o intent.Objects) []status.Event {
	uids := map[intent.Ref]types.UID{}
	for _, svc := range o.Services {
		uids[intent.Ref{Kind: "Service", Namespace: svc.Namespace, Name: svc.Name}] = svc.UID
	}
	for _, peer := range o.Peers {
		uids[intent.Ref{Kind: "BGPPeer", Namespace: peer.Namespace, Name: peer.Name}] = peer.UID
	}
	for i := range events {
		events[i].UID = uids[events[i].Object]
	}
	return events
}
