package reloader

import (
	"bufio"
	"fmt"
	"log/slog"
	"math"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/vty"
	"frr-speaker/internal/vty/vtytest"
)

// refusingRouters is a bgpd whose neighbors all refuse its dials.
type refusingRouters struct {
	neighbors []string
	takes     time.Duration        // each answer
	answers   map[string]vty.Reply // other than those of FRR

	busy    time.Duration
	longest time.Duration // look at all neighbors
	heard   []string
}

func (b *refusingRouters) serve(c net.Conn) {
	in := bufio.NewReader(c)
	for {
		line, err := in.ReadString(0)
		if err != nil {
			return
		}
		line = strings.TrimSuffix(line, "\x00")
		b.heard = append(b.heard, line)
		time.Sleep(b.takes)
		b.busy += b.takes
		if _, err := c.Write(vtytest.Encode(b.answer(line))); err != nil {
			return
		}
	}
}

func (b *refusingRouters) answer(line string) vty.Reply {
	line = strings.TrimPrefix(line, "do ")
	if r, ok := b.answers[line]; ok {
		return r
	}
	var text strings.Builder
	switch line {
	case "show running-config":
		text.WriteString("router bgp 64512\n")
	case "show bgp vrf all neighbors json":
		text.WriteString(`{"default":{"vrfId":0,"vrfName":"default"`)
		for _, n := range b.neighbors {
			fmt.Fprintf(&text, `,%q:{"bgpState":"Active","connectRetryTimer":120,"nextConnectTimerDueInMsecs":119000}`, n)
		}
		text.WriteString("}}")
	}
	return vty.Reply{Text: text.String()}
}

// told counts how often bgpd was told to dial a neighbor.
func (b *refusingRouters) told(neighbor string) (n int) {
	for _, line := range b.heard {
		if line == "no neighbor "+neighbor+" timers connect" {
			n++
		}
	}
	return n
}

// redialFor launches all neighbors and looks after them for a while of the bubble's clock.
func (b *refusingRouters) redialFor(t *testing.T, d time.Duration) (logs string) {
	t.Helper()
	var served sync.WaitGroup
	connect := func() *vty.Conn {
		ours, theirs := net.Pipe()
		served.Go(func() { b.serve(theirs) })
		return vty.NewConn(ours)
	}
	log := &logBuffer{}
	i := &instance{name: "bgpd", conn: connect(), dials: map[neighborID]*dial{}}
	l := &loop{instances: []*instance{i}, log: slog.New(slog.NewTextHandler(log, nil))}
	until := time.Now().Add(d)
	for _, n := range b.neighbors {
		i.dials[neighborID{"router bgp 64512", n}] = &dial{since: time.Now()}
	}
	for l.expectDials(); !l.redialAt.IsZero() && l.redialAt.Before(until); l.expectDials() {
		time.Sleep(time.Until(l.redialAt))
		began := time.Now()
		l.redial(t.Context())
		b.longest = max(b.longest, time.Since(began))
		if i.conn == nil { // as a look for drift does
			i.conn = connect()
		}
	}
	i.drop()
	served.Wait()
	return log.String()
}

func TestANeighborOfAViewIsNotDialedAgain(t *testing.T) {
	i := &instance{}
	for _, name := range []string{"router bgp 64512", "router bgp 64512 vrf red", "router bgp 64512 view red"} {
		i.expectUp(&launch{instance: name, name: "192.0.2.1"})
	}
	want := []string{"router bgp 64512", "router bgp 64512 vrf red"}
	var got []string
	for id := range i.dials {
		got = append(got, id.instance)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dialed again in (-want +got):\n%s", diff)
	}
}

// A hundred routers that are all down must not keep bgpd from serving others, nor a new configuration from FRR.
func TestManyRoutersThatAreDownLeaveBgpdItsTime(t *testing.T) {
	t.Parallel()
	const spell = 25 * time.Second
	for _, tt := range []struct {
		name  string
		takes time.Duration
		most  time.Duration // that bgpd is busy, and that a new configuration waits for it
		wait  time.Duration
		least int // times that each router is dialed again
		all   int // and all of them together
	}{
		{"quick", 200 * time.Microsecond, spell / 8, 50 * time.Millisecond, 20, 2000},
		{"slow", 20 * time.Millisecond, spell / 5, 250 * time.Millisecond, 0, 20}, // to dial a hundred takes it 2 s
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := &refusingRouters{takes: tt.takes}
				for n := range 100 {
					b.neighbors = append(b.neighbors, fmt.Sprintf("192.0.2.%d", n+1))
				}
				b.redialFor(t, spell)
				if b.busy > tt.most {
					t.Errorf("bgpd was busy for %s of %s, want %s or less", b.busy, spell, tt.most)
				}
				if b.longest > tt.wait {
					t.Errorf("the loop was busy for %s, want %s or less", b.longest, tt.wait)
				}
				least, most, all := math.MaxInt, 0, 0
				for _, n := range b.neighbors {
					got := b.told(n)
					least, most, all = min(least, got), max(most, got), all+got
				}
				if least < tt.least || most > least+1 || all < tt.all {
					t.Errorf("each was dialed again %d to %d times, %d together; want %d or more each, the same for all, %d together", least, most, all, tt.least, tt.all)
				}
			})
		})
	}
}

func TestWhatBgpdRefusesOfDialingAgainEndsIt(t *testing.T) {
	t.Parallel()
	neighbors := []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"}
	tests := []struct {
		name  string
		line  string
		reply vty.Reply
		told  map[string]bool // who is dialed again more than once
	}{
		{
			"the line for one neighbor", "no neighbor 192.0.2.2 timers connect",
			vty.Reply{Text: "% Specify remote-as first\n", Status: vty.StatusConfigFailed},
			map[string]bool{"192.0.2.1": true, "192.0.2.3": true},
		},
		{"the way to all", "router bgp 64512", vty.Reply{Text: "% BGP is off\n", Status: vty.StatusConfigFailed}, nil},
		{"to be read", "show bgp vrf all neighbors json", vty.Reply{Text: "{,}"}, nil},
		{"to say what it runs", "show running-config", vty.Reply{Text: "% off\n", Status: vty.StatusNoMatch}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := &refusingRouters{neighbors: neighbors, answers: map[string]vty.Reply{tt.line: tt.reply}}
				logs := b.redialFor(t, 20*time.Second)
				for _, n := range neighbors {
					if got := b.told(n) > 1; got != tt.told[n] {
						t.Errorf("%s was dialed again %d times", n, b.told(n))
					}
				}
				asked := slices.Index(b.heard, tt.line)
				if asked < 0 {
					t.Errorf("%q was never said", tt.line)
				}
				if warnings := strings.Count(logs, "level=WARN"); warnings < 1 || warnings > len(neighbors) {
					t.Errorf("%d warnings in 20 s, want one for each neighbor at most:\n%s", warnings, logs)
				}
			})
		})
	}
}
