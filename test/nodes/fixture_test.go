package nodes

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frr-speaker/internal/bgp"
	"frr-speaker/test/cluster"
	"frr-speaker/test/cluster/clustertest"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// patience is how long a thing may take on a machine that has much else to do.
const patience = 3 * time.Minute

// site is two nodes and a router on one segment, and a client behind the router.
type site struct {
	cluster *cluster.Cluster
	nodes   []*cluster.Node
	router  *lab.FRRRouter
	client  *lab.Host
	notes   []string // rows of the table of results
}

// record is where make e2e writes what was seen.
var record = flag.String("record", "", "`file` to write results to, in Markdown")

// note keeps a result for the record.
func (s *site) note(what, result string, args ...any) {
	s.notes = append(s.notes, "| "+what+" | "+fmt.Sprintf(result, args...)+" |")
}

// writeRecord writes the results of a run, if that is asked for. A run that fails has none.
func (s *site) writeRecord(t *testing.T) {
	t.Helper()
	for _, n := range s.notes {
		t.Log(n)
	}
	if *record == "" || t.Failed() {
		return
	}
	text := "# The manifest and the images on real nodes\n\n" +
		"Written by `make e2e RECORD=1` on " + time.Now().UTC().Format(time.DateOnly) + ": two nodes with kubelet, containerd and kube-proxy in\n" +
		"network namespaces of one machine, a router that runs FRR 10, and a client behind it.\n\n" +
		"| what | result |\n| --- | --- |\n" + strings.Join(s.notes, "\n") + "\n"
	if err := os.WriteFile(*record, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// newSite builds the images, and starts all that but for the workloads.
func newSite(t *testing.T, version lab.FRRVersion) *site {
	t.Helper()
	images := buildImages(t)
	s := &site{cluster: clustertest.New(t, cluster.Options{Nodes: true})}
	l := labtest.New(t, lab.Options{})
	segment := labtest.Must(l.NewNetwork(t.Context(), lab.NetworkOptions{Name: "segment", Prefix4: netip.MustParsePrefix("192.0.2.0/24")}))(t)
	access := labtest.Must(l.NewNetwork(t.Context(), lab.NetworkOptions{Name: "access", Prefix4: netip.MustParsePrefix("203.0.113.0/24")}))(t)
	at := func(n *lab.Network, addr string) lab.Attachment {
		return lab.Attachment{Network: n, Addr4: netip.MustParseAddr(addr)}
	}

	var neighbors []lab.Neighbor
	addrs := []string{"192.0.2.11", "192.0.2.12"}
	for _, addr := range addrs {
		neighbors = append(neighbors, lab.Neighbor{
			Addr: netip.MustParseAddr(addr), ASN: 64512, Passive: true, Families: []bgp.Family{bgp.IPv4Unicast},
		})
	}
	s.router = labtest.Must(l.StartFRRRouter(t.Context(), version, lab.RouterOptions{
		HostOptions: lab.HostOptions{Name: "tor", Networks: []lab.Attachment{at(segment, "192.0.2.1"), at(access, "203.0.113.1")}},
		ASN:         65001, Neighbors: neighbors, Install: true,
	}))(t)
	s.client = labtest.Must(l.NewHost(t.Context(), lab.HostOptions{Name: "client", Networks: []lab.Attachment{at(access, "203.0.113.2")}}))(t)
	gateway(t, s.client, "203.0.113.1")
	for i, addr := range addrs {
		host := labtest.Must(l.NewHost(t.Context(), lab.HostOptions{
			Name: fmt.Sprintf("node-%d", i+1), Networks: []lab.Attachment{at(segment, addr)},
		}))(t)
		gateway(t, host, "192.0.2.1")
		other := 1 - i
		if err := host.AddRoute(netip.MustParsePrefix(fmt.Sprintf("10.244.%d.0/24", other)), netip.MustParseAddr(addrs[other])); err != nil {
			t.Fatal(err)
		}
		s.nodes = append(s.nodes, labtest.Must(s.cluster.AddNode(t.Context(), cluster.NodeOptions{
			Host: host, PodRange: netip.MustParsePrefix(fmt.Sprintf("10.244.%d.0/24", i)),
			Images: images, Sandbox: "localhost/frr-speaker/pause:test",
		}))(t))
	}
	return s
}

func gateway(t *testing.T, h *lab.Host, addr string) {
	t.Helper()
	if err := h.AddRoute(netip.MustParsePrefix("0.0.0.0/0"), netip.MustParseAddr(addr)); err != nil {
		t.Fatal(err)
	}
}

// buildImages returns the archives of all images.
func buildImages(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("../cluster/images.sh", dir).CombinedOutput(); err != nil {
		t.Fatalf("build images: %v\n%s", err, out)
	}
	archives, err := filepath.Glob(filepath.Join(dir, "*.tar"))
	if err != nil || len(archives) == 0 {
		t.Fatalf("images: %v, %v", archives, err)
	}
	return archives
}

func (s *site) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	return clustertest.Kubectl(t, s.cluster, "", args...)
}

// install applies a directory of deploy/ as it is, but for the names of images.
func (s *site) install(t *testing.T, manifest string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	base, err := filepath.Rel(dir, filepath.Join(root, manifest))
	if err != nil {
		t.Fatal(err)
	}
	text := "resources: [" + base + "]\nimages:\n"
	for shipped, built := range map[string]string{
		"frr-speaker/speaker": "speaker", "frr-speaker/frr": "frr", "frr-speaker/controller": "controller", "quay.io/frrouting/frr": "stock-frr",
	} {
		text += fmt.Sprintf("- {name: %s, newName: localhost/frr-speaker/%s, newTag: test}\n", shipped, built)
	}
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s.kubectl(t, "apply", "--server-side", "-k", dir)
	for _, workload := range []string{"deployment/controller", "daemonset/speaker"} {
		s.kubectl(t, "--namespace=metallb-system", "rollout", "status", workload, "--timeout="+patience.String())
	}
}

// apply writes objects, again for as long as the webhooks are not reached.
func (s *site) apply(t *testing.T, file string) {
	t.Helper()
	s.eventually(t, func() error {
		_, err := s.cluster.Kubectl(t.Context(), "", "apply", "-f", file)
		return err
	})
}

func (s *site) eventually(t *testing.T, check func() error) {
	t.Helper()
	if err := lab.Eventually(t.Context(), patience, check); err != nil {
		t.Fatalf("%v\n%s", err, s.podLogs(t))
	}
}

// podLogs is what the pods of the product said last.
func (s *site) podLogs(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	for _, args := range [][]string{
		{"get", "pods", "--all-namespaces", "--output=wide"},
		{"--namespace=metallb-system", "logs", "--selector=app=metallb", "--all-containers", "--prefix", "--tail=15"},
	} {
		text, err := s.cluster.Kubectl(t.Context(), "", args...)
		fmt.Fprintln(&out, text, err)
	}
	return out.String()
}

// address waits for the address of a service.
func (s *site) address(t *testing.T, service string) netip.Addr {
	t.Helper()
	var addr netip.Addr
	s.eventually(t, func() error {
		out, err := s.cluster.Kubectl(t.Context(), "", "get", "service", service, "--output=jsonpath={.status.loadBalancer.ingress[0].ip}")
		if err != nil {
			return err
		}
		addr, err = netip.ParseAddr(out)
		return err
	})
	return addr
}

// get asks for a page from a host, and returns it.
func get(ctx context.Context, from *lab.Host, addr netip.Addr) (string, error) {
	client := http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			var conn net.Conn
			err := from.Do(func() (err error) {
				conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
				return err
			})
			return conn, err
		},
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr.String()+"/", http.NoBody)
	if err != nil {
		return "", err
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return strings.TrimSpace(string(body)), err
}
