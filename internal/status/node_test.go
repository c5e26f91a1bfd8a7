package status

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"frr-speaker/internal/handoff"
)

func TestNodeState(t *testing.T) {
	for _, tt := range []struct {
		name string
		f    Facts
		want string
	}{
		{
			name: "each session tells what is wanted and what was sent",
			f:    facts(),
			want: `
conditions:
- {lastTransitionTime: null, message: "", reason: Reconciled, status: "True", type: ConfigurationValid}
- {lastTransitionTime: null, message: "", reason: applied, status: "True", type: Applied}
- {lastTransitionTime: null, message: 2 of 2 sessions are established, reason: sessionEstablished, status: "True", type: SessionsEstablished}
daemons:
- {name: bgpd, state: up}
desired: {digest: 0123456789ab, generation: 7}
frrVersion: "10.3"
outcome: applied
running: {digest: 0123456789ab, generation: 7}
runningSince: "2026-03-01T11:00:00Z"
servicesAnnounced: 2
sessions:
- {neighbor: 192.0.2.1, peer: tor-a, prefixesSent: 2, prefixesWanted: 2, remoteASN: 65001, since: "2026-03-01T11:00:00Z", state: Established}
- {neighbor: "2001:db8::1", peer: tor-b, prefixesSent: 1, prefixesWanted: 1, remoteASN: 65002, since: "2026-03-01T11:00:00Z", state: Established, vrf: red}
sessionsUp: 2/2
`,
		},
		{
			name: "a session that was lost is the last reset, one that FRR does not tell of is unknown, one that nobody asks for is listed",
			f: facts(reload(func(r *handoff.Result) {
				r.Sessions = []handoff.Session{
					{VRF: "default", Neighbor: "192.0.2.1", State: "Connect", Since: noon().Add(-time.Minute), Flaps: 3, LastReset: "Peer closed the session"},
					{VRF: "default", Neighbor: "192.0.2.9", RemoteASN: 65009, State: "Established", Flaps: 1, Since: noon().Add(-time.Hour), PrefixSent: 5},
				}
			})),
			want: `
conditions:
- {lastTransitionTime: null, message: "", reason: Reconciled, status: "True", type: ConfigurationValid}
- {lastTransitionTime: null, message: "", reason: applied, status: "True", type: Applied}
- {lastTransitionTime: null, message: 1 of 3 sessions are established, reason: sessionDown, status: "False", type: SessionsEstablished}
daemons:
- {name: bgpd, state: up}
desired: {digest: 0123456789ab, generation: 7}
frrVersion: "10.3"
lastReset: {peer: tor-a, reason: Peer closed the session, time: "2026-03-01T11:59:00Z"}
outcome: applied
running: {digest: 0123456789ab, generation: 7}
runningSince: "2026-03-01T11:00:00Z"
servicesAnnounced: 2
sessions:
- {flaps: 3, lastReset: Peer closed the session, neighbor: 192.0.2.1, peer: tor-a, prefixesSent: 0, prefixesWanted: 2, remoteASN: 65001, since: "2026-03-01T11:59:00Z", state: Active}
- {flaps: 1, neighbor: 192.0.2.9, prefixesSent: 5, prefixesWanted: 0, remoteASN: 65009, since: "2026-03-01T11:00:00Z", state: Established}
- {neighbor: "2001:db8::1", peer: tor-b, prefixesSent: 0, prefixesWanted: 1, state: Unknown, vrf: red}
sessionsUp: 1/3
`,
		},
		{
			name: "of a frr-reloader that fell silent nothing is claimed",
			f:    facts(func(f *Facts) { f.Reload.Silent = true }),
			want: `
conditions:
- {lastTransitionTime: null, message: "", reason: Reconciled, status: "True", type: ConfigurationValid}
- {lastTransitionTime: null, message: frr-reloader does not report any more; FRR may still run what it ran, reason: silent, status: Unknown, type: Applied}
- {lastTransitionTime: null, message: frr-reloader does not report any more; FRR may still run what it ran, reason: silent, status: Unknown, type: SessionsEstablished}
daemons:
- {name: bgpd, state: up}
desired: {digest: 0123456789ab, generation: 7}
frrVersion: "10.3"
outcome: applied
running: {digest: 0123456789ab, generation: 7}
runningSince: "2026-03-01T11:00:00Z"
servicesAnnounced: 2
sessions:
- {neighbor: 192.0.2.1, peer: tor-a, prefixesSent: 2, prefixesWanted: 2, remoteASN: 65001, state: Unknown}
- {neighbor: "2001:db8::1", peer: tor-b, prefixesSent: 1, prefixesWanted: 1, remoteASN: 65002, state: Unknown, vrf: red}
sessionsUp: 0/2
`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Build(tt.f).Node
			if got.Name != node || got.Namespace != "" || got.OwnerReferences[0].UID != "uid-of-node-1" {
				t.Errorf("metadata %+v, want those of the node's own object", got.ObjectMeta)
			}
			if diff := cmp.Diff(canonical(t, []byte(tt.want)), canonical(t, marshal(t, got.Status))); diff != "" {
				t.Errorf("status (-want +got):\n%s", diff)
			}
		})
	}
}

