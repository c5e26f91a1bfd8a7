package kube

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/intent"
	"frr-speaker/test/cluster"
	"frr-speaker/test/cluster/clustertest"
)

// realCluster is an API server with the definitions that ship and the namespace.
func realCluster(t *testing.T) *cluster.Cluster {
	t.Helper()
	c := clustertest.New(t, cluster.Options{})
	clustertest.Kubectl(t, c, "", "apply", "-k", "../../deploy/frr-mode/crds")
	clustertest.Kubectl(t, c, "", "wait", "crd", "--all", "--for=condition=Established", "--timeout=60s")
	clustertest.Kubectl(t, c, "", "create", "namespace", "metallb-system")
	return c
}

// follow runs a source of the cluster until the test ends.
func follow(t *testing.T, c *cluster.Cluster, o SourceOptions) *Source {
	t.Helper()
	client, err := Connect(ClientOptions{Kubeconfig: c.Kubeconfig(), UserAgent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSource(client, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("source ended: %v", err)
		}
	})
	return s
}

// awaitListing takes snapshots until one has these objects and problems, a line each.
func awaitListing(t *testing.T, s *Source, want ...string) intent.Objects {
	t.Helper()
	slices.Sort(want)
	deadline := time.After(2 * time.Minute)
	for {
		objs, problems, complete := s.Snapshot()
		got := listing(objs, problems)
		diff := cmp.Diff(want, got)
		if complete && diff == "" {
			return objs
		}
		select {
		case <-s.Changed():
		case <-deadline:
			t.Fatalf("complete: %t; objects and problems (-want +got):\n%s", complete, diff)
		}
	}
}

func listing(o intent.Objects, problems []intent.Problem) []string {
	var all []string
	add := func(kind, name string, more ...any) {
		all = append(all, strings.TrimSpace(kind+" "+name+" "+strings.TrimSpace(fmt.Sprintln(more...))))
	}
	for _, p := range o.Peers {
		add("peer", p.Name, p.Spec.Address, p.Spec.HoldTime.Duration)
	}
	for _, p := range o.Pools {
		add("pool", p.Name, p.Spec.Addresses, "autoAssign", *p.Spec.AutoAssign)
	}
	for _, a := range o.BGPAdvertisements {
		add("advertisement", a.Name, *a.Spec.AggregationLength)
	}
	for _, s := range o.Services {
		add("service", s.Namespace+"/"+s.Name, s.Status.LoadBalancer.Ingress[0].IP)
	}
	for _, s := range o.EndpointSlices {
		add("slice", s.Namespace+"/"+s.Name, *s.Endpoints[0].NodeName)
	}
	for _, n := range o.Nodes {
		add("node", n.Name, n.Labels["rack"])
	}
	for _, s := range o.Secrets {
		add("secret", s.Name, string(s.Data["password"]))
	}
	for _, c := range o.ConfigMaps {
		add("configmap", c.Name, c.Data["extras"])
	}
	for _, p := range problems {
		add("problem", p.Object.String())
	}
	slices.Sort(all)
	return all
}

const clusterObjects = `
apiVersion: v1
kind: Node
metadata: {name: node-1, labels: {rack: a}}
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: public, namespace: metallb-system}
spec: {addresses: [198.51.100.0/24]}
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: {name: public, namespace: metallb-system}
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: tor-a, namespace: metallb-system}
spec: {myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.1, holdTime: 90s}
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: elsewhere, namespace: default}
spec: {myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.9}
---
apiVersion: v1
kind: Secret
type: kubernetes.io/basic-auth
metadata: {name: bgp, namespace: metallb-system}
stringData: {username: u, password: hunter2}
---
apiVersion: v1
kind: Secret
metadata: {name: opaque, namespace: metallb-system}
stringData: {password: nobodys-business}
---
apiVersion: v1
kind: Secret
type: helm.sh/release.v1
metadata: {name: release, namespace: metallb-system}
stringData: {release: large}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: bgpextras, namespace: metallb-system}
data: {extras: log stdout}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other, namespace: metallb-system}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {type: LoadBalancer, allocateLoadBalancerNodePorts: false, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: default}
spec: {type: ClusterIP, ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
addressType: IPv4
metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
endpoints: [{addresses: [10.0.0.1], nodeName: node-1}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
addressType: IPv4
metadata: {name: dns-1, namespace: default, labels: {kubernetes.io/service-name: dns, service.kubernetes.io/headless: ""}}
endpoints: [{addresses: [10.0.0.2], nodeName: node-1}]
`

