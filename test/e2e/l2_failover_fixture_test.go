package e2e

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"frr-speaker/internal/l2"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// election is a network with a client and nodes on which speaker runs, which are
// members by way of a network of their own. All of them serve one address of each
// family, and one answers for both.
type election struct {
	*lan
	members *lab.Network
	nodes   []*lab.Node
}

func startElection(t *testing.T, nodes int) *election {
	t.Helper()
	e := &election{lan: newLAN(t)}
	e.members = labtest.Network(t.Context(), t, e.lab)
	dir := filepath.Join(e.lab.Dir(), "objects")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "all.yaml"), []byte(e.objects(nodes)), 0o600); err != nil {
		t.Fatal(err)
	}
	var peers []string
	for i := range nodes {
		peers = append(peers, e.memberAddr(i).String())
	}
	for i := range nodes {
		n := labtest.Must(e.lab.NewNode(t.Context(), lab.NodeOptions{
			HostOptions: lab.HostOptions{
				Name:     nodeName(i),
				Networks: []lab.Attachment{{Network: e.network}, {Network: e.members, Addr4: e.memberAddr(i)}},
			},
			Version: lab.FRRVersions()[0], ObjectsDir: dir,
			SpeakerArgs: []string{"--ml-bindaddr", peers[i], "--members", strings.Join(peers, ",")},
		}))(t)
		host := lanNode{Host: n.Host}
		for _, setting := range []string{"arp_ignore", "arp_announce"} {
			host.sysctl(t, "net/ipv4/conf/all/"+setting, "2")
		}
		host.serve(t, e.vip4(), e.vip6())
		e.nodes = append(e.nodes, n)
		if err := n.StartSpeaker(); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func nodeName(i int) string { return "node-" + strconv.Itoa(i+1) }

func (e *election) memberAddr(i int) netip.Addr {
	b := e.members.Prefix4().Addr().As4()
	b[3] = byte(101 + i)
	return netip.AddrFrom4(b)
}

func (e *election) objects(nodes int) string {
	var b strings.Builder
	for i := range nodes {
		fmt.Fprintf(&b, "apiVersion: v1\nkind: Node\nmetadata: {name: %s}\n---\n", nodeName(i))
	}
	fmt.Fprintf(&b, `apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: lan, namespace: metallb-system}
spec: {addresses: [%[1]s/32, "%[2]s/128"]}
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: lan, namespace: metallb-system}
spec: {interfaces: [eth0]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {type: LoadBalancer, ports: [{port: 80}]}
status: {loadBalancer: {ingress: [{ip: %[1]s}, {ip: "%[2]s"}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [10.244.1.9], nodeName: node-1, conditions: {ready: true}}]
`, e.vip4(), e.vip6())
	return b.String()
}

// ranked lists the nodes in the order in which they are elected, by the rule alone.
func (e *election) ranked() []*lab.Node {
	var order []*lab.Node
	rest := map[string]*lab.Node{}
	for _, n := range e.nodes {
		rest[n.Name()] = n
	}
	for len(rest) > 0 {
		var candidates []l2.Candidate
		for name := range rest {
			candidates = append(candidates, l2.Candidate{Node: name})
		}
		first, _ := l2.Elect(candidates, e.vip4())
		order = append(order, rest[first])
		delete(rest, first)
	}
	return order
}

// answeredBy waits until the client's kernel has both addresses at a node, and says
// how long that took on a machine that has time.
func (e *election) answeredBy(t *testing.T, n *lab.Node) time.Duration {
	t.Helper()
	watch, want := lab.StartStopwatch(), mac(t, n.Host, "eth0")
	for _, addr := range []netip.Addr{e.vip4(), e.vip6()} {
		expectNeighbor(t, e.client, "eth0", addr, want)
	}
	return watch.Elapsed()
}

// known makes the client's kernel ask for both addresses.
func (e *election) known(t *testing.T) {
	t.Helper()
	for _, addr := range []netip.Addr{e.vip4(), e.vip6()} {
		eventually(t, func() error {
			_, err := reach(t.Context(), e.client, addr)
			return err
		})
	}
}

// metric adds up a metric that a node's speaker shows, over the series whose labels
// hold a text.
func metric(n *lab.Node, name, label string) (float64, error) {
	var conn net.Conn
	err := n.Do(func() (err error) { conn, err = net.DialTimeout("tcp", "127.0.0.1:9120", time.Second); return err })
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET /metrics HTTP/1.0\r\n\r\n")); err != nil {
		return 0, err
	}
	var sum float64
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		series, value, _ := strings.Cut(lines.Text(), " ")
		if (series != name && !strings.HasPrefix(series, name+"{")) || !strings.Contains(series, label) {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, lines.Err()
}
