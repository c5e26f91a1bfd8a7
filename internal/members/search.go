package members

import (
	"context"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// search looks for speakers that are no members yet. It is also what brings both
// halves of a network together again that has been in two.
type search struct {
	members *Members
	dial    func(ctx context.Context, at string) error // finds out whether anybody is there
	join    func(at string) error
	joining chan struct{}    // one slot for each join at the same time
	known   []netip.AddrPort // where speakers may be
	looked  time.Time        // when known was filled; zero: never
	over    chan struct{}    // someone was reached, or nobody is left to try
	tries   sync.WaitGroup

	mu      sync.Mutex              // guards what follows
	trying  map[netip.AddrPort]bool // who is dialed now
	waiting []netip.AddrPort        // who is next
	asked   bool                    // all of a list have been dialed
}

// How many are dialed at the same time, and how many joined: that costs a list of all members,
// and whom the first of them knows need not be joined.
const (
	maxTrying  = 128
	maxJoining = 8
)

func newSearch(m *Members, join func(at string) error) *search {
	return &search{
		members: m, dial: dial, join: join, joining: make(chan struct{}, maxJoining),
		over: make(chan struct{}, 1), trying: map[netip.AddrPort]bool{},
	}
}

func dial(ctx context.Context, at string) error {
	dialer := net.Dialer{Timeout: dialTime}
	conn, err := dialer.DialContext(ctx, "tcp", at)
	if err != nil {
		return err
	}
	return conn.Close()
}

// run searches until ctx ends.
func (s *search) run(ctx context.Context) {
	alone, again := time.NewTimer(settleTime), time.NewTicker(rejoinInterval)
	defer alone.Stop()
	defer again.Stop()
	defer s.tries.Wait()
	s.round(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
			s.round(ctx)
		case <-s.over:
			s.members.settle()
		case <-alone.C:
			if s.hasMore() {
				alone.Reset(dialTime)
				continue
			}
			s.members.settle()
		}
	}
}

// round dials everybody who is no member, some at a time, and each on its own: one that
// does not answer takes seconds to be given up.
func (s *search) round(ctx context.Context) {
	s.discover(ctx)
	reached := s.members.roster.addresses()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 { // else the others of the list come first
		s.waiting = slices.Clone(s.known)
		rand.Shuffle(len(s.waiting), func(i, j int) { s.waiting[i], s.waiting[j] = s.waiting[j], s.waiting[i] }) //nolint:gosec // not a secret
	}
	s.next(ctx, reached)
	if len(s.trying) == 0 && !s.looked.IsZero() {
		s.end()
	}
}

// next dials who waits and is not reached yet. The lock is held.
func (s *search) next(ctx context.Context, reached map[string]bool) {
	for len(s.waiting) > 0 && len(s.trying) < maxTrying && ctx.Err() == nil {
		at := s.waiting[0]
		s.waiting = s.waiting[1:]
		if reached[at.String()] || s.trying[at] {
			continue
		}
		s.trying[at] = true
		s.tries.Go(func() { s.try(ctx, at) })
	}
	s.asked = s.asked || len(s.waiting) == 0 && len(s.trying) > 0
}

// hasMore tells whether somebody was not even dialed yet, because so many do not answer.
func (s *search) hasMore() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting) > 0 && !s.asked
}

// discover renews the list of where other speakers may be, now and then.
func (s *search) discover(ctx context.Context) {
	if !s.looked.IsZero() && time.Since(s.looked) < discoverInterval(len(s.known)) {
		return
	}
	o := &s.members.opts
	found, err := o.Discover(ctx)
	if err != nil {
		if ctx.Err() == nil {
			o.Log.Warn("cannot find out where other speakers are; keeping what is known", "error", err)
		}
		return
	}
	s.known, s.looked = nil, time.Now()
	for _, at := range found {
		port := at.Port()
		if port == 0 {
			port = o.Bind.Port()
		}
		if at = netip.AddrPortFrom(at.Addr().Unmap(), port); at != o.Bind {
			s.known = append(s.known, at)
		}
	}
}

// discoverInterval is how long a list of so many serves. Everybody asks for all others: the
// square of their number is what the API server sends, and new ones look for the others
// themselves. A thousand speakers ask for 2 MB/s together.
func discoverInterval(known int) time.Duration {
	return min(max(time.Duration(known*known)*time.Second/700, minDiscover), maxDiscover)
}

// try joins whoever is at an address. memberlist cannot be told to stop, so
// whether anybody is there is asked before.
func (s *search) try(ctx context.Context, at netip.AddrPort) {
	err := s.dial(ctx, at.String())
	if err == nil {
		err = s.joinOne(ctx, at.String())
	}
	joined := err == nil
	if err != nil && ctx.Err() == nil {
		s.members.opts.Log.Debug("no member there", "address", at, "error", err)
	}
	reached := s.members.roster.addresses()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.trying, at)
	s.next(ctx, reached)
	if joined || len(s.trying) == 0 {
		s.end()
	}
}

// joinOne joins who is at an address, when it is its turn and nobody else has led to it by then.
func (s *search) joinOne(ctx context.Context, at string) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case s.joining <- struct{}{}:
	}
	defer func() { <-s.joining }()
	if s.members.roster.addresses()[at] {
		return nil
	}
	return s.join(at)
}

// end says that the first look is over.
func (s *search) end() {
	select {
	case s.over <- struct{}{}:
	default:
	}
}
