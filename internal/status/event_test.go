package status

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/l2"
)

func TestEvents(t *testing.T) {
	down := func(i int, why string) func(*Facts) {
		return reload(func(r *handoff.Result) {
			r.Sessions[i].State, r.Sessions[i].Flaps, r.Sessions[i].Since, r.Sessions[i].LastReset = "Active", 1, noon(), why
		})
	}
	up := []string{
		`Normal BGPPeer metallb-system/tor-a sessionEstablished: session of node "node-1" with 192.0.2.1 is established`,
		`Normal BGPPeer metallb-system/tor-b sessionEstablished: session of node "node-1" with 2001:db8::1 in VRF red is established`,
	}
	assigned := []string{
		`Normal Service shop/web nodeAssigned: announcing from node "node-1" with protocol "bgp"`,
		`Normal Service shop/www nodeAssigned: announcing from node "node-1" with protocol "bgp"`,
		`Normal Service shop/www nodeAssigned: announcing from node "node-1" with protocol "layer2"`,
	}
	for _, tt := range []struct {
		name  string
		steps []Facts    // in order
		want  [][]string // Events of each step
	}{
		{
			name:  "what is true at the start is told once",
			steps: []Facts{facts(), facts()},
			want:  [][]string{append(assigned[:3:3], up...), nil},
		},
		{
			name:  "before the first decision nothing is told",
			steps: []Facts{facts(func(f *Facts) { f.State = nil })},
			want:  [][]string{nil},
		},
		{
			name:  "a service that is withdrawn says why, and that it is back",
			steps: []Facts{facts(), facts(verdict("web", announce.NoLocalEndpoints, "of 2 serving endpoints none is on node node-1")), facts()},
			want: [][]string{
				append(assigned[:3:3], up...),
				{`Normal Service shop/web nodeWithdrawn: no longer announcing from node "node-1" with protocol "bgp": noLocalEndpoints (of 2 serving endpoints none is on node node-1)`},
				assigned[:1],
			},
		},
		{
			name:  "a service that is gone tells nothing",
			steps: []Facts{facts(), facts(func(f *Facts) { f.State.Verdicts = f.State.Verdicts[1:] })},
			want:  [][]string{append(assigned[:3:3], up...), nil},
		},
		{
			name:  "a service with another address is announced anew",
			steps: []Facts{facts(), facts(func(f *Facts) { f.State.Verdicts[0].Addresses = []netip.Addr{addr("198.51.100.9")} })},
			want:  [][]string{append(assigned[:3:3], up...), assigned[:1]},
		},
		{
			name:  "a session that is lost says why, once, and that it is back",
			steps: []Facts{facts(), facts(down(0, "Hold Timer Expired")), facts(down(0, "Hold Timer Expired")), facts(reload(func(r *handoff.Result) { r.Sessions[0].Flaps = 1 }))},
			want: [][]string{
				append(assigned[:3:3], up...),
				{`Warning BGPPeer metallb-system/tor-a sessionDown: session of node "node-1" with 192.0.2.1 went down: Hold Timer Expired`},
				nil,
				up[:1],
			},
		},
		{
			name:  "a session that was lost and is back between two looks tells both",
			steps: []Facts{facts(), facts(reload(func(r *handoff.Result) { r.Sessions[0].Flaps = 1 }))},
			want: [][]string{
				append(assigned[:3:3], up...),
				{`Warning BGPPeer metallb-system/tor-a sessionDown: session of node "node-1" with 192.0.2.1 went down`, up[0]},
			},
		},
		{
			name:  "a session that was made anew by a bgpd that was started anew tells both",
			steps: []Facts{facts(), facts(reload(func(r *handoff.Result) { r.Sessions[0].Since = noon() }))},
			want: [][]string{
				append(assigned[:3:3], up...),
				{`Warning BGPPeer metallb-system/tor-a sessionDown: session of node "node-1" with 192.0.2.1 went down`, up[0]},
			},
		},
		{
			name:  "a time that wobbles is no loss",
			steps: []Facts{facts(), facts(reload(func(r *handoff.Result) { r.Sessions[0].Since = r.Sessions[0].Since.Add(2 * time.Second) }))},
			want:  [][]string{append(assigned[:3:3], up...), nil},
		},
		{
			name:  "a session that never was is not lost",
			steps: []Facts{facts(down(0, "Waiting for peer OPEN")), facts()},
			want:  [][]string{append(assigned[:3:3], up[1]), up[:1]},
		},
		{
			name: "a session that is not wanted any more is not lost",
			steps: []Facts{facts(), facts(func(f *Facts) {
				f.State.BGP.Instances = f.State.BGP.Instances[:1]
				f.Reload.Result.Sessions = f.Reload.Result.Sessions[:1]
			})},
			want: [][]string{append(assigned[:3:3], up...), nil},
		},
		{
			name: "while frr-reloader is silent or starting, no session is lost",
			steps: []Facts{
				facts(), facts(func(f *Facts) { f.Reload.Silent, f.Reload.Result.Sessions = true, nil }),
				facts(reload(func(r *handoff.Result) { r.Phase, r.Sessions = handoff.PhaseStarting, nil })), facts(),
			},
			want: [][]string{append(assigned[:3:3], up...), nil, nil, nil},
		},
		{
			name:  "a line that FRR refuses is told once, as is another, and the end of it",
			steps: []Facts{facts(), facts(reload(refusal)), facts(reload(refusal)), facts(func(f *Facts) { f.Reload.Silent = true }), facts()},
			want: [][]string{
				append(assigned[:3:3], up...),
				{`Warning ConfigurationState metallb-system/speaker-node-1 partial: FRR runs the configuration without this: BGPPeer tor-b: line 17 "neighbor 2001:db8::1 remote-as 65002": bgpd: % AS number mismatch`},
				nil, nil,
				{`Normal ConfigurationState metallb-system/speaker-node-1 applied: FRR runs all of the configuration again`},
			},
		},
		{
			name: "a service that nobody announces is told after a while, and again for another reason",
			steps: []Facts{
				facts(silent("noEndpoints", 0)), facts(silent("noEndpoints", 5*time.Second)), facts(silent("noEndpoints", 10*time.Second)),
				facts(silent("noEndpoints", 15*time.Second)), facts(silent("notOwner (bgp, 3 nodes)", 20*time.Second)), facts(), facts(silent("noEndpoints", 30*time.Second)),
			},
			want: [][]string{
				append(assigned[:3:3], up...), nil,
				{"Warning Service shop/new notAnnounced: no node announces this service: noEndpoints"},
				nil,
				{"Warning Service shop/new notAnnounced: no node announces this service: notOwner (bgp, 3 nodes)"},
				nil, nil,
			},
		},
		{
			name: "a link that does not exist fails in MetalLB's words, once",
			steps: []Facts{
				facts(links(l2.Report{Addr: addr("198.51.100.2"), Unfit: []l2.UnfitLink{{Name: "eth9", Reason: l2.UnfitAbsent}}})),
				facts(links(l2.Report{Addr: addr("198.51.100.2"), Unfit: []l2.UnfitLink{{Name: "eth9", Reason: l2.UnfitAbsent}}})),
				facts(links(l2.Report{Addr: addr("198.51.100.2"), Unfit: []l2.UnfitLink{{Name: "eth9", Reason: l2.UnfitDown}}})),
				facts(links(l2.Report{Addr: addr("198.51.100.2"), Links: []string{"eth9"}})),
			},
			want: [][]string{
				append(append(assigned[:3:3], `Warning Service shop/www announceFailed: interfaces given for LB IP "198.51.100.2" don't exist on assigned node "node-1", protocol "layer2"`), up...),
				nil,
				{`Warning Service shop/www announceFailed: interfaces given for LB IP "198.51.100.2" cannot answer on assigned node "node-1", protocol "layer2": eth9 is down or has no carrier`},
				nil,
			},
		},
		{
			name: "an address that no link answers for is told when probing must be over",
			steps: []Facts{
				facts(links(l2.Report{Addr: addr("198.51.100.2")})),
				facts(links(l2.Report{Addr: addr("198.51.100.2")}), func(f *Facts) { f.Now = noon().Add(10 * time.Second) }),
			},
			want: [][]string{
				append(assigned[:3:3], up...),
				{`Warning Service shop/www announceFailed: no interface answers for LB IP "198.51.100.2" on assigned node "node-1", protocol "layer2"`},
			},
		},
		{
			name:  "another host with the address is named",
			steps: []Facts{facts(links(l2.Report{Addr: addr("198.51.100.2"), Links: []string{"eth0"}, Conflicts: []l2.Conflict{{Link: "eth1", MAC: l2.MAC{2, 0, 0, 0, 0, 9}, Yielded: true}}}))},
			want: [][]string{
				append(append(assigned[:3:3], `Warning Service shop/www addressConflict: another host, 02:00:00:00:00:09 on link "eth1" of node "node-1", uses 198.51.100.2; this node does not answer there`), up...),
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var memory Memory
			for i, f := range tt.steps {
				var events []Event
				events, memory = Events(memory, f)
				if diff := cmp.Diff(tt.want[i], lines(events)); diff != "" {
					t.Errorf("Events of step %d (-want +got):\n%s", i, diff)
				}
			}
		})
	}
}

