package cli

import (
	"context"
	"log/slog"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

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
	if err := r.checkBGP(); err != nil {
		return err
	}
	if err := r.checkNodes(c); err != nil {
		return err
	}
	if r.nodes == nodesOwn {
		c.onlyNode = c.node
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
	log.Info("speaker started", "node", c.node, "source", agent.Source, "handoff", r.handoff, "bgp", r.bgp)
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
	page, err := speaker.NewPage(c.node, handoff.Dir(r.handoff), log)
	if err != nil {
		return nil, err
	}
	page.Beat = heart.Task(page.String())
	router, err := newRouter(c, r, log, metrics, heart, page)
	if err != nil {
		return nil, err
	}
	lan, exclusions := newLAN(r, log, registry)
	lan.Beat, page.Links = heart.Task(lan.String()), lan.Reports
	servers, err := r.servers(served{
		registry: registry, probes: serve.Probes(heart.Stuck, router.ready), page: page, client: in.client, log: log,
	})
	if err != nil {
		return nil, err
	}
	agent := &speaker.Speaker{
		Node:    c.node,
		Options: c.options(),
		Source:  in.source,
		Sinks:   append(router.sinks, lan),
		Tasks:   slices.Concat(router.tasks, []speaker.Task{lan, exclusions}, servers),
		Log:     log,
		Metrics: metrics,
		Oldest:  in.oldest,
		Began:   router.began,
		BGPOff:  r.bgp == bgpNone,
		L2Off:   r.nodes == nodesOwn,
		Beat:    heart.Task("loop"),
	}
	memory := speaker.NewMemory(handoff.Dir(r.handoff), log)
	agent.Last, agent.Tasks = memory.Recall(c.options()), append(agent.Tasks, memory, page)
	agent.Observe = func(r speaker.Report) { memory.Observe(r); page.Observe(r) }
	if r.nodes == nodesAll { // members elect who answers by layer 2
		if err := c.watchMembers(agent, r.members, in.client, registry); err != nil {
			return nil, err
		}
	}
	if in.client == nil {
		return agent, nil
	}
	tell, tasks, err := newStatus(c, r.status, in.client, log, heart)
	if err != nil {
		return nil, err
	}
	if r.nodes == nodesOwn {
		tell.Nodes = largeCluster
	}
	tell.Links, lan.News = lan.Reports, tell.Poke
	agent.Observe = func(r speaker.Report) { memory.Observe(r); page.Observe(r); tell.Observe(r) }
	agent.Tasks = append(agent.Tasks, tasks...)
	router.report(tell)
	return agent, nil
}

// newLAN is the sink that answers ARP and ND, and the task that follows which links it leaves out.
func newLAN(r runFlags, log *slog.Logger, registry prometheus.Registerer) (*speaker.L2, *speaker.Exclusions) {
	announcer := l2.New(l2.Options{
		Network: rawsock.Network{}, Exclude: l2.DefaultExclusions(), Yield: r.lan.yield, Log: log, Metrics: l2.NewMetrics(registry),
	})
	return &speaker.L2{Announcer: announcer}, &speaker.Exclusions{File: r.lan.excludeFile, Apply: announcer.Exclude, Log: log}
}
