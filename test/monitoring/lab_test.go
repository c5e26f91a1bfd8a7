package monitoring

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// patience is how long a test waits for one thing, on a busy machine.
const patience = 60 * time.Second

// objects are those of a node with a router and a service by both protocols.
const objects = `apiVersion: v1
kind: Node
metadata: {name: node-1, labels: {kubernetes.io/hostname: node-1}}
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
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: public, namespace: metallb-system}
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: tor, namespace: metallb-system}
spec: {myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.1, bfdProfile: quick}
---
apiVersion: metallb.io/v1beta1
kind: BFDProfile
metadata: {name: quick, namespace: metallb-system}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {type: LoadBalancer, ports: [{port: 80}]}
status: {loadBalancer: {ingress: [{ip: 198.51.100.10}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [10.244.1.9], nodeName: node-1, conditions: {ready: true}}]
`

// scene is a node, its router, and the host that watches them.
type scene struct {
	node    *lab.Node
	tor     *lab.FRRRouter
	desk    *lab.Host
	objects string // directory
}

const version = lab.FRR10

func newScene(t *testing.T) scene {
	t.Helper()
	l := labtest.New(t, lab.Options{})
	network := labtest.Must(l.NewNetwork(t.Context(), lab.NetworkOptions{Name: "fabric", Prefix4: netip.MustParsePrefix("192.0.2.0/24")}))(t)
	at := func(name string, number byte) lab.HostOptions {
		return lab.HostOptions{Name: name, Networks: []lab.Attachment{{Network: network, Addr4: netip.AddrFrom4([4]byte{192, 0, 2, number})}}}
	}
	s := scene{objects: filepath.Join(l.Dir(), "objects")}
	if err := os.Mkdir(s.objects, 0o755); err != nil {
		t.Fatal(err)
	}
	s.write(t, "objects.yaml", objects)
	host := at("node-1", 11)
	s.tor = labtest.Must(l.StartFRRRouter(t.Context(), version, lab.RouterOptions{
		HostOptions: at("tor", 1), ASN: 65001, Neighbors: []lab.Neighbor{{Addr: host.Networks[0].Addr4, ASN: 64512, Passive: true, BFD: true}},
	}))(t)
	s.node = labtest.Must(l.StartNode(t.Context(), lab.NodeOptions{
		HostOptions: host, Version: version, ObjectsDir: s.objects,
		SpeakerArgs:  []string{"--host=0.0.0.0", "--ml-bindaddr=192.0.2.11", "--members=192.0.2.11"},
		ReloaderArgs: []string{"--metrics-addr=:9121"},
	}))(t)
	s.desk = labtest.Must(l.NewHost(t.Context(), at("desk", 100)))(t)
	if err := lab.AwaitSessions(t.Context(), patience, s.tor, s.node.Addr4()); err != nil {
		t.Fatal(err)
	}
	return s
}

