package explain

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/cli"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/objects"
	"frr-speaker/internal/reloader/frrmetrics"
	"frr-speaker/internal/speaker"
	"frr-speaker/internal/status"
)

// noon is when the cluster is as it was before; a minute later everything has been seen.
func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// node is what one node makes of it all.
type node struct {
	name   string
	intent *intent.Intent
	facts  status.Facts
	memory status.Memory
}

// play lets every node go from before to now, and returns what each of the places says
// where people look.
func (w *way) play(t *testing.T) map[string]string {
	t.Helper()
	before := "before.yaml"
	if _, has := w.section(before); !has {
		before = "objects.yaml"
	}
	last, nodes := w.decide(t, before, nil, nil)
	w.observe(t, nodes, noon(), false)
	_, nodes = w.decide(t, "objects.yaml", last, nodes)
	events := w.observe(t, nodes, noon().Add(time.Second), true)
	events = append(events, w.observe(t, nodes, noon().Add(time.Minute), true)...)
	return map[string]string{
		"explain": w.explain(t, nodes, events),
		"events":  eventText(events),
		"status":  statusText(nodes),
		"metrics": metricText(t, nodes),
		"page":    pageText(t, nodes),
	}
}

// decide is one pass of the speaker on every node.
func (w *way) decide(t *testing.T, section string, last *intent.Intent, nodes []*node) (*intent.Intent, []*node) {
	t.Helper()
	objs, unread := objects.DecodeAll(w.texts(t, section), objects.Options{})
	want, problems := intent.Parse(objs, intent.Options{}, last)
	fit, unfit := speaker.Sift(want)
	for i, n := range fit.Nodes {
		if len(nodes) <= i {
			nodes = append(nodes, &node{name: n.Name})
		}
		state := announce.Decide(fit, n.Name)
		nodes[i].intent, nodes[i].facts.State = fit, &state
		nodes[i].facts.Problems = intent.SortProblems(slices.Concat(unread, problems, unfit, state.Problems))
		nodes[i].facts.Silences = status.Silences(fit, state)
		nodes[i].facts.Nodes = len(fit.Nodes)
	}
	return want, nodes
}

// told is an Event, and the node that tells it.
type told struct {
	node string
	status.Event
}

// observe has every node look at what is known at a moment. What is wrong with FRR and
// with links is wrong only later.
func (w *way) observe(t *testing.T, nodes []*node, at time.Time, later bool) []told {
	t.Helper()
	var all []told
	for _, n := range nodes {
		f := &n.facts
		f.Namespace, f.Node, f.Now = "metallb-system", n.name, at
		f.Published = handoff.Version{Generation: 3, Digest: "3a7bd3e2360a3d29eea436fcfb7e44c735d117c42d1c1835420b6b9942dd4f1b"}
		f.Reload = status.Reload{Known: true, Result: well(f)}
		f.Links = nil
		if result, bad := w.result(t, n.name); bad && later {
			f.Reload.Result.Outcome, f.Reload.Result.Failures = result.Outcome, result.Failures
			if result.Sessions != nil {
				f.Reload.Result.Sessions = result.Sessions
			}
		}
		if later {
			f.Links = w.links(t, n.name)
		}
		var events []status.Event
		events, n.memory = status.Events(n.memory, *f)
		for _, e := range events {
			all = append(all, told{n.name, e})
		}
	}
	return all
}

// well is what frr-reloader reports while nothing is wrong: every session is up and has
// what it should have.
func well(f *status.Facts) handoff.Result {
	r := handoff.Result{
		Desired: f.Published, Running: f.Published, Phase: handoff.PhaseIdle, Outcome: handoff.OutcomeApplied,
		Since: noon(), Updated: f.Now, FRRVersion: "10.3",
	}
	for _, instance := range f.State.BGP.Instances {
		for _, s := range instance.Sessions {
			sent := 0
			for _, route := range instance.Routes {
				for _, export := range route.Policy.Exports {
					if export.Session == s.ID() {
						sent++
					}
				}
			}
			r.Sessions = append(r.Sessions, handoff.Session{
				VRF: "default", Neighbor: s.Neighbor(), RemoteASN: 65001, State: "Established", Since: noon().Add(-time.Hour), PrefixSent: sent,
			})
		}
	}
	return r
}