// canonical prints YAML in one way.
func canonical(t *testing.T, text []byte) string {
	t.Helper()
	var tree any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	return string(marshal(t, tree))
}

func marshal(t *testing.T, o any) []byte {
	t.Helper()
	text, err := yaml.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestSettle(t *testing.T) {
	now := noon().Add(time.Hour)
	earlier := metav1.NewTime(noon())
	t.Run("conditions begin now where there was nothing", func(t *testing.T) {
		o := Build(facts())
		SettleConfiguration(o.Configuration, nil, now)
		SettleNode(o.Node, nil, now)
		for _, c := range append(o.Configuration.Status.Conditions, o.Node.Status.Conditions...) {
			if !c.LastTransitionTime.Time.Equal(now) {
				t.Errorf("%s: %v, want %v", c.Type, c.LastTransitionTime, now)
			}
		}
	})
	t.Run("a condition whose status is the same keeps its time, whatever it says", func(t *testing.T) {
		have := Build(facts(reload(refusal))).Configuration
		SettleConfiguration(have, nil, noon())
		want := Build(facts(reload(func(r *handoff.Result) { refusal(r); r.Failures[0].Number = 18 }))).Configuration
		SettleConfiguration(want, have, now)
		for _, c := range want.Status.Conditions {
			if !c.LastTransitionTime.Equal(&earlier) {
				t.Errorf("%s: %v, want %v", c.Type, c.LastTransitionTime, earlier)
			}
		}
	})
	t.Run("a condition whose status changes begins now", func(t *testing.T) {
		have, want := Build(facts()).Configuration, Build(facts(reload(refusal))).Configuration
		SettleConfiguration(have, nil, noon())
		SettleConfiguration(want, have, now)
		if got := want.Status.Conditions; !got[0].LastTransitionTime.Equal(&earlier) || !got[1].LastTransitionTime.Time.Equal(now) {
			t.Errorf("times %v and %v, want %v and %v", got[0].LastTransitionTime, got[1].LastTransitionTime, earlier, now)
		}
	})
	t.Run("the time since when FRR runs a text is that of the first look", func(t *testing.T) {
		have := Build(facts()).Node
		later := reload(func(r *handoff.Result) { r.Since = now })
		same, other := Build(facts(later)).Node, Build(facts(later, func(f *Facts) { f.Reload.Result.Running.Generation = 8 })).Node
		SettleNode(same, have, now)
		SettleNode(other, have, now)
		if !same.Status.RunningSince.Equal(have.Status.RunningSince) || !other.Status.RunningSince.Time.Equal(now) {
			t.Errorf("the same text runs since %v, another since %v; want %v and %v", same.Status.RunningSince, other.Status.RunningSince, have.Status.RunningSince, now)
		}
	})
	t.Run("a reset is remembered when FRR has started anew, until there is a later one", func(t *testing.T) {
		lost := func(at time.Time, why string) func(*Facts) {
			return reload(func(r *handoff.Result) {
				r.Sessions[0].State, r.Sessions[0].Flaps, r.Sessions[0].Since, r.Sessions[0].LastReset = "Active", 1, at, why
			})
		}
		have, fresh, again := Build(facts(lost(noon(), "first"))).Node, Build(facts()).Node, Build(facts(lost(now, "second"))).Node
		SettleNode(fresh, have, now)
		SettleNode(again, have, now)
		if fresh.Status.LastReset == nil || fresh.Status.LastReset.Reason != "first" || again.Status.LastReset.Reason != "second" {
			t.Errorf("last resets %+v and %+v, want first and second", fresh.Status.LastReset, again.Status.LastReset)
		}
	})
}
