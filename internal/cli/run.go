package cli

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/kube"
	"frr-speaker/internal/l2"
	"frr-speaker/internal/l2/rawsock"
	"frr-speaker/internal/logging"
	"frr-speaker/internal/serve"
	"frr-speaker/internal/speaker"
)

// run is the running speaker: it returns when ctx ends or a task cannot go on.
func run(ctx context.Context, p Process, c common, r runFlags) error {
	if err := c.check(); err != nil {
		return err
	}
	if err := r.settle(c); err != nil {
		return err
	}
	if err := r.status.check(); err != nil {
		return err
	}
	log, err := logging.New(p.Stderr, c.logLevel)
	if err != nil {
		return err
	}
	r.warn(log)
	agent, err := assemble(c, r, log)
	if err != nil {
		return err
	}
	log.Info("speaker started", "node", c.node, "source", agent.Source, "handoff", r.handoff)
	return agent.Run(ctx)
}

// assemble puts the running speaker together.
func assemble(c common, r runFlags, log *slog.Logger) (*speaker.Speaker, error) {
	heart := speaker.NewHeart()
	in, err := c.open(log, heart)
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if in.client != nil {
		kube.LogTo(log)
		in.client.Register(registry)
	}
	metrics := speaker.NewMetrics(registry)
	progress := speaker.NewProgress(metrics.ChangeApplied)
	frr, err := newFRR(c, r, log, metrics)
	if err != nil {
		return nil, err
	}
	frr.Published, frr.Beat = progress.Published, heart.Task(frr.String())
	applied := &speaker.Applied{Dir: handoff.Dir(r.handoff), Log: log, Metrics: metrics, Report: progress.Applied}
	applied.Beat = heart.Task(applied.String())
	lan, exclusions := newLAN(r, log, registry)
	lan.Beat = heart.Task(lan.String())
	servers, err := r.servers(served{
		registry: registry, probes: serve.Probes(heart.Stuck, progress.Ready), client: in.client, log: log,
	})
	if err != nil {
		return nil, err
	}
	agent := &speaker.Speaker{
		Node:    c.node,
		Options: c.options(),
		Source:  in.source,
		Sinks:   []speaker.Sink{frr, lan},
		Tasks:   append([]speaker.Task{frr, applied, lan, exclusions}, servers...),
		Log:     log,
		Metrics: metrics,
		Oldest:  in.oldest,
		Began:   frr.Began,
		Beat:    heart.Task("loop"),
	}
	memory := speaker.NewMemory(handoff.Dir(r.handoff), log)
	agent.Last, agent.Observe, agent.Tasks = memory.Recall(c.options()), memory.Observe, append(agent.Tasks, memory)
	if err := c.watchMembers(agent, r.members, in.client, registry); err != nil {
		return nil, err
	}
	if in.client == nil {
		return agent, nil
	}
	tell, tasks, err := newStatus(c, r.status, in.client, log, heart)
	if err != nil {
		return nil, err
	}
	tell.Links, lan.News = lan.Reports, tell.Poke
	agent.Observe = func(r speaker.Report) { memory.Observe(r); tell.Observe(r) }
	agent.Tasks = append(agent.Tasks, tasks...)
	applied.Report = func(result handoff.Result) { progress.Applied(result); tell.Applied(result) }
	frr.Published = func(v handoff.Version, oldest time.Time) { progress.Published(v, oldest); tell.Published(v, oldest) }
	return agent, nil
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

// newLAN is the sink that answers ARP and ND, and the task that follows which links it leaves out.
func newLAN(r runFlags, log *slog.Logger, registry prometheus.Registerer) (*speaker.L2, *speaker.Exclusions) {
	announcer := l2.New(l2.Options{
		Network: rawsock.Network{}, Exclude: l2.DefaultExclusions(), Yield: r.lan.yield, Log: log, Metrics: l2.NewMetrics(registry),
	})
	return &speaker.L2{Announcer: announcer}, &speaker.Exclusions{File: r.lan.excludeFile, Apply: announcer.Exclude, Log: log}
}