// write puts an object file at once, as an editor does.
func (s scene) write(t *testing.T, name, text string) {
	t.Helper()
	draft := filepath.Join(s.objects, "."+name)
	if err := os.WriteFile(draft, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(draft, filepath.Join(s.objects, name)); err != nil {
		t.Fatal(err)
	}
}

func eventually(t *testing.T, check func() error) {
	t.Helper()
	if err := lab.Eventually(t.Context(), patience, check); err != nil {
		t.Fatal(err)
	}
}

// answers waits until a query has an answer.
func (p *server) answers(t *testing.T, expr string) {
	t.Helper()
	eventually(t, func() error {
		result, err := p.query(t.Context(), expr)
		if err != nil {
			return err
		}
		for _, one := range result {
			if one.Value[1] != "NaN" { // as of a histogram that counted nothing
				return nil
			}
		}
		return fmt.Errorf("no data for %s", expr)
	})
}

// fires waits until an alert fires or, with want false, does not any more.
func (p *server) fires(t *testing.T, name string, want bool) {
	t.Helper()
	eventually(t, func() error {
		all, err := p.firing(t.Context())
		if err != nil {
			return err
		}
		for _, a := range all {
			if a.Labels["alertname"] == name {
				if !want {
					return fmt.Errorf("%s fires: %v", name, a.Labels)
				}
				return nil
			}
		}
		if want {
			return fmt.Errorf("%s does not fire; these do: %v", name, all)
		}
		return nil
	})
}

// What a dashboard asks with the choices that Grafana fills in.
func filled(expr string) string {
	return strings.NewReplacer("$__rate_interval", "1m", "$instance", ".*").Replace(expr)
}

func TestPrometheusScrapesANode(t *testing.T) {
	s := newScene(t)
	p, err := startPrometheus(s.desk, s.node, files+"/rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, job := range []string{"speaker", "frr-reloader"} {
		p.answers(t, `up{job="`+job+`"} == 1`)
	}
	p.answers(t, `metallb_bgp_session_up{peer="192.0.2.1:179",vrf="default"} == 1`)
	p.answers(t, `metallb_bfd_session_up{peer="192.0.2.1",vrf="default"} == 1`)
	p.answers(t, `metallb_speaker_announced{service="default/web",protocol="bgp"} == 1`)

	// A change, for the histograms that only count what happens.
	s.write(t, "more.yaml", strings.NewReplacer("name: web", "name: more", "100.10", "100.11").Replace(objects[strings.Index(objects, "apiVersion: v1\nkind: Service"):]))
	p.answers(t, "metallb_bgp_announced_prefixes_total == 2")
	for panel, queries := range readDashboard(t).queries() {
		for _, expr := range queries {
			t.Run(panel, func(t *testing.T) { p.answers(t, filled(expr)) })
		}
	}

	quiet, err := p.firing(t.Context())
	if err != nil || len(quiet) != 0 {
		t.Errorf("with all well these fire: %v, error %v", quiet, err)
	}
	if err := s.tor.StopDaemons(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.fires(t, "MetalLBBGPSessionDown", true)
	p.fires(t, "FRRSpeakerBFDSessionDown", true)
	if err := s.tor.StartDaemons(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.fires(t, "MetalLBBGPSessionDown", false)
	p.fires(t, "FRRSpeakerBFDSessionDown", false)
	p.answers(t, `metallb_bgp_session_up{peer="192.0.2.1:179",vrf="default"} == 1`)
	p.answers(t, `metallb_bfd_session_down_events{peer="192.0.2.1",vrf="default"} >= 1`)
}

// The page of a real node, as its users get it.
func TestStatusPageOfANode(t *testing.T) {
	pageOf(t, newScene(t))
}

// pageOf brings a node to where its page has something of everything, and checks that.
func pageOf(t *testing.T, s scene) {
	t.Helper()
	s.write(t, "more.yaml", `apiVersion: v1
kind: Service
metadata: {name: nowhere, namespace: default}
spec: {type: LoadBalancer, ports: [{port: 80}]}
status: {loadBalancer: {ingress: [{ip: 198.51.100.20}]}}
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: locked, namespace: metallb-system}
spec: {myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.77, password: hunter2}
`)
	eventually(t, func() error {
		page, err := get(t.Context(), s.desk, s.node.Addr4().String()+":9120", "/status")
		if err != nil {
			return err
		}
		if strings.Contains(string(page), "hunter2") {
			return lab.Permanent(fmt.Errorf("the page shows a password"))
		}
		for _, want := range []string{
			"Established", "default/web", "announced", "default/nowhere", "noEndpoints", "192.0.2.77 password [redacted]",
			"198.51.100.10", ">applied<", "1 of 1", "FRR 10.",
		} {
			if !strings.Contains(string(page), want) {
				return fmt.Errorf("the page lacks %q", want)
			}
		}
		return nil
	})
}
