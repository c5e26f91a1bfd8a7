package cli

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/pflag"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/speaker"
)

// Values of --bgp.
const (
	bgpFRR  = "frr"
	bgpNone = "none"
)

// variableBGP chooses among MetalLB's ways to speak BGP.
const variableBGP = "METALLB_BGP_TYPE"

func (r *runFlags) addBGP(flags *pflag.FlagSet) {
	mode := bgpFRR
	if r.getenv(variableBGP) == bgpNone {
		mode = bgpNone
	}
	flags.StringVar(&r.bgp, "bgp", mode, "`who` speaks BGP: "+bgpFRR+", or "+bgpNone+", where addresses are announced by ARP and ND alone ("+variableBGP+")")
}

// checkBGP refuses values that mean nothing.
func (r *runFlags) checkBGP() error {
	if r.bgp != bgpFRR && r.bgp != bgpNone {
		return fmt.Errorf("--bgp %q is unknown: use %s or %s", r.bgp, bgpFRR, bgpNone)
	}
	return nil
}

// router is what has to do with FRR.
type router struct {
	sinks []speaker.Sink
	tasks []speaker.Task
	ready func() error
	began func(oldest time.Time) // nil without FRR
	// report makes status objects say what becomes of the configuration.
	report func(*speaker.Status)
}

// newRouter is the way to FRR, or none.
func newRouter(c common, r runFlags, log *slog.Logger, metrics *speaker.Metrics, heart *speaker.Heart, page *speaker.Page) (router, error) {
	if r.bgp == bgpNone {
		metrics.WithoutFRR()
		page.WithoutFRR = true
		decided := &speaker.Decided{}
		return router{
			sinks: []speaker.Sink{decided}, ready: decided.Ready,
			report: func(tell *speaker.Status) { tell.WithoutFRR = true },
		}, nil
	}
	progress := speaker.NewProgress(metrics.ChangeApplied)
	frr, err := newFRR(c, r, log, metrics)
	if err != nil {
		return router{}, err
	}
	frr.Beat = heart.Task(frr.String())
	applied := &speaker.Applied{Dir: handoff.Dir(r.handoff), Log: log, Metrics: metrics}
	applied.Beat = heart.Task(applied.String())
	published := []func(handoff.Version, time.Time){progress.Published, page.Published}
	reported := []func(handoff.Result){progress.Applied, page.Applied}
	frr.Published = func(v handoff.Version, oldest time.Time) {
		for _, tell := range published {
			tell(v, oldest)
		}
	}
	applied.Report = func(result handoff.Result) {
		for _, tell := range reported {
			tell(result)
		}
	}
	return router{
		sinks: []speaker.Sink{frr}, tasks: []speaker.Task{frr, applied}, ready: progress.Ready, began: frr.Began,
		report: func(tell *speaker.Status) {
			published, reported = append(published, tell.Published), append(reported, tell.Applied)
		},
	}, nil
}

// newFRR is the sink that renders and publishes.
func newFRR(c common, r runFlags, log *slog.Logger, metrics *speaker.Metrics) (*speaker.FRR, error) {
	renderer, err := frrconfig.New()
	if err != nil {
		return nil, err
	}
	render := func(want bgp.Speaker, raw string) ([]byte, error) { return renderer.Render(want, c.frrOptions(raw)) }
	return speaker.NewFRR(render, handoff.Dir(r.handoff).Publish, log, metrics), nil
}
