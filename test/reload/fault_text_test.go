package reload

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
)

// TestBadTexts puts texts into frr.conf that are no configuration, or not all of it. FRR goes on with what
// it runs, or runs all but what is bad; status.json says which, and a good text is applied at once.
func TestBadTexts(t *testing.T) {
	onEachFRR(t, func(t *testing.T, v lab.FRRVersion) {
		var faults []fault
		for _, d := range damages {
			faults = append(faults, fault{name: "frr.conf " + d.name, calm: true, strike: func(ctx context.Context, s *scene) error { return s.damage(ctx, t, d.of) }})
		}
		for _, b := range badLines {
			faults = append(faults, fault{name: b.name, calm: true, strike: func(ctx context.Context, s *scene) error { return s.bad(ctx, t, b) }})
		}
		faults = append(faults,
			fault{name: "frr.conf is replaced a hundred times without a pause", calm: true, strike: func(_ context.Context, s *scene) error {
				for range 100 {
					if err := s.next(t); err != nil {
						return err
					}
				}
				return nil
			}},
			fault{name: "frr.conf has ten megabytes of valid lines", calm: true, strike: func(ctx context.Context, s *scene) error { return s.huge(ctx, t) }, within: time.Minute, lag: time.Minute},
		)
		strikeAll(t, newRig(t, v, rigOptions{}), faults)
	})
}

// damages are what may become of a file.
var damages = []struct {
	name string
	of   func(whole []byte) []byte
}{
	{"is cut short", func(whole []byte) []byte { return whole[:len(whole)*2/3] }},
	{"is cut short at the end of a line", func(whole []byte) []byte { return whole[:bytes.LastIndexByte(whole[:len(whole)/2], '\n')+1] }},
	{"is empty", func([]byte) []byte { return nil }},
	{"is binary", func([]byte) []byte { return []byte("\x7fELF\x02\x01\x01\x00\x00\x00\xff\xfe") }},
	{"is edited by hand", func(whole []byte) []byte {
		return bytes.Replace(whole, []byte("coalesce-time 0"), []byte("coalesce-time 9"), 1)
	}},
	{"is of somebody else", func([]byte) []byte { return []byte("router bgp 1\n neighbor 192.0.2.1 remote-as 2\n") }},
}

// damage replaces frr.conf by something that it was not published as, and then publishes a good text.
func (s *scene) damage(ctx context.Context, t *testing.T, of func([]byte) []byte) error {
	path := s.dir().Path(handoff.ConfFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, err := s.dir().ReadResult()
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, of(whole), 0o600); err != nil {
		return err
	}
	err = s.verdict(ctx, func(r handoff.Result) bool {
		return r.Outcome == handoff.OutcomeRefused && r.Running == before.Running && len(r.Failures) == 1 && r.Failures[0].Message != ""
	})
	if err != nil {
		return err
	}
	if err := s.await(ctx, s.past[0].means, usualBound); err != nil {
		return fmt.Errorf("after the text was refused: %w", err)
	}
	return s.next(t)
}

// verdict waits for what status.json is to say.
func (r *rig) verdict(ctx context.Context, is func(handoff.Result) bool) error {
	return lab.Eventually(ctx, usualBound, func() error {
		result, err := r.dir().ReadResult()
		if err == nil && (result.Phase != handoff.PhaseIdle || !is(result)) {
			err = fmt.Errorf("status.json says %+v", result)
		}
		return err
	})
}

// badLine is a line that FRR does not take, in a text that is good otherwise.
type badLine struct {
	name    string
	old     string // is replaced in the text of plain
	new     string
	outcome handoff.Outcome
	object  string // that is named
	line    string // that is named
}