// explain runs the command line on the objects and on what nodes have written.
func (w *way) explain(t *testing.T, nodes []*node, events []told) string {
	t.Helper()
	dir := t.TempDir()
	texts := w.texts(t, "objects.yaml")
	texts["reports.yaml"] = reports(t, nodes, events)
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	exit := cli.Speaker(t.Context(), cli.Process{
		Args: []string{"explain", "--objects", dir, w.service}, Getenv: func(string) string { return "" },
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
	})
	if exit != 1 || errs.Len() > 0 {
		t.Errorf("exit status %d, want 1, and %q on standard error\n%s", exit, errs.String(), joined(texts))
	}
	return out.String()
}

// reports are the objects that the nodes have written, and the Events.
func reports(t *testing.T, nodes []*node, events []told) []byte {
	t.Helper()
	var all bytes.Buffer
	add := func(object any) {
		text, err := yaml.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString("---\n")
		all.Write(text)
	}
	for _, n := range nodes {
		o := status.Build(n.facts)
		status.SettleNode(o.Node, nil, n.facts.Now)
		status.SettleConfiguration(o.Configuration, nil, n.facts.Now)
		add(o.Node)
		add(o.Configuration)
		for _, s := range o.Services.BGP {
			add(s)
		}
		for _, s := range o.Services.L2 {
			add(s)
		}
	}
	for i, e := range events {
		at := metav1.NewTime(noon().Add(time.Duration(i) * time.Second))
		add(corev1.Event{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Event"}, ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("event-%d", i), Namespace: e.Object.Namespace},
			InvolvedObject: corev1.ObjectReference{Kind: e.Object.Kind, Namespace: e.Object.Namespace, Name: e.Object.Name},
			Reason:         e.Reason, Message: e.Message, Source: corev1.EventSource{Component: "metallb-speaker", Host: e.node}, FirstTimestamp: at, LastTimestamp: at,
		})
	}
	return all.Bytes()
}

func eventText(events []told) string {
	var list []string
	for _, e := range events {
		list = append(list, fmt.Sprintf("%s %s %s: %s", e.node, e.Object, e.Reason, e.Message))
	}
	return lines(list)
}

// statusText is what status objects say that is not well.
func statusText(nodes []*node) string {
	var list []string
	for _, n := range nodes {
		written := status.Build(n.facts).Node.Status
		for _, c := range written.NotAnnounced {
			list = append(list, fmt.Sprintf("%s notAnnounced %s %s %d", n.name, c.Protocol, c.Reason, c.Services))
		}
		for _, c := range written.Conditions {
			if c.Status != metav1.ConditionTrue {
				list = append(list, fmt.Sprintf("%s %s %s %s", n.name, c.Type, c.Status, c.Reason))
			}
		}
	}
	return lines(list)
}

// metricText is what scrapes of each node say about services that are not announced, and
// about a configuration that FRR does not run as it should.
func metricText(t *testing.T, nodes []*node) string {
	t.Helper()
	var list []string
	for _, n := range nodes {
		list = append(list, outcomes(t, n)...)
		registry := prometheus.NewRegistry()
		registry.MustRegister(&speaker.Verdicts{State: func() *announce.State { return n.facts.State }})
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			for _, m := range family.GetMetric() {
				protocol, reason := m.GetLabel()[0].GetValue(), m.GetLabel()[1].GetValue()
				if reason != announce.Announced.String() {
					list = append(list, fmt.Sprintf("%s %s{protocol=%q,reason=%q} %v", n.name, family.GetName(), protocol, reason, m.GetGauge().GetValue()))
				}
			}
		}
	}
	return lines(list)
}

// outcomes are what frr-reloader's metrics say of the last configuration, but that it was applied.
func outcomes(t *testing.T, n *node) []string {
	t.Helper()
	handler := frrmetrics.Handler(frrmetrics.Options{
		RunDir:  t.TempDir(), // without sockets: of bgpd and bfdd there is nothing to say
		Running: func() (handoff.Text, error) { return handoff.Text{Version: n.facts.Published}, nil },
		Result:  func() handoff.Result { return n.facts.Reload.Result },
		Log:     slog.New(slog.DiscardHandler),
	})
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	var list []string
	for line := range strings.Lines(w.Body.String()) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "frr_speaker_reload_outcome{") && strings.HasSuffix(line, " 1") && !strings.Contains(line, string(handoff.OutcomeApplied)) {
			list = append(list, n.name+" "+line)
		}
	}
	return list
}
