package objects

import (
	"log/slog"

	"frr-speaker/internal/intent"
)

// defaultNamespace is where MetalLB's manifests put everything.
const defaultNamespace = intent.DefaultNamespace

// Options say how to read a directory.
type Options struct {
	// Namespace is where metallb.io objects, Secrets and ConfigMaps count; "" is metallb-system.
	Namespace string
	// Log is told when reading begins to fail and when it works again; nil discards.
	Log *slog.Logger
}

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	if o.Namespace == "" {
		o.Namespace = defaultNamespace
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}
