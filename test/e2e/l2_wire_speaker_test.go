package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// lanObjects are a node and a service with an address of each family, announced by L2.
const lanObjects = `apiVersion: v1
kind: Node
metadata: {name: solo}
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: lan, namespace: metallb-system}
spec: {addresses: [%[1]s/32, %[2]s/128]}
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
endpoints: [{addresses: [10.244.1.9], nodeName: solo, conditions: {ready: true}}]
`

func TestL2SpeakerAloneAnswersAndGoesOnWhileItStops(t *testing.T) {
	l := newLAN(t)
	objects, exclude := filepath.Join(l.lab.Dir(), "objects"), filepath.Join(l.lab.Dir(), "excludel2.yaml")
	for name, text := range map[string]string{
		filepath.Join(objects, "lan.yaml"): fmt.Sprintf(lanObjects, l.vip4(), l.vip6()),
		exclude:                            "announcedInterfacesToExclude: [^eth]\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	node := labtest.Must(l.lab.NewNode(t.Context(), lab.NodeOptions{
		HostOptions: lab.HostOptions{Name: "solo", Networks: lab.On(l.network)}, Version: lab.FRRVersions()[0],
		ObjectsDir: objects, SpeakerArgs: []string{"--l2-exclude-file", exclude},
	}))(t)
	host := &lanNode{Host: node.Host}
	for _, setting := range []string{"arp_ignore", "arp_announce"} {
		host.sysctl(t, "net/ipv4/conf/all/"+setting, "2")
	}
	host.serve(t, l.vip4(), l.vip6())
	if err := node.StartSpeaker(); err != nil { // and no frr-reloader
		t.Fatal(err)
	}
	expectMetric(t, node.Host, "frr_speaker_layer2_addresses_failed 2") // the link is excluded

	if err := os.WriteFile(exclude, []byte("announcedInterfacesToExclude: [^docker]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	expectMetric(t, node.Host, "frr_speaker_layer2_addresses_answered 2")
	if who, err := reach(t.Context(), l.client, l.vip6()); err != nil || who != "solo" {
		t.Errorf("%v is served by %q, %v", l.vip6(), who, err)
	}
	s := startStream(t, l.client, l.vip4(), 10*time.Millisecond)
	s.await(t, 50)
	for _, line := range []string{
		fmt.Sprintf(`metallb_layer2_requests_received{ip="%s"} 1`, l.vip4()),
		fmt.Sprintf(`metallb_layer2_responses_sent{ip="%s"} 1`, l.vip4()),
		fmt.Sprintf(`metallb_layer2_gratuitous_sent{ip="%s"} `, l.vip4()),
		fmt.Sprintf(`metallb_layer2_responses_sent{ip="%s"} 1`, l.vip6()),
	} {
		expectMetric(t, node.Host, line)
	}

	before, watch := time.Now(), lab.StartStopwatch()
	if err := node.StopSpeaker(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(before); took < time.Second || watch.Elapsed() > 4*time.Second {
		t.Errorf("speaker stops after %v; nobody takes over, so it waits 1.5 s", took)
	}
	if code := node.Speaker().ExitCode(); code != 0 {
		t.Errorf("speaker exits with %d", code)
	}
	if lost := s.lost(t); lost != 0 {
		t.Errorf("%d of %d packets are lost", lost, s.sent.Load())
	}
}

// expectMetric waits until a line of a node's metrics begins so.
func expectMetric(t *testing.T, h *lab.Host, begin string) {
	t.Helper()
	eventually(t, func() error {
		_, text, err := askSpeaker(h, "/metrics")
		if err == nil && !strings.Contains("\n"+text, "\n"+begin) {
			err = fmt.Errorf("%s has no metric %s", h.Name(), begin)
		}
		return err
	})
}

// askSpeaker gets a page of the speaker on a node.
func askSpeaker(h *lab.Host, path string) (code int, text string, err error) {
	var conn net.Conn
	err = h.Do(func() (err error) {
		conn, err = net.Dial("tcp", "127.0.0.1:9120")
		return err
	})
	if err != nil {
		return 0, "", err
	}
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}}
	response, err := client.Get("http://127.0.0.1:9120" + path)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}
