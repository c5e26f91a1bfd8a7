package status

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/kube"
	"frr-speaker/internal/status"
)

const shop = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: LoadBalancer
  ports: [{port: 80}]
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: tor-a, namespace: metallb-system}
spec: {myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.1}
`

func testEvents(t *testing.T, b *bench) {
	b.nodes(t, "node-1")
	b.kubectl(t, shop, "apply", "-f", "-")
	writer, _ := b.writer(t, "node-1")
	writer.Set(status.Build(b.facts("node-1", "web")))
	b.shows(t, "Valid", "get", "configurationstate", "-n", namespace, "speaker-node-1", "-o", "jsonpath={.status.result}")
	r, err := kube.NewEventRecorder(b.client, kube.EventOptions{Node: "node-1", UID: writer.UID, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	run(t, r.Run)
	web := status.Event{Object: serviceRef("web"), Reason: status.EventNodeAssigned, Message: `announcing from node "node-1" with protocol "bgp"`}
	web.UID = b.uid(t, "service", "shop", "web")
	lost := status.Event{
		Object: intent.Ref{Kind: "BGPPeer", Namespace: namespace, Name: "tor-a"}, Warning: true, Reason: status.ReasonSessionDown,
		Message: `session of node "node-1" with 192.0.2.1 went down: Hold Timer Expired`, UID: b.uid(t, "bgppeer", namespace, "tor-a"),
	}
	failed := status.Event{
		Object:  intent.Ref{Kind: "ConfigurationState", Namespace: namespace, Name: "speaker-node-1"},
		Warning: true, Reason: status.ReasonRolledBack, Message: "FRR refused a line " + strings.Repeat("é", 2000),
	}
	r.Record([]status.Event{web, lost, failed}, 1)
	for _, tt := range []struct{ namespace, kind, name, want string }{
		{"shop", "service", "web", `announcing from node "node-1" with protocol "bgp"`},
		{namespace, "bgppeer", "tor-a", `session of node "node-1" with 192.0.2.1 went down: Hold Timer Expired`},
		{namespace, "configurationstate", "speaker-node-1", "FRR refused a line"},
	} {
		eventually(t, func() string {
			got := b.kubectl(t, "", "describe", tt.kind, "-n", tt.namespace, tt.name)
			_, events, _ := strings.Cut(got, "\nEvents:")
			if !strings.Contains(events, tt.want) || !strings.Contains(events, "metallb-speaker ") {
				return "kubectl describe " + tt.kind + " prints " + got
			}
			return ""
		})
	}

	t.Run("one that happens again is counted", func(t *testing.T) {
		for range 3 {
			r.Record([]status.Event{web}, 1)
		}
		b.shows(t, "4 nodeAssigned Normal", "get", "events", "-n", "shop", "-o", "jsonpath={range .items[*]}{.count} {.reason} {.type}{end}")
	})
	t.Run("one object gets so many", func(t *testing.T) {
		var many []status.Event
		for i := range 100 {
			flapping := lost
			flapping.Message = fmt.Sprintf("loss %d", i)
			many = append(many, flapping)
		}
		r.Record(many, 1)
		r.Record([]status.Event{web}, 1)
		b.shows(t, "5 nodeAssigned Normal", "get", "events", "-n", "shop", "-o", "jsonpath={range .items[*]}{.count} {.reason} {.type}{end}")
		got := b.kubectl(t, "", "get", "events", "-n", namespace, "--field-selector=reason=sessionDown", "--no-headers", "-o", "custom-columns=M:.message")
		if n := strings.Count(got, "\n"); n != 25 {
			t.Errorf("%d Events about one peer, want 25", n)
		}
	})
	t.Run("what was recorded while the API server was away is written when it is back", func(t *testing.T) {
		if err := b.KillAPIServer(); err != nil {
			t.Fatal(err)
		}
		gone := web
		gone.Reason = status.EventNodeWithdrawn
		r.Record([]status.Event{gone}, 1)
		if err := b.StartAPIServer(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.shows(t, "nodeWithdrawn", "get", "events", "-n", "shop", "--field-selector=reason=nodeWithdrawn", "-o", "jsonpath={.items[*].reason}")
	})
}

func (b *bench) uid(t *testing.T, kind, namespace, name string) types.UID {
	t.Helper()
	return types.UID(b.kubectl(t, "", "get", kind, "-n", namespace, name, "-o", "jsonpath={.metadata.uid}"))
}
