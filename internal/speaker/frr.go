package speaker

import (
	"context"
	"log/slog"
	"time"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/bgp"
	"frr-speaker/internal/handoff"
)

// FRR is the sink that renders the BGP part of the state and publishes the text
// for frr-reloader.
type FRR struct {
	Render  func(want bgp.Speaker, rawConfig string) ([]byte, error)
	Publish func(text []byte) (handoff.Version, bool, error)
	Log     *slog.Logger
	Metrics *Metrics
	// Published, if set, is told of each text that is there for frr-reloader to read, and
	// of the oldest event that is new in it.
	Published func(v handoff.Version, oldest time.Time)
	Beat      func() // if set, is called while the sink is alive

	oldest time.Time     // of the next state
	latest chan frrState // one slot: a newer state replaces one that was not taken yet
}

type frrState struct {
	want      bgp.Speaker
	rawConfig string
	oldest    time.Time // event that is new in it; zero: none is known
}

// How long a failed publication waits before it is tried again.
const (
	minPublishRetry = 100 * time.Millisecond
	maxPublishRetry = 10 * time.Second
)

// NewFRR returns the sink; Run must be running for Set to have an effect.
func NewFRR(render func(bgp.Speaker, string) ([]byte, error), publish func([]byte) (handoff.Version, bool, error), log *slog.Logger, metrics *Metrics) *FRR {
	return &FRR{Render: render, Publish: publish, Log: log, Metrics: metrics, latest: make(chan frrState, 1)}
}

// String names the task.
func (f *FRR) String() string { return "frr sink" }

// Began tells when the oldest event came that the next Set is about. The goroutine
// that calls Set calls it.
func (f *FRR) Began(oldest time.Time) { f.oldest = earlier(f.oldest, oldest) }

// Set replaces the wanted state. Only one goroutine may call it.
func (f *FRR) Set(state announce.State, rawConfig string) {
	next := frrState{want: state.BGP, rawConfig: rawConfig, oldest: f.oldest}
	f.oldest = time.Time{}
	select {
	case before := <-f.latest:
		next.oldest = earlier(before.oldest, next.oldest)
	default:
	}
	f.latest <- next
}

// earlier returns the earlier of two times; zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Run publishes the latest state, and tries again until it succeeds or a newer one comes.
func (f *FRR) Run(ctx context.Context) error {
	var state frrState
	var retry <-chan time.Time
	wait := minPublishRetry
	alive := startBeating(f.Beat)
	defer alive.stop()
	for {
		alive.beat()
		select {
		case <-ctx.Done():
			return nil
		case <-alive.ticker.C:
			continue
		case next := <-f.latest:
			if retry != nil { // the events of a state that never got out are not forgotten
				next.oldest = earlier(state.oldest, next.oldest)
			}
			state, wait = next, minPublishRetry
		case <-retry:
		}
		retry = nil
		if err := f.publish(state); err != nil {
			f.Log.Error("cannot publish the FRR configuration; FRR keeps what it has", "error", err, "retry", wait)
			retry = time.After(wait)
			wait = min(2*wait, maxPublishRetry)
		}
	}
}

func (f *FRR) publish(state frrState) error {
	began := time.Now()
	text, err := f.Render(state.want, state.rawConfig)
	if err != nil {
		f.Metrics.publishFailed()
		return err
	}
	version, changed, err := f.Publish(text)
	if err != nil {
		f.Metrics.publishFailed()
		return err
	}
	f.Metrics.published(version, changed, time.Since(began))
	if !changed {
		state.oldest = time.Time{} // nothing for FRR to do
	}
	if f.Published != nil {
		f.Published(version, state.oldest)
	}
	if changed {
		f.Log.Info("published", "generation", version.Generation, "digest", version.Digest, "bytes", len(text))
	}
	return nil
}
