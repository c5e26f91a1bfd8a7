package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// peerWithoutFRR asks for a session on a node that has no FRR.
const peerWithoutFRR = `
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: tor, namespace: metallb-system}
spec: {myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.1}
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: {name: all, namespace: metallb-system}
`

// As a pod of one container: there is no frr-reloader, and nothing waits for one.
func TestL2WithoutFRRServesAndSaysThatBGPIsOff(t *testing.T) {
	l := newLAN(t)
	objects := filepath.Join(l.lab.Dir(), "objects")
	if err := os.MkdirAll(objects, 0o755); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(lanObjects, l.vip4(), l.vip6()) + peerWithoutFRR
	if err := os.WriteFile(filepath.Join(objects, "lan.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	node := labtest.Must(l.lab.NewNode(t.Context(), lab.NodeOptions{
		HostOptions: lab.HostOptions{Name: "solo", Networks: lab.On(l.network)}, Version: lab.FRRVersions()[0],
		ObjectsDir: objects, Env: []string{"METALLB_BGP_TYPE=none"},
	}))(t)
	host := &lanNode{Host: node.Host}
	for _, setting := range []string{"arp_ignore", "arp_announce"} {
		host.sysctl(t, "net/ipv4/conf/all/"+setting, "2")
	}
	host.serve(t, l.vip4(), l.vip6())
	if err := node.StartSpeaker(); err != nil {
		t.Fatal(err)
	}

	eventually(t, func() error {
		code, text, err := askSpeaker(node.Host, "/readyz")
		if err == nil && code != http.StatusOK {
			err = fmt.Errorf("/readyz says %d: %s", code, text)
		}
		return err
	})
	expectMetric(t, node.Host, "frr_speaker_layer2_addresses_answered 2")
	if who, err := reach(t.Context(), l.client, l.vip4()); err != nil || who != "solo" {
		t.Errorf("%v is served by %q, %v", l.vip4(), who, err)
	}
	if _, text, err := askSpeaker(node.Host, "/metrics"); err != nil || strings.Contains(text, "frr_speaker_applied_bool") {
		t.Errorf("metrics speak of what FRR runs (%v):\n%s", err, text)
	}
	if said := node.Speaker().Tail(200); !strings.Contains(said, "BGPPeer metallb-system/tor") ||
		!strings.Contains(said, "BGP is off on node solo") {
		t.Errorf("speaker does not say that BGP is off:\n%s", said)
	}
	if _, err := os.Stat(filepath.Join(node.HandoffDir(), "frr.conf")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a configuration for FRR: %v", err)
	}
}
