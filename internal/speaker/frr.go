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

	latest chan frrState // one slot: a newer state replaces one that was not taken yet
}

type frrState struct {
	want      bgp.Speaker
	rawConfig string
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

// Set replaces the wanted state. Only one goroutine may call it.
func (f *FRR) Set(state announce.State, rawConfig string) {
	select {
	case <-f.latest:
	default:
	}
	f.latest <- frrState{state.BGP, rawConfig}
}

// Run publishes the latest state, and tries again until it succeeds or a newer one comes.
func (f *FRR) Run(ctx context.Context) error {
	var state frrState
	var retry <-chan time.Time
	wait := minPublishRetry
	for {
		select {
		case <-ctx.Done():
			return nil
		case state = <-f.latest:
			wait = minPublishRetry
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
	if changed {
		f.Log.Info("published", "generation", version.Generation, "digest", version.Digest, "bytes", len(text))
	}
	return nil
}
