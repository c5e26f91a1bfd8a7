package reload

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"frr-speaker/internal/bgp"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/collector"
)

// The ledger is what finds fault in the other tests; here it is shown faults.
func TestTheLedgerFindsFault(t *testing.T) {
	before, after := plain(0), plain(1)
	hard := plainWorld(1)
	hard.sessions[0].Password = bgp.NewSecret("another")
	reset := hard.state()
	const core, gone, never = "10.1.1.0/32", "10.1.3.0/32", "203.0.113.0/24"
	one := channel{"peer-1", node4}
	usual := &collector.Attributes{ASPath: []bgp.ASN{nodeASN}, Communities: []bgp.Community{bgp.NewCommunity(64512, 1)}}
	bare := &collector.Attributes{ASPath: []bgp.ASN{nodeASN}}

	event := func(kind collector.Kind, prefix string, a *collector.Attributes) collector.Event {
		e := collector.Event{Kind: kind, Neighbor: one.source, Attributes: a}
		if prefix != "" {
			e.Prefix = netip.MustParsePrefix(prefix)
		}
		return e
	}
	tests := []struct {
		name   string
		to     state
		events []collector.Event
		fault  string // "": none
	}{
		{"nothing is heard when nothing is to be", after, nil, ""},
		{"a route that is wanted no more is withdrawn", after, []collector.Event{event(collector.Withdraw, gone, nil)}, ""},
		{"a route that is wanted before and after is withdrawn", after, []collector.Event{event(collector.Withdraw, core, nil)}, "wanted route was withdrawn"},
		{"a route is announced again as it was", after, []collector.Event{event(collector.Announce, core, usual)}, ""},
		{"a route is announced without its communities", after, []collector.Event{event(collector.Announce, core, bare)}, "not as one of"},
		{"a route that nobody wants is announced", after, []collector.Event{event(collector.Announce, never, usual)}, "nobody wants"},
		{"a session goes down for nothing", after, []collector.Event{event(collector.Down, "", nil)}, "nothing is to reset"},
		{"a session is reset for its password", reset, []collector.Event{event(collector.Down, "", nil), event(collector.Up, "", nil)}, ""},
		{"a session is reset twice for its password", reset, []collector.Event{event(collector.Down, "", nil), event(collector.Down, "", nil)}, "2 times"},
		{"a session keeps an old password", reset, nil, "was not reset"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLedger(lab.FRR10, []moment{at(before), at(tt.to)})
			err := func() error {
				for _, e := range tt.events {
					if err := l.enter(one, e); err != nil {
						return err
					}
				}
				return l.close()
			}()
			if tt.fault == "" && err != nil || tt.fault != "" && (err == nil || !strings.Contains(err.Error(), tt.fault)) {
				t.Errorf("error %v, want %q", err, tt.fault)
			}
		})
	}
}

// The witness, too, is shown a lie: status.json stays as it is while bgpd loses a route.
func TestTheWitnessHearsALie(t *testing.T) {
	r := newRig(t, lab.FRR8, rigOptions{})
	s := &scene{rig: r, witness: newWitness(t.Context(), r)}
	if err := s.next(t); err != nil {
		t.Fatal(err)
	}
	if err := r.start(); err != nil {
		t.Fatal(err)
	}
	s.past = append([]moment{{}}, s.past...)
	if err := s.settle(t.Context(), fault{within: 2 * usualBound}); err != nil {
		t.Fatal(err)
	}
	if err := r.node.KillReloader(); err != nil {
		t.Fatal(err)
	}
	if lies := s.witness.heardLies(); len(lies) > 0 {
		t.Fatalf("lies before there were any: %q", lies)
	}
	if err := r.node.Configure(t.Context(), "bgpd", "router bgp 64512", "address-family ipv4 unicast", "no network 10.1.1.0/32"); err != nil {
		t.Fatal(err)
	}
	err := lab.Eventually(t.Context(), patience, func() error {
		for _, lie := range s.witness.heardLies() {
			if strings.Contains(lie, "bgpd runs other networks") {
				return nil
			}
		}
		return errors.New("the witness noticed nothing")
	})
	if err != nil {
		t.Error(err)
	}
}
