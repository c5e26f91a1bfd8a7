package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"frr-speaker/internal/explain"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/kube"
	"frr-speaker/internal/objects"
)

// known is everything that a command can know of a cluster.
type known struct {
	objects  intent.Objects
	intent   *intent.Intent    // as speakers decide on it
	unread   []intent.Problem  // of what is no object
	problems []intent.Problem  // of objects too, sorted
	reports  *explain.Reports  // nil: there are none
	texts    map[string][]byte // of files, by name; nil for a cluster
	client   *kube.Client      // nil without a cluster
}

// stdinName is the value of --objects that means standard input.
const stdinName = "-"

// learn reads objects and reports: of files, of standard input or of a cluster.
func (c common) learn(ctx context.Context, p Process) (known, error) {
	var (
		k   known
		err error
	)
	if c.objects == "" {
		k.unread, err = k.readCluster(ctx, c, p)
	} else {
		k.unread, err = k.readFiles(c.objects, c.namespace, p.Stdin)
	}
	if err != nil {
		return known{}, usage(err)
	}
	k.intent, k.problems = c.decidable(k.objects, k.unread, nil)
	return k, nil
}

// readFiles reads a directory, a file, or "-".
func (k *known) readFiles(name, namespace string, stdin io.Reader) ([]intent.Problem, error) {
	texts, err := readTexts(name, stdin)
	if err != nil {
		return nil, err
	}
	k.texts = texts
	var problems []intent.Problem
	k.objects, problems = objects.DecodeAll(texts, objects.Options{Namespace: namespace})
	k.reports, err = decodeReports(texts)
	return problems, err
}

// readTexts reads the files that --objects names, by name.
func readTexts(name string, stdin io.Reader) (map[string][]byte, error) {
	if name == stdinName {
		text, err := io.ReadAll(stdin)
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return map[string][]byte{"stdin": text}, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("read --objects: %w", err)
	}
	if !info.IsDir() {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read --objects: %w", err)
		}
		return map[string][]byte{filepath.Base(name): text}, nil
	}
	return objects.Texts(name)
}

func (k *known) readCluster(ctx context.Context, c common, p Process) ([]intent.Problem, error) {
	quiet := slog.New(slog.DiscardHandler)
	c.kubeconfig = c.findKubeconfig(p.Getenv)
	in, err := c.open(quiet, nil)
	if err != nil {
		return nil, err
	}
	objs, problems, err := readOnce(ctx, in.source)
	if err != nil {
		return nil, err
	}
	k.objects, k.client = objs, in.client
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	reports, more, err := kube.ReadReports(ctx, in.client, c.namespace)
	k.reports = reports
	return append(problems, more...), err
}

// findKubeconfig is what kubectl reads when nothing names a file; in a pod it is none.
func (c common) findKubeconfig(getenv func(string) string) string {
	if c.kubeconfig != "" || getenv("KUBERNETES_SERVICE_HOST") != "" {
		return c.kubeconfig
	}
	file := filepath.Join(getenv("HOME"), ".kube", "config")
	if _, err := os.Stat(file); err != nil {
		return ""
	}
	return file
}
