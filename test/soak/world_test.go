package soak

import (
	"context"
	"fmt"
	"net/netip"
	"testing"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"frr-speaker/internal/bgp"
	"frr-speaker/test/cluster"
	"frr-speaker/test/cluster/clustertest"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/collector"
	"frr-speaker/test/lab/labtest"
)

const (
	nodesASN = 64512
	guest    = 2 // the router whose BGPPeer comes and goes
)

// world is everything that runs.
type world struct {
	cluster *cluster.Cluster
	api     api
	network *lab.Network
	nodes   []*lab.Node      // one on each FRR
	routers []*lab.Collector // two, and the guest
	model   *model
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{cluster: clustertest.New(t, cluster.Options{})}
	kubectl := func(stdin string, args ...string) { clustertest.Kubectl(t, w.cluster, stdin, args...) }
	kubectl("", "apply", "-k", "../../deploy/frr-mode/crds")
	kubectl("", "wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
	kubectl("", "create", "namespace", namespace)
	kubectl("", "apply", "-f", "../../deploy/frr-mode/rbac/speaker.yaml")
	kubectl(pool, "apply", "-f", "-")
	account, err := w.cluster.ServiceAccount(ctx, namespace, "speaker")
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", w.cluster.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	if w.api.client, err = dynamic.NewForConfig(config); err != nil {
		t.Fatal(err)
	}

	l := labtest.New(t, lab.Options{Name: "soak"})
	w.network = labtest.Network(ctx, t, l)
	for i, name := range []string{"tor-a", "tor-b", "guest"} {
		router := labtest.Must(l.StartCollector(ctx, lab.CollectorOptions{
			HostOptions: lab.HostOptions{Name: name, Networks: lab.On(w.network)}, Options: collector.Options{ASN: bgp.ASN(65001 + i)},
		}))(t)
		w.routers = append(w.routers, router)
		if i != guest {
			if err := w.writePeer(ctx, router); err != nil {
				t.Fatal(err)
			}
		}
	}
	var names []string
	for i, version := range lab.FRRVersions() {
		name := fmt.Sprintf("node-%d", i+1)
		names = append(names, name)
		if err := w.api.writeNode(ctx, name, false); err != nil {
			t.Fatal(err)
		}
		w.nodes = append(w.nodes, labtest.Must(l.NewNode(ctx, lab.NodeOptions{
			HostOptions: lab.HostOptions{Name: name, Networks: lab.On(w.network)}, Version: version,
			SpeakerArgs: []string{"--kubeconfig", account, "--metrics=http"},
		}))(t))
	}
	w.model = newModel(names)
	clustertest.StartNodes(t, w.cluster, w.nodes)
	return w
}

const pool = `apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: public, namespace: metallb-system}
spec: {addresses: [198.18.0.0/15]}
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: {name: public, namespace: metallb-system}
spec: {ipAddressPools: [public]}
`

func (w *world) writePeer(ctx context.Context, router *lab.Collector) error {
	return w.api.writePeer(ctx, router.Name(), router.ASN(), router.Addr4())
}

// listening are the routers that have a BGPPeer.
func (w *world) listening() []*lab.Collector {
	if w.model.guest {
		return w.routers
	}
	return w.routers[:guest]
}

// meant is what every node is to announce now.
func (w *world) meant() map[string]map[netip.Prefix]bool {
	meant := map[string]map[netip.Prefix]bool{}
	for _, node := range w.nodes {
		meant[node.Name()] = w.model.routes(node.Name())
	}
	return meant
}