func lines(events []Event) []string {
	var out []string
	for _, e := range events {
		kind := "Normal"
		if e.Warning {
			kind = "Warning"
		}
		out = append(out, fmt.Sprintf("%s %s %s: %s", kind, e.Object, e.Reason, e.Message))
	}
	return out
}

// silent has a service without any announcement, so long after noon.
func silent(why string, after time.Duration) func(*Facts) {
	return func(f *Facts) {
		f.Now = noon().Add(after)
		f.Silences = []Silence{{Service: service("new"), Why: why}}
	}
}

func links(reports ...l2.Report) func(*Facts) { return func(f *Facts) { f.Links = reports } }

func TestRestartTellsOnlyWhatChangedMeanwhile(t *testing.T) {
	for _, tt := range []struct {
		name string
		then Facts
		want []string
	}{
		{"nothing changed", facts(), nil},
		{"an address may be another one, which the objects do not tell", facts(func(f *Facts) { f.State.Verdicts[0].Addresses = nil }), nil},
		{
			"a service was withdrawn", facts(verdict("web", announce.NoEndpoints, "")),
			[]string{`Normal Service shop/web nodeWithdrawn: no longer announcing from node "node-1" with protocol "bgp": noEndpoints`},
		},
		{
			"a session was lost and made anew", facts(reload(func(r *handoff.Result) { r.Sessions[0].Flaps = 1 })),
			[]string{
				`Warning BGPPeer metallb-system/tor-a sessionDown: session of node "node-1" with 192.0.2.1 went down`,
				`Normal BGPPeer metallb-system/tor-a sessionEstablished: session of node "node-1" with 192.0.2.1 is established`,
			},
		},
		{
			"FRR refused a line", facts(reload(refusal)),
			[]string{`Warning ConfigurationState metallb-system/speaker-node-1 partial: FRR runs the configuration without this: BGPPeer tor-b: line 17 "neighbor 2001:db8::1 remote-as 65002": bgpd: % AS number mismatch`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			events, _ := Events(Recall(Build(facts())), tt.then)
			if diff := cmp.Diff(tt.want, lines(events)); diff != "" {
				t.Errorf("Events (-want +got):\n%s", diff)
			}
		})
	}
	for _, tt := range []struct {
		name string
		left int // objects of services announced by BGP
	}{
		{"a cluster that is large has no object of some services", 1},
		{"services have no objects at all", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			have := Build(facts())
			have.Services = &Services{BGP: have.Services.BGP[:tt.left]}
			events, memory := Events(Recall(have), facts())
			if len(events) > 0 {
				t.Errorf("Events %v, want none", lines(events))
			}
			events, _ = Events(memory, facts(verdict("www", announce.NoEndpoints, "")))
			want := []string{`Normal Service shop/www nodeWithdrawn: no longer announcing from node "node-1" with protocol "bgp": noEndpoints`}
			if diff := cmp.Diff(want, lines(events)); diff != "" {
				t.Errorf("Events (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a refused line was told before", func(t *testing.T) {
		events, memory := Events(Recall(Build(facts(reload(refusal)))), facts(reload(refusal)))
		if len(events) > 0 {
			t.Errorf("Events %v, want none", lines(events))
		}
		events, _ = Events(memory, facts())
		if len(events) != 1 || events[0].Reason != ReasonApplied {
			t.Errorf("Events %v, want that FRR runs all of it", lines(events))
		}
	})
}

func TestSomeNodesOfALargeClusterTellOfAService(t *testing.T) {
	const nodes = 5000
	told := map[string]int{}
	for n := range nodes {
		f := facts(func(f *Facts) { f.Node, f.Nodes = fmt.Sprintf("node-%d", n), nodes })
		events, memory := Events(Memory{}, f)
		assigned := map[string]bool{}
		for _, e := range events {
			if e.Reason == EventNodeAssigned {
				told[e.Object.Name+e.Message[len(e.Message)-5:]]++
				assigned[e.Object.Name] = true
			}
		}
		gone := facts(func(f *Facts) { f.Node, f.Nodes = fmt.Sprintf("node-%d", n), nodes }, verdict("web", announce.NoEndpoints, ""))
		events, _ = Events(memory, gone)
		if (len(events) == 1) != assigned["web"] {
			t.Fatalf("node %d told of taking up: %v, and %d Events of giving up", n, assigned["web"], len(events))
		}
	}
	for _, service := range []string{`web"bgp"`, `www"bgp"`} {
		if n := told[service]; n < maxTellers/2 || n > maxTellers*2 {
			t.Errorf("%d of %d nodes tell of %s, want about %d", n, nodes, service, maxTellers)
		}
	}
	if n := told[`wwwyer2"`]; n != nodes {
		t.Errorf("%d of %d nodes that answer by layer 2 tell of it, want all", n, nodes)
	}
}

// TestEventsTellEachChangeOnce walks at random through states: staying tells nothing, and
// assignments and withdrawals of a service take turns.
func TestEventsTellEachChangeOnce(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	choices := []func(*Facts){
		verdict("web", announce.NoEndpoints, ""), verdict("www", announce.NotOwner, ""), verdict("web", announce.NoPeers, "x"),
		reload(refusal), func(*Facts) {}, func(f *Facts) { f.Reload.Silent = true }, silent("noEndpoints", time.Hour),
		reload(func(r *handoff.Result) { r.Sessions[0].State = "Idle" }),
	}
	var memory Memory
	last := map[string]string{}
	for range 2000 {
		var edits []func(*Facts)
		for range random.IntN(3) {
			edits = append(edits, choices[random.IntN(len(choices))])
		}
		f := facts(edits...)
		events, now := Events(memory, f)
		for _, e := range events {
			if e.Reason != EventNodeAssigned && e.Reason != EventNodeWithdrawn {
				continue
			}
			key := e.Object.String() + e.Message[len(e.Message)-5:]
			if e.Reason == EventNodeWithdrawn {
				key = e.Object.String() + `"bgp"`
			}
			if last[key] == e.Reason {
				t.Fatalf("%s twice in a row for %s", e.Reason, key)
			}
			last[key] = e.Reason
		}
		if again, _ := Events(now, f); len(again) > 0 {
			t.Fatalf("the same facts tell again %v", lines(again))
		}
		memory = now
	}
}
