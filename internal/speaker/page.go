package speaker

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/l2"
	"frr-speaker/internal/page"
	"frr-speaker/internal/status"
)

// Page serves the status page of the node, and remembers for it which configurations
// there were. Nothing comes back from it.
//
// Wire its Observe to Speaker.Observe, Applied to Applied.Report, Published to
// FRR.Published, and add it to Speaker.Tasks.
type Page struct {
	Node  string
	Dir   handoff.Dir
	Links func() []l2.Report // if set, what became of announcements on links
	Beat  func()             // if set, is called while the task is alive
	// WithoutFRR: see status.Facts.
	WithoutFRR bool
	Log        *slog.Logger

	renderer *page.Renderer
	poke     chan struct{} // one slot: a text was published

	mu        sync.Mutex // guards what follows
	report    Report
	state     *announce.State // of the last pass that decided; nil before
	published handoff.Version
	reload    status.Reload
	applies   []page.Apply // newest first
}

// maxApplies is how many configurations the page shows.
const maxApplies = 10

// maxQuery bounds what a reader may search for, in bytes.
const maxQuery = 200

// NewPage returns the page of a node; set its other fields, and run it.
func NewPage(node string, dir handoff.Dir, log *slog.Logger) (*Page, error) {
	renderer, err := page.New()
	if err != nil {
		return nil, err
	}
	return &Page{Node: node, Dir: dir, Log: log, renderer: renderer, poke: make(chan struct{}, 1)}, nil
}

// String names the task.
func (p *Page) String() string { return "status page" }

// Observe takes what a pass came to.
func (p *Page) Observe(r Report) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report = r
	if r.Intent != nil && !r.State.NodeUnknown {
		p.state = &r.State
	}
}

// Published takes the text that frr-reloader can read.
func (p *Page) Published(v handoff.Version, _ time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if v == p.published {
		return
	}
	p.published = v
	p.applies = append([]page.Apply{{Version: v, Published: time.Now()}}, p.applies[:min(len(p.applies), maxApplies-1)]...)
	p.settle()
	select {
	case p.poke <- struct{}{}:
	default:
	}
}

// Applied takes what frr-reloader reports.
func (p *Page) Applied(r handoff.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reload = p.reload.Next(r, time.Now())
	p.settle()
}

// settle notes what the last report says of the configuration it is about. The lock is held.
func (p *Page) settle() {
	r := p.reload.Result
	if r.Phase != handoff.PhaseIdle || r.Outcome == handoff.OutcomeNone {
		return
	}
	for i := range p.applies {
		if a := &p.applies[i]; a.Version == r.Desired {
			a.Outcome, a.Ended, a.Durations = r.Outcome, r.Since, r.Durations
			return
		}
	}
}

// Run compares each text with the one before it until ctx ends. Of texts that follow
// each other faster than that, the last one has all changes.
func (p *Page) Run(ctx context.Context) error {
	alive := startBeating(p.Beat)
	defer alive.stop()
	var last handoff.Text
	for {
		alive.beat()
		select {
		case <-ctx.Done():
			return nil
		case <-alive.ticker.C:
			continue
		case <-p.poke:
		}
		text, err := p.Dir.ReadDesired()
		if err != nil {
			p.Log.Debug("cannot read what was published", "error", err)
			continue
		}
		changes := page.Compare(last.Body, text.Body)
		last = text
		p.changed(text.Version, changes)
	}
}

func (p *Page) changed(v handoff.Version, c page.Changes) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.applies {
		if p.applies[i].Version == v {
			p.applies[i].Changes = c
			return
		}
	}
}

// facts are what is known now.
func (p *Page) facts() page.Facts {
	p.mu.Lock()
	f := page.Facts{
		Facts: status.Facts{
			Node: p.Node, State: p.state, Problems: p.report.Problems, Published: p.published, Reload: p.reload, WithoutFRR: p.WithoutFRR, Now: time.Now(),
		},
		Applies: append([]page.Apply(nil), p.applies...),
	}
	p.mu.Unlock()
	f.Reload.Silent = f.Reload.Known && f.Reload.Result.Stale(f.Now)
	if p.Links != nil {
		f.Links = p.Links()
	}
	return f
}

// ServeHTTP serves the page. The query q leaves services out that do not match it.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this page can only be read", http.StatusMethodNotAllowed)
		return
	}
	f := p.facts()
	f.Query = r.URL.Query().Get("q")
	f.Query = f.Query[:min(len(f.Query), maxQuery)]
	text, err := p.renderer.Render(f)
	if err != nil {
		p.Log.Error("cannot serve the status page", "error", err)
		http.Error(w, "the page cannot be made; the log says why", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", p.renderer.ContentPolicy())
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	if _, err := w.Write(text); err != nil {
		p.Log.Debug("a reader of the status page has gone", "error", err)
	}
}