// Whoever follows the own Node alone hears of no other, and when it goes.
func TestSourceOfTheOwnNode(t *testing.T) {
	c := realCluster(t)
	clustertest.Kubectl(t, c, "apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: node-2}\n", "apply", "-f", "-")
	s := follow(t, c, SourceOptions{OwnNode: "node-1"})
	awaitListing(t, s, "node node-1")
	clustertest.Kubectl(t, c, "", "label", "node", "--all", "rack=b")
	awaitListing(t, s, "node node-1 b")
	clustertest.Kubectl(t, c, "", "delete", "node", "node-1")
	awaitListing(t, s)
}

// The API server leaves out what is not ours; of the rest everything arrives, changes
// and goes. An API server that is killed takes nothing with it.
func TestSourceOfARealAPIServer(t *testing.T) {
	c := realCluster(t)
	clustertest.Kubectl(t, c, clusterObjects, "apply", "-f", "-")
	address := func(ip string) {
		clustertest.Kubectl(t, c, "", "patch", "service", "web", "--subresource=status", "--type=merge",
			"-p", `{"status":{"loadBalancer":{"ingress":[{"ip":"`+ip+`"}]}}}`)
	}
	address("198.51.100.10")
	s := follow(t, c, SourceOptions{})
	const (
		advertisement = "advertisement public 32"
		configmap     = "configmap bgpextras log stdout"
		node          = "node node-1 a"
		peer          = "peer tor-a 192.0.2.1 1m30s"
		pool          = "pool public [198.51.100.0/24] autoAssign true"
		password      = "secret bgp hunter2"
		opaque        = "secret opaque"
		slice         = "slice default/web-1 node-1"
	)
	config := []string{advertisement, configmap, pool, password, opaque}
	with := func(more ...string) []string { return append(slices.Clone(config), more...) }
	first := awaitListing(t, s, with(node, peer, slice, "service default/web 198.51.100.10")...)

	address("198.51.100.11")
	second := awaitListing(t, s, with(node, peer, slice, "service default/web 198.51.100.11")...)
	if first.Peers[0] != second.Peers[0] || first.Services[0] == second.Services[0] {
		t.Error("a service changed; it is the same pointer, or the peer is another one")
	}
	if oldest := s.Oldest(); oldest.IsZero() || time.Since(oldest) > 2*time.Minute {
		t.Errorf("the event of the last snapshot is said to be of %v", oldest)
	}

	if err := c.KillAPIServer(); err != nil {
		t.Fatal(err)
	}
	away := awaitListing(t, s, with(node, peer, slice, "service default/web 198.51.100.11", "problem APIServer "+s.client.Host())...)
	if away.Services[0] != second.Services[0] {
		t.Error("the service is another pointer while the API server is away")
	}
	if err := c.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	clustertest.Kubectl(t, c, "", "delete", "bgppeer", "tor-a", "-n", "metallb-system")
	clustertest.Kubectl(t, c, "", "label", "node", "node-1", "rack=b", "--overwrite")
	awaitListing(t, s, with("node node-1 b", slice, "service default/web 198.51.100.11")...)
	clustertest.Kubectl(t, c, "", "patch", "service", "web", "-p", `{"spec":{"type":"ClusterIP"}}`)
	awaitListing(t, s, with("node node-1 b", slice)...)
}

// A TokenReview and a SubjectAccessReview of a real API server say who may read metrics and the page.
func TestReviewByARealAPIServer(t *testing.T) {
	c := realCluster(t)
	clustertest.Kubectl(t, c, "", "apply", "-f", "../../deploy/frr-mode/rbac/status-reader.yaml")
	clustertest.Kubectl(t, c, `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: metrics}
rules: [{nonResourceURLs: [/metrics], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: metrics}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: metrics}
subjects: [{kind: ServiceAccount, name: prometheus, namespace: metallb-system}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: prometheus, namespace: metallb-system}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: other, namespace: metallb-system}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: reader, namespace: metallb-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "metallb-system:status-reader"}
subjects: [{kind: ServiceAccount, name: reader, namespace: metallb-system}]
`, "apply", "-f", "-")
	token := func(name string) string {
		return strings.TrimSpace(clustertest.Kubectl(t, c, "", "create", "token", name, "-n", "metallb-system"))
	}
	client, err := Connect(ClientOptions{Kubeconfig: c.Kubeconfig()})
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReviewer(client)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, token, path string
		known, allowed    bool
	}{
		{"an account with the right", token("prometheus"), "/metrics", true, true},
		{"the same account, for another path", token("prometheus"), "/debug", true, false},
		{"an account without it", token("other"), "/metrics", true, false},
		{"whoever has the ClusterRole that is shipped", token("reader"), "/status", true, true},
		{"the same, for metrics", token("reader"), "/metrics", true, false},
		{"nobody", "guess", "/metrics", false, false},
	} {
		known, allowed, err := r.Review(t.Context(), tt.token, tt.path)
		if err != nil || known != tt.known || allowed != tt.allowed {
			t.Errorf("%s: known %t, allowed %t, error %v", tt.name, known, allowed, err)
		}
	}
}
