package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// tokenLifetime outlasts any test: only an explicit test of renewal wants less.
const tokenLifetime = 24 * time.Hour

// Kubectl runs kubectl as the administrator and returns what it printed to its
// standard output. The error holds its complaint.
func (c *Cluster) Kubectl(ctx context.Context, stdin string, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := c.KubectlCommand(ctx, c.Kubeconfig(), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("run kubectl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

// KubectlCommand prepares kubectl as the user of a kubeconfig. It keeps its
// cache in the cluster's directory and reads nothing of the user's.
func (c *Cluster) KubectlCommand(ctx context.Context, kubeconfig string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(c.binaries, "kubectl"),
		append([]string{"--kubeconfig=" + kubeconfig, "--cache-dir=" + c.path("kubectl")}, args...)...)
	cmd.Env = []string{"HOME=" + c.dir, "PATH=" + os.Getenv("PATH"), "TZ=UTC"}
	return cmd
}

// ServiceAccount returns a kubeconfig with a token (TokenRequest) of a
// ServiceAccount that exists.
func (c *Cluster) ServiceAccount(ctx context.Context, namespace, name string) (kubeconfig string, err error) {
	token, err := c.Kubectl(ctx, "", "create", "token", name, "--namespace="+namespace, "--duration="+tokenLifetime.String())
	if err != nil {
		return "", err
	}
	kubeconfig = c.path(namespace + "-" + name + ".kubeconfig")
	return kubeconfig, c.writeKubeconfig(kubeconfig, map[string]any{"token": strings.TrimSpace(token)})
}

// writeKubeconfig writes a kubeconfig with the given user; JSON is YAML.
func (c *Cluster) writeKubeconfig(path string, user map[string]any) error {
	named := func(key string, value any) []any { return []any{map[string]any{"name": "test", key: value}} }
	text, err := json.MarshalIndent(map[string]any{
		"apiVersion": "v1",
		"kind":       "Config",
		"clusters": named("cluster", map[string]any{
			"server": "https://" + c.Address(), "certificate-authority": c.path("pki/ca.crt"),
		}),
		"users":           named("user", user),
		"contexts":        named("context", map[string]any{"cluster": "test", "user": "test"}),
		"current-context": "test",
	}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}
