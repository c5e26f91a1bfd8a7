package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"frr-speaker/internal/controller"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/kube"
	"frr-speaker/internal/status"
)

// task is something that lives as long as the process.
type task interface {
	Run(ctx context.Context) error
}

// process is what the tasks share.
type process struct {
	flags
	log      *slog.Logger
	client   *kube.Client
	source   *kube.ControllerSource
	registry *prometheus.Registry
	waits    []func() error // what /readyz waits for
}

// run is the running controller: it returns when ctx ends or a task cannot go on.
func run(ctx context.Context, f flags, log *slog.Logger) error {
	kube.LogTo(log)
	client, err := kube.Connect(kube.ClientOptions{Kubeconfig: f.kubeconfig, UserAgent: "frr-speaker-controller", Log: log})
	if err != nil {
		return err
	}
	source, err := kube.NewControllerSource(client, kube.SourceOptions{Namespace: f.namespace, Log: log})
	if err != nil {
		return err
	}
	p := &process{flags: f, log: log, client: client, source: source, registry: prometheus.NewRegistry()}
	p.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	client.Register(p.registry)
	p.waits = append(p.waits, p.objectsRead)
	tasks, err := p.tasks()
	if err != nil {
		return err
	}
	log.Info("controller started", "apiServer", client.Host(), "namespace", f.namespace, "webhookMode", f.webhookMode)
	group, ctx := errgroup.WithContext(ctx)
	for _, t := range tasks {
		group.Go(func() error { return t.Run(ctx) })
	}
	return group.Wait()
}

func (p *process) objectsRead() error {
	_, problems, ok := p.source.Snapshot()
	if ok {
		return nil
	}
	waiting := errors.New("waiting for the objects of the cluster")
	for _, problem := range problems {
		waiting = fmt.Errorf("%w\n%s", waiting, problem)
	}
	return waiting
}

func (p *process) tasks() ([]task, error) {
	tasks := []task{p.source}
	for _, wanted := range []struct {
		yes bool
		add func() ([]task, error)
	}{
		{p.assigns(), p.assigning},
		{p.judges(), p.judging},
		{true, p.serving}, // last: it knows what to wait for
	} {
		if !wanted.yes {
			continue
		}
		more, err := wanted.add()
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, more...)
	}
	return tasks, nil
}

// assigning is what gives addresses, on the replica that leads.
func (p *process) assigning() ([]task, error) {
	writer, err := kube.NewAssignmentWriter(p.client, p.namespace)
	if err != nil {
		return nil, err
	}
	events, err := kube.NewEventRecorder(p.client, kube.EventOptions{Component: "metallb-controller", Node: p.podName, Log: p.log})
	if err != nil {
		return nil, err
	}
	state, err := kube.NewStateWriter(p.client, p.namespace, p.log)
	if err != nil {
		return nil, err
	}
	c := &controller.Controller{
		Options: intent.Options{Namespace: p.namespace, LoadBalancerClass: p.lbClass},
		Source:  p.source,
		Writer:  writer,
		Record:  func(e []status.Event) { events.Record(e, 1) },
		Report:  func(problems []intent.Problem) { state.Set(controller.Condition(problems)) },
		Log:     p.log,
		Metrics: controller.NewMetrics(p.registry),
	}
	lease, err := kube.NewLease(p.client, kube.LeaseOptions{
		Namespace: p.namespace, Name: "frr-speaker-controller", Log: p.log,
		Identity: p.podName + "_" + rand.Text(),
	}, func(ctx context.Context) error { return p.lead(ctx, c, state) })
	if err != nil {
		return nil, err
	}
	return []task{events, lease}, nil
}

// lead gives addresses and keeps the state of the configuration, while this replica leads.
func (p *process) lead(ctx context.Context, c *controller.Controller, state *kube.StateWriter) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return state.Run(ctx) })
	group.Go(func() error { return c.Lead(ctx) })
	if p.mlSecret != "" {
		group.Go(func() error { p.shareKey(ctx); return nil })
	}
	return group.Wait()
}

// shareKey sees to it that speakers have a key for each other.
func (p *process) shareKey(ctx context.Context) {
	created := func() error {
		made, err := kube.EnsureMemberlistSecret(ctx, p.client, p.namespace, p.mlSecret, p.deployment)
		if made {
			p.log.Info("the key of speakers is made", "secret", p.mlSecret)
		}
		return err
	}
	controller.Persist(ctx, p.log, "the key of speakers", created)
}