var badLines = []badLine{
	{"one line of a valid text is bad, and belongs to nobody", " coalesce-time 0\n", " coalesce-time never\n", handoff.OutcomeRefused, "", "coalesce-time never"},
	{"one line of a valid text is bad, and only applying tells", "ip nht resolve-via-default\n", "ip nht resolve-via-nothing\n", handoff.OutcomeRolledBack, "", "ip nht resolve-via-nothing"},
	{"the stanza of one peer is bad", "neighbor 203.0.113.5 bfd\n", "neighbor 203.0.113.5 bfd\n neighbor 203.0.113.5 maximum-snoozes 3\n", handoff.OutcomePartial, "BGPPeer absent", "neighbor 203.0.113.5 maximum-snoozes 3"},
	{"bgpextras are bad", "! bgpextras end\n", "route-map mine permit 10\n set local-preference 99999999999\nexit\n! bgpextras end\n", handoff.OutcomePartial, "bgpextras", "set local-preference 99999999999"},
	{"bgpextras are a batch that fails as a whole", "! bgpextras end\n", "ip prefix-list mine seq 5 permit 10.0.0.0/8 ge 4\n! bgpextras end\n", handoff.OutcomePartial, "bgpextras", "ip prefix-list mine seq 5 permit 10.0.0.0/8 ge 4"},
	{"bgpextras are no FRR text", "! bgpextras end\n", "please announce all\n! bgpextras end\n", handoff.OutcomePartial, "bgpextras", "please announce all"},
}

// bad publishes a text with a bad line and one more route, waits for the verdict, and publishes a good text.
func (s *scene) bad(ctx context.Context, t *testing.T, b badLine) error {
	before, err := s.dir().ReadResult()
	if err != nil {
		return err
	}
	w := plainWorld(s.n)
	w.routes[host4(4, 1)] = 0
	good := w.state()
	text := strings.Replace(string(good.text(t)), b.old, b.new, 1)
	if text == string(good.text(t)) {
		return fmt.Errorf("the text has no line %q", b.old)
	}
	v, _, err := s.dir().Publish([]byte(text))
	if err != nil {
		return err
	}
	s.past = append(s.past, at(good)) // part of which FRR may run
	err = s.verdict(ctx, func(r handoff.Result) bool {
		named := len(r.Failures) > 0 && r.Failures[0].Object == b.object && r.Failures[0].Line == b.line && r.Failures[0].Message != ""
		kept := r.Running == before.Running || b.outcome == handoff.OutcomePartial
		return r.Desired == v && r.Outcome == b.outcome && named && kept
	})
	if err != nil {
		return err
	}
	means := at(good).means
	if b.outcome != handoff.OutcomePartial {
		means = s.past[0].means
	}
	if err := s.await(ctx, means, usualBound); err != nil {
		return fmt.Errorf("after %s: %w", b.outcome, err)
	}
	return s.next(t)
}

// hugeText is the size that a text is to have, in bytes, and hugeRoutes how many routes are in it. What
// is left is remarks, as ten megabytes of routes would be two hundred thousand.
const (
	hugeText   = 10 << 20
	hugeRoutes = 20_000
)

// huge publishes a great many routes that no peer which answers is to get, and then a text of the usual size.
func (s *scene) huge(ctx context.Context, t *testing.T) error {
	w := plainWorld(s.n)
	w.policies = append(w.policies, policy{name: "absent", some: map[string]bool{absent[0].String(): true}})
	for n := range hugeRoutes {
		w.routes[netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 128, byte(n >> 8), byte(n)}), 32)] = len(w.policies) - 1
	}
	big := w.state()
	const remark = "! nothing to configure here, only something to read for whoever comes by\n"
	big.options.RawConfig += strings.Repeat(remark, (hugeText-len(big.text(t)))/len(remark)+1)
	began := time.Now()
	v, err := s.publishState(t, big)
	if err != nil {
		return err
	}
	err = lab.Eventually(ctx, time.Minute, func() error {
		r, err := s.dir().ReadResult()
		if err == nil && (r.Outcome != handoff.OutcomeApplied || r.Running != v) {
			err = fmt.Errorf("outcome %q, phase %q, failures %+v", r.Outcome, r.Phase, r.Failures)
		}
		return err
	})
	if err != nil {
		return err
	}
	t.Logf("%d routes, %d bytes of text: applied after %s", big.routes(), len(big.text(t)), time.Since(began).Round(time.Millisecond))
	return s.next(t)
}
