package speaker

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/intent"
)

func peerAt(address string) intent.Objects {
	return intent.Objects{Peers: []*v1beta2.BGPPeer{{
		ObjectMeta: metav1.ObjectMeta{Namespace: intent.DefaultNamespace, Name: "tor"},
		Spec:       v1beta2.BGPPeerSpec{MyASN: 64512, ASN: 65001, Address: address},
	}}}
}

// told lets a memory keep what a pass over some objects comes to, and returns what was written.
func told(t *testing.T, m *Memory, objs intent.Objects) string {
	t.Helper()
	want, problems := intent.Parse(objs, intent.Options{}, m.Recall(intent.Options{}))
	m.Observe(Report{Objects: objs, Intent: want, Refused: problems})
	m.keep()
	content, err := os.ReadFile(m.Dir.Path(handoff.ObjectsFile))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestMemory(t *testing.T) {
	dir := handoff.Dir(t.TempDir())
	log := slog.New(slog.DiscardHandler)
	if last := NewMemory(dir, log).Recall(intent.Options{}); last != nil {
		t.Errorf("a speaker that never ran recalls %+v", last)
	}
	valid := told(t, NewMemory(dir, log), peerAt("192.0.2.1"))
	for range 2 { // it restarts, and again, while the peer is invalid
		if now := told(t, NewMemory(dir, log), peerAt("nonsense")); now != valid {
			t.Errorf("what is kept of an invalid peer is\n%s, not\n%s", now, valid)
		}
		last := NewMemory(dir, log).Recall(intent.Options{})
		if len(last.Peers) != 1 || last.Peers[0].Session.Addr.String() != "192.0.2.1" {
			t.Errorf("it recalls %+v, not the peer at 192.0.2.1", last.Peers)
		}
	}
	if now := told(t, NewMemory(dir, log), intent.Objects{}); strings.Contains(now, "192.0.2.1") {
		t.Errorf("a peer that is deleted is kept:\n%s", now)
	}
}

func TestMemoryThatCannotBeRead(t *testing.T) {
	dir := handoff.Dir(t.TempDir())
	if err := dir.WriteObjects([]byte(`{"Peers": [{`)); err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	m := NewMemory(dir, slog.New(slog.NewJSONHandler(&logged, nil)))
	if last := m.Recall(intent.Options{}); last != nil {
		t.Errorf("it recalls %+v", last)
	}
	if !strings.Contains(logged.String(), "cannot recall what objects meant before") {
		t.Errorf("nothing is said of it: %s", logged.String())
	}
	if now := told(t, m, peerAt("192.0.2.1")); !strings.Contains(now, "192.0.2.1") {
		t.Errorf("the file is not replaced:\n%s", now)
	}
}

// The volume may be full for a while, and the file is written all the same in the end.
func TestMemoryIsWrittenWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := handoff.Dir(t.TempDir())
		m := NewMemory(dir, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- m.Run(ctx) }()
		see := func(address string) {
			objs := peerAt(address)
			want, problems := intent.Parse(objs, intent.Options{}, nil)
			m.Observe(Report{Objects: objs, Intent: want, Refused: problems})
		}
		holds := func(address string) {
			t.Helper()
			content, err := dir.ReadObjects()
			if err != nil || !strings.Contains(string(content), address) {
				t.Errorf("the file holds %s, %v, not %s", content, err, address)
			}
		}
		see("192.0.2.1")
		time.Sleep(memoryPause / 2)
		holds("192.0.2.1")
		see("192.0.2.2")
		see("192.0.2.3")
		time.Sleep(memoryPause)
		holds("192.0.2.3")
		m.Observe(Report{}) // the objects are not all there
		see("192.0.2.4")
		cancel()
		if err := <-done; err != nil {
			t.Errorf("it ends with %v", err)
		}
		holds("192.0.2.4")
	})
}

// That a node has no use for an object does not make it one that is to be kept as it was.
func TestMemoryFollowsObjectsOfWhatIsOff(t *testing.T) {
	for _, tt := range []struct {
		name string
		off  func(*Speaker)
	}{
		{"layer 2", func(s *Speaker) { s.L2Off = true }},
		{"BGP", func(s *Speaker) { s.BGPOff = true }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log := slog.New(slog.DiscardHandler)
			m, source := NewMemory(handoff.Dir(t.TempDir()), log), newFakeSource()
			agent := Speaker{
				Node: "node-1", Source: source, Log: log, Metrics: NewMetrics(prometheus.NewRegistry()), Observe: m.Observe,
				reader: intent.NewReader(), decider: announce.NewDecider(),
			}
			tt.off(&agent)
			said := newReporter(log, "node-1")
			var last *intent.Intent
			for _, addresses := range []string{"198.51.100.0/24", "203.0.113.0/24"} {
				objs := announcedByBoth()
				objs.Pools[0].Spec.Addresses = []string{addresses}
				source.put(objs, true)
				last = agent.pass(last, said)
				m.keep()
				content, err := m.Dir.ReadObjects()
				if err != nil || !strings.Contains(string(content), addresses) {
					t.Errorf("it keeps %s, %v, not the pool with %s", content, err, addresses)
				}
			}
		})
	}
}

func TestMemoryKeepsTheSecretsOfPeersAlone(t *testing.T) {
	secret := func(name string) *corev1.Secret {
		return &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: intent.DefaultNamespace, Name: name},
			Type:       corev1.SecretTypeBasicAuth, Data: map[string][]byte{"password": []byte("hidden")},
		}
	}
	objs := peerAt("192.0.2.1")
	objs.Peers[0].Spec.PasswordSecret.Name = "tor"
	objs.Secrets = []*corev1.Secret{secret("tor"), secret("other")}
	dir := handoff.Dir(t.TempDir())
	now := told(t, NewMemory(dir, slog.New(slog.DiscardHandler)), objs)
	if strings.Contains(now, `"other"`) || strings.Count(now, "aGlkZGVu") != 1 {
		t.Errorf("it keeps\n%s", now)
	}
	info, err := os.Stat(dir.Path(handoff.ObjectsFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the file: %v, %v", info.Mode(), err)
	}
}
