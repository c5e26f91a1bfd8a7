package simulate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/objects"
)

const shared = `apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: gold}
spec: {addresses: [198.51.100.0/24]}
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: lan}
spec: {nodeSelectors: [{matchLabels: {lan: "yes"}}]}
`

// cluster has three nodes on a network, and services that are served from one of them each.
func cluster(t *testing.T, services ...string) intent.Objects {
	t.Helper()
	text := shared
	for _, node := range []string{"node-a", "node-b", "node-c"} {
		text += fmt.Sprintf("---\napiVersion: v1\nkind: Node\nmetadata: {name: %s, labels: {lan: \"yes\"}}\n", node)
	}
	for i, s := range services {
		node, policy, _ := strings.Cut(s, " ")
		text += fmt.Sprintf("---\napiVersion: v1\nkind: Service\nmetadata: {name: s%d, namespace: default}\nspec: {type: LoadBalancer, externalTrafficPolicy: %s}\n"+
			"status: {loadBalancer: {ingress: [{ip: 198.51.100.%d}]}}\n", i, policy, 10+i)
		text += fmt.Sprintf("---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: s%d-1, namespace: default, labels: {kubernetes.io/service-name: s%d}}\n"+
			"addressType: IPv4\nendpoints:\n- {addresses: [10.0.0.1], nodeName: node-%s}\n- {addresses: [10.0.0.2], nodeName: node-c}\n", i, i, node)
	}
	o, problems := objects.Decode("cluster.yaml", []byte(text), objects.Options{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return o
}

func parse(o intent.Objects) *intent.Intent {
	in, _ := intent.Parse(o, intent.Options{}, nil)
	return in
}

// text prints moves as "s0 layer2: node-a > node-b (why)".
func text(moves []Move) []string {
	var out []string
	for _, m := range moves {
		line := fmt.Sprintf("%s %s: %s > %s", m.Service, m.Protocol, strings.Join(m.Before, ","), strings.Join(m.After, ","))
		if m.Lost {
			line += " lost"
		}
		if m.Why != "" {
			line += " (" + m.Why + ")"
		}
		out = append(out, line)
	}
	return out
}

func TestMoves(t *testing.T) {
	drain := func(o intent.Objects) (intent.Objects, error) { return Drain(o, "node-a") }
	for _, tt := range []struct {
		name  string
		alter func(intent.Objects) (intent.Objects, error)
		want  []string
	}{
		{
			"the addresses of a lost node go to others, and only those", func(o intent.Objects) (intent.Objects, error) { return Lose(o, "node-a") },
			[]string{"default/s0 layer2: node-a > node-b", "default/s3 layer2: node-a > node-c"},
		},
		{"with policy Local an address goes to where pods are left", drain, []string{"default/s3 layer2: node-a > node-c (noLocalEndpoints)"}},
		{
			"a label may take a node out of elections",
			func(o intent.Objects) (intent.Objects, error) {
				return Relabel(o, "node-a", []string{"lan=no", "unused-"})
			},
			[]string{"default/s0 layer2: node-a > node-b (noMatchingAdvertisement)", "default/s3 layer2: node-a > node-c (noMatchingAdvertisement)"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := cluster(t, "a Cluster", "a Cluster", "a Cluster", "a Local")
			was := parse(before)
			after, err := tt.alter(before)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, text(Compare(was, parse(after)).Moves)); diff != "" {
				t.Errorf("moves (-want +got):\n%s", diff)
			}
			if again := Compare(was, parse(before)); len(again.Moves)+len(again.Nodes) > 0 {
				t.Errorf("the objects that were altered are others now: %+v", again)
			}
		})
	}
}

func TestNothingMovesBetweenEqualObjects(t *testing.T) {
	in := parse(cluster(t, "a Cluster", "b Local"))
	if got := Compare(in, in); len(got.Moves)+len(got.Nodes) > 0 {
		t.Errorf("changes: %+v", got)
	}
}

func TestAServiceThatIsDeletedIsNotLost(t *testing.T) {
	one, two := cluster(t, "a Cluster"), cluster(t, "a Cluster", "a Cluster")
	moves := Compare(parse(two), parse(one)).Moves
	if len(moves) != 1 || moves[0].Lost || moves[0].Service != "default/s1" {
		t.Errorf("moves %+v, want one of default/s1 that is not lost", moves)
	}
}
