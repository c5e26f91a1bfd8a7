package frrmetrics

import "github.com/prometheus/client_golang/prometheus"

// measure is one figure of something that there may be many of.
type measure[T any] struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(T) float64
}

func gauge[T any](name, help string, value func(T) float64) measure[T] {
	return measure[T]{prometheus.NewDesc(name, help, []string{"peer", "vrf"}, nil), prometheus.GaugeValue, value}
}

func counter[T any](name, help string, value func(T) float64) measure[T] {
	return measure[T]{prometheus.NewDesc(name, help, []string{"peer", "vrf"}, nil), prometheus.CounterValue, value}
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
