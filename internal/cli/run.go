package cli

import (
	"context"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/logging"
	"frr-speaker/internal/objects"
	"frr-speaker/internal/speaker"
)

// runFlags are the flags of the running speaker alone.
type runFlags struct {
	handoff string
	port    int
}

func (r *runFlags) addTo(root *cobra.Command, p Process) {
	flags := root.Flags()
	flags.StringVar(&r.handoff, "handoff", orDefault(p.Getenv(handoff.EnvDir), handoff.DefaultDir),
		"`directory` shared with frr-reloader (FRR_SPEAKER_HANDOFF)")
	flags.IntVar(&r.port, "port", 9120, "serve Prometheus metrics on this TCP `port`; 0: do not")
}

// run is the running speaker: it returns when ctx ends or a task cannot go on.
func run(ctx context.Context, p Process, c common, r runFlags) error {
	if err := c.check(); err != nil {
		return err
	}
	log, err := logging.New(p.Stderr, c.logLevel)
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	metrics := speaker.NewMetrics(registry)
	shared := handoff.Dir(r.handoff)

	renderer, err := frrconfig.New()
	if err != nil {
		return err
	}
	frr := speaker.NewFRR(func(want bgp.Speaker, raw string) ([]byte, error) {
		return renderer.Render(want, c.frrOptions(raw))
	}, shared.Publish, log, metrics)
	agent := speaker.Speaker{
		Node:    c.node,
		Options: c.options(),
		Source:  objects.NewSource(c.objects, objects.Options{Namespace: c.namespace, Log: log}),
		Sinks:   []speaker.Sink{frr},
		Tasks:   []speaker.Task{frr, &speaker.Applied{Dir: shared, Log: log, Metrics: metrics}},
		Log:     log,
		Metrics: metrics,
	}
	if r.port != 0 {
		agent.Tasks = append(agent.Tasks, newMetricsServer(":"+strconv.Itoa(r.port), registry, log))
	}
	log.Info("speaker started", "node", c.node, "objects", c.objects, "handoff", r.handoff)
	return agent.Run(ctx)
}
