package reloader

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"frr-speaker/internal/frrdiff"
)

// Times of waiting for a first connection.
const (
	dialLimit = 250 * time.Millisecond // a neighbor that does not answer within this is guarded all the same
	guardPoll = 3 * time.Millisecond   // a question costs 0.1 ms
)

// guard sets BFD for new neighbors, once bgpd has a connection to them or has waited for one.
//
// bgpd learns its own address from the first connection, and then has bfdd make the BFD session anew with it, under
// another discriminator. bfdd says goodbye for the first session, and the other end takes that, a packet in state
// Down, for a beginning: it goes to state Init, ignores packets that do not name its discriminator there, and comes
// back only when that state times out, three seconds later, for both ends send once a second as long as they are
// not up (RFC 5880 section 6.8.3). FRR 10 has no BGP session before. A session that is made once is up after one.
func (i *instance) guard(ctx context.Context, launches []*launch) error {
	var commands []frrdiff.Command
	until := time.Now().Add(dialLimit)
	for _, l := range launches {
		if len(l.bfd) == 0 {
			continue
		}
		if l.addressed() {
			i.awaitDial(ctx, l, until)
		}
		commands = append(commands, l.bfd...)
	}
	if len(commands) == 0 {
		return nil
	}
	return i.inTurn(ctx, commands)
}

// awaitDial waits until bgpd knows its own address in a session. Being late is no error.
func (i *instance) awaitDial(ctx context.Context, l *launch, until time.Time) {
	question := "do show bgp neighbors " + l.name + " json"
	if _, vrf, ok := strings.Cut(l.instance, " vrf "); ok {
		question = "do show bgp vrf " + vrf + " neighbors " + l.name + " json"
	}
	for time.Now().Before(until) && ctx.Err() == nil {
		answer, err := i.conn.Query(ctx, question)
		if err != nil || dialed(answer) {
			return
		}
		pause(ctx, guardPoll)
	}
}

// dialed tells whether "show bgp neighbors X json" names the address that bgpd has in the session, which it goes
// on naming when that has ended. It says "Unknown" before.
func dialed(answer string) bool {
	_, rest, _ := strings.Cut(answer, `"hostLocal":"`)
	local, _, _ := strings.Cut(rest, `"`)
	_, err := netip.ParseAddr(local)
	return err == nil
}
