package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/kube"
	"frr-speaker/internal/objects"
	"frr-speaker/internal/speaker"
)

// userAgent is what the API server's audit log calls this program.
const userAgent = "frr-speaker"

// input is where objects come from.
type input struct {
	source speaker.Source
	client *kube.Client     // nil without a cluster
	oldest func() time.Time // of events that are new in the last snapshot
}

// open prepares the source that the flags name. It reads nothing yet. The heart, if
// there is one, hears of a cluster's source; a directory's does not beat.
func (c common) open(log *slog.Logger, heart *speaker.Heart) (input, error) {
	if c.objects != "" {
		source := objects.NewSource(c.objects, objects.Options{Namespace: c.namespace, Log: log})
		return input{source: source, oldest: source.Oldest}, nil
	}
	client, err := kube.Connect(kube.ClientOptions{Kubeconfig: c.kubeconfig, UserAgent: userAgent, Log: log})
	if err != nil {
		return input{}, err
	}
	opts := kube.SourceOptions{Namespace: c.namespace, OwnNode: c.onlyNode, Log: log}
	if heart != nil {
		opts.Beat = heart.Task("source")
	}
	source, err := kube.NewSource(client, opts)
	if err != nil {
		return input{}, err
	}
	return input{source: source, client: client, oldest: source.Oldest}, nil
}

// readTimeout bounds how long a command waits for a cluster.
const readTimeout = 30 * time.Second

// read reads all objects once.
func (c common) read(ctx context.Context, stdin io.Reader) (intent.Objects, []intent.Problem, error) {
	quiet := slog.New(slog.DiscardHandler)
	if c.objects != "" {
		texts, err := readTexts(c.objects, stdin)
		if err != nil {
			return intent.Objects{}, nil, err
		}
		objs, problems := objects.DecodeAll(texts, objects.Options{Namespace: c.namespace})
		return objs, problems, nil
	}
	in, err := c.open(quiet, nil)
	if err != nil {
		return intent.Objects{}, nil, err
	}
	return readOnce(ctx, in.source)
}

// readOnce runs a source until it has a complete set of objects.
func readOnce(ctx context.Context, source speaker.Source) (intent.Objects, []intent.Problem, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	ended := make(chan error, 1)
	go func() { ended <- source.Run(ctx) }()
	defer func() { cancel(); <-ended }() //nolint:errcheck // it ends because it was told to
	for {
		objs, problems, complete := source.Snapshot()
		if complete {
			return objs, problems, nil
		}
		select {
		case <-source.Changed():
		case <-ctx.Done():
			return intent.Objects{}, nil, fmt.Errorf("read the cluster: not all objects came within %v%s", readTimeout, list(problems))
		}
	}
}

// list prints problems below a message.
func list(problems []intent.Problem) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString("\n  " + p.String())
	}
	return b.String()
}
