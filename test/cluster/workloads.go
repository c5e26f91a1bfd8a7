package cluster

import (
	"context"
	"fmt"
	"path/filepath"
)

// Where pods find the API server: behind the kubernetes Service is an address that
// every node has on its loopback link.
const (
	apiClusterIP = "10.96.0.1"
	apiAddress   = "192.0.2.254"
	apiPort      = 6443
)

// startWorkloads starts what makes Pods of Deployments and DaemonSets and places them.
func (c *Cluster) startWorkloads(ctx context.Context) error {
	for name, extra := range map[string][]string{
		"kube-controller-manager": {
			"--service-account-private-key-file=" + c.path("pki/serviceaccount.key"),
			"--root-ca-file=" + c.path("pki/ca.crt"), "--use-service-account-credentials",
			"--node-monitor-grace-period=10s",
		},
		"kube-scheduler": nil,
	} {
		if err := c.writeKubeconfig(c.path(name+".kubeconfig"), map[string]any{
			"client-certificate": c.path("pki/" + name + ".crt"),
			"client-key":         c.path("pki/" + name + ".key"),
		}); err != nil {
			return err
		}
		p, err := startProcess(c.dir, filepath.Join(c.binaries, name), append([]string{
			"--kubeconfig=" + c.path(name+".kubeconfig"), "--leader-elect=false", "--bind-address=127.0.0.1", "--secure-port=0",
		}, extra...)...)
		if err != nil {
			return err
		}
		c.mu.Lock()
		c.others = append(c.others, p)
		c.mu.Unlock()
	}
	_, err := c.Kubectl(ctx, fmt.Sprintf(`apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: kubernetes
  namespace: default
  labels: {kubernetes.io/service-name: kubernetes}
addressType: IPv4
ports: [{name: https, port: %d, protocol: TCP}]
endpoints: [{addresses: [%s], conditions: {ready: true}}]
`, apiPort, apiAddress), "apply", "-f", "-")
	return err
}
