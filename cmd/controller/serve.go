package main

import (
	"context"
	"net"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"frr-speaker/internal/controller"
	"frr-speaker/internal/kube"
	"frr-speaker/internal/serve"
)

// judging is what answers the webhooks, on every replica.
func (p *process) judging() ([]task, error) {
	options := p.tls
	if p.disableRotation {
		options.CertDir = p.certDir
	} else {
		options.CertDir = ""
	}
	config, err := options.Config()
	if err != nil {
		return nil, err
	}
	if p.webhookHTTP2 {
		config.NextProtos = []string{"h2", "http/1.1"}
	}
	var tasks []task
	if !p.disableRotation {
		rotation, err := p.rotation()
		if err != nil {
			return nil, err
		}
		config.GetCertificate = rotation.Certificate
		p.waits = append(p.waits, rotation.Ready)
		tasks = append(tasks, rotation)
	}
	admission := &controller.Admission{Namespace: p.namespace, Snapshot: p.source.Snapshot}
	return append(tasks, &serve.Server{
		Name: "webhook server", Flag: "--webhook-port", Address: port(p.webhookPort), TLS: config, Log: p.log,
		Handler: &controller.Webhook{Judge: admission.Judge, Log: p.log},
	}), nil
}

// rotation keeps the certificate of the webhooks.
func (p *process) rotation() (*controller.Rotation, error) {
	secret, err := kube.NewSecret(p.client, p.namespace, p.webhookSecret)
	if err != nil {
		return nil, err
	}
	service := p.certService + "." + p.namespace
	return &controller.Rotation{
		Secret: secret,
		Names:  []string{service + ".svc", service + ".svc.cluster.local"},
		Trust: func(ctx context.Context, bundle []byte) (bool, error) {
			return kube.TrustWebhooks(ctx, p.client, p.webhookConfig, bundle)
		},
		Log: p.log,
	}, nil
}

// serving is what the process shows of itself.
func (p *process) serving() ([]task, error) {
	probes := serve.Probes(func() []string { return nil }, p.ready)
	var tasks []task
	if p.healthPort != 0 {
		tasks = append(tasks, &serve.Server{
			Name: "probe server", Flag: "--health-probe-port", Address: port(p.healthPort), Handler: probes, Log: p.log,
		})
	}
	if p.pprof != "" {
		tasks = append(tasks, &serve.Server{
			Name: "profile server", Flag: "--pprof-bind-address", Address: p.pprof, Handler: serve.Profiles(), Log: p.log,
		})
	}
	if p.port == 0 {
		return tasks, nil
	}
	reviewer, err := kube.NewReviewer(p.client)
	if err != nil {
		return nil, err
	}
	config, err := p.tls.Config()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", serve.Guard(promhttp.HandlerFor(p.registry, promhttp.HandlerOpts{Registry: p.registry}), reviewer.Review))
	return append(tasks, &serve.Server{
		Name: "metrics server", Flag: "--port", Address: port(p.port), Handler: mux, TLS: config, Log: p.log,
	}), nil
}

// ready returns the first thing that is waited for.
func (p *process) ready() error {
	for _, wait := range p.waits {
		if err := wait(); err != nil {
			return err
		}
	}
	return nil
}

func port(number int) string { return net.JoinHostPort("", strconv.Itoa(number)) }
