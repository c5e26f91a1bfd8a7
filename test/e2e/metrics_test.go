package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"frr-speaker/internal/bgp"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// metricsAddr is where frr-reloader of a node serves its metrics.
const metricsAddr = "127.0.0.1:9121"

// scrape reads the metrics of a node's frr-reloader, by name with labels.
func scrape(ctx context.Context, node *lab.Node) (map[string]string, error) {
	var conn net.Conn
	err := node.Do(func() (err error) {
		conn, err = new(net.Dialer).DialContext(ctx, "tcp4", metricsAddr)
		return err
	})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+metricsAddr+"/metrics", http.NoBody)
	if err != nil {
		return nil, err
	}
	if err := request.Write(conn); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	metrics := map[string]string{}
	in := bufio.NewScanner(response.Body)
	for in.Scan() {
		if at := strings.LastIndexByte(in.Text(), ' '); at > 0 && in.Text()[0] != '#' {
			metrics[in.Text()[:at]] = in.Text()[at+1:]
		}
	}
	if response.StatusCode != http.StatusOK {
		err = fmt.Errorf("the scrape is answered with %s", response.Status)
	}
	return metrics, errors.Join(err, in.Err())
}

// shows waits until a node's metrics have these values, "" for none at all.
func shows(t *testing.T, node *lab.Node, want map[string]string) {
	t.Helper()
	eventually(t, func() error {
		got, err := scrape(t.Context(), node)
		if err != nil {
			return err
		}
		for name, value := range want {
			if got[name] != value {
				return fmt.Errorf("%s is %q, want %q", name, got[name], value)
			}
		}
		return nil
	})
}

// MetalLB 19: the label of a peer holds the port of its connection, and is another one
// while there is none.
func TestMetalLBWeakness19LabelStaysWhenTheSessionIsDown(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		n, tor := withTor(t, version)
		n.peer(t, "nobody", "peerASN: 65001, peerAddress: 192.0.2.99, peerPort: 1179")
		shows(t, n.node, map[string]string{
			`metallb_bgp_session_up{peer="192.0.2.21:179",vrf="default"}`:                                    "1",
			`metallb_bgp_announced_prefixes_total{peer="192.0.2.21:179",vrf="default"}`:                      "1",
			`metallb_bgp_session_up{peer="192.0.2.99:1179",vrf="default"}`:                                   "0",
			`frr_speaker_bgp_session_last_reset_info{peer="192.0.2.21:179",reason="never",vrf="default"}`:    "1",
			`frr_speaker_bgp_session_flaps_total{peer="192.0.2.21:179",vrf="default"}`:                       "0",
			`frr_speaker_reload_outcome{outcome="applied"}`:                                                  "1",
			`frr_speaker_daemon_up{daemon="bgpd"}`:                                                           "1",
			`frr_speaker_frr_answers{daemon="bgpd"}`:                                                         "1",
			`frr_speaker_frr_answers{daemon="bfdd"}`:                                                         "1",
			fmt.Sprintf(`frr_speaker_frr_info{version="%s"}`, labtest.Must(lab.FindFRR(version))(t).Release): "1",
		})
		router, is := tor.(*lab.FRRRouter)
		if !is {
			t.Fatalf("%s is no FRR router", tor.Name())
		}
		if err := router.StopDaemons(t.Context()); err != nil {
			t.Fatal(err)
		}
		shows(t, n.node, map[string]string{
			`metallb_bgp_session_up{peer="192.0.2.21:179",vrf="default"}`:                                 "0",
			`metallb_bgp_session_up{peer="192.0.2.21:-1",vrf="default"}`:                                  "",
			`frr_speaker_bgp_session_flaps_total{peer="192.0.2.21:179",vrf="default"}`:                    "1",
			`frr_speaker_bgp_session_uptime_seconds{peer="192.0.2.21:179",vrf="default"}`:                 "0",
			`frr_speaker_bgp_session_last_reset_info{peer="192.0.2.21:179",reason="never",vrf="default"}`: "",
		})
	})
}

// scrapeLimit is what a scrape may take on a machine at rest, whatever the number of routes.
const scrapeLimit = 20 * time.Millisecond

// BenchmarkScrape reads all metrics of a node that announces routes to four routers.
func BenchmarkScrape(b *testing.B) {
	for _, version := range lab.FRRVersions() {
		for _, routes := range []int{0, 10_000} {
			b.Run(fmt.Sprintf("frr=%d/routes=%d", version, routes), func(b *testing.B) {
				node := announcing(b, version, routes)
				for b.Loop() {
					if _, err := scrape(b.Context(), node); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(scrapeLimit.Nanoseconds()), "ns-goal")
			})
		}
	}
}

// announcing is a node without a speaker whose routes four collectors have.
func announcing(b *testing.B, version lab.FRRVersion, routes int) *lab.Node {
	b.Helper()
	l := labtest.New(b, lab.Options{Name: "scrape"})
	network := labtest.Network(b.Context(), b, l)
	node := labtest.Must(l.NewNode(b.Context(), lab.NodeOptions{
		HostOptions: lab.HostOptions{Name: "node", Networks: lab.On(network)}, Version: version,
		ReloaderArgs: []string{"--metrics-addr=" + metricsAddr},
	}))(b)
	var peers []*lab.Collector
	var neighbors, networks, families strings.Builder
	for i := range 4 {
		o := lab.CollectorOptions{HostOptions: lab.HostOptions{Name: "peer-" + strconv.Itoa(i), Networks: lab.On(network)}}
		o.ASN, o.EndOfRIB, o.Families = 65001, true, []bgp.Family{bgp.IPv4Unicast}
		peer := labtest.Must(l.StartCollector(b.Context(), o))(b)
		peers = append(peers, peer)
		fmt.Fprintf(&neighbors, " neighbor %s remote-as 65001\n", peer.Addr4())
		fmt.Fprintf(&families, "  neighbor %s activate\n", peer.Addr4())
	}
	for i := range routes {
		fmt.Fprintf(&networks, "  network %s/32\n", netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
	text := "router bgp 64512\n no bgp ebgp-requires-policy\n no bgp network import-check\n no bgp default ipv4-unicast\n" +
		neighbors.String() + " address-family ipv4 unicast\n" + networks.String() + families.String() + " exit-address-family\nexit\n"
	if _, _, err := node.Handoff().Publish([]byte(text)); err != nil {
		b.Fatal(err)
	}
	if err := node.StartReloader(); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.Context(), 4*patience)
	defer cancel()
	for _, peer := range peers {
		if err := peer.WaitTable(ctx, node.Addr4(), routes); err != nil {
			b.Fatal(err)
		}
	}
	if err := node.AwaitApplied(ctx, 4*patience); err != nil {
		b.Fatal(err)
	}
	return node
}
