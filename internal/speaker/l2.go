package speaker

import (
	"context"

	"golang.org/x/sync/errgroup"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/l2"
)

// L2 is the sink that answers for the addresses of this node on its links. FRR has
// no part in it.
type L2 struct {
	Announcer *l2.Announcer
	News      func() // if set, is told that Reports has news; it must not block
	Beat      func() // if set, is called while the task is alive
}

// String names the task.
func (s *L2) String() string { return s.Announcer.String() }

// Set replaces the addresses that this node answers for.
func (s *L2) Set(state announce.State, _ string) { s.Announcer.Set(state.L2) }

// Reports says what has become of the announcements.
func (s *L2) Reports() []l2.Report { return s.Announcer.Reports() }

// Run answers until ctx ends, and hands over then.
func (s *L2) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.Announcer.Run(ctx) })
	group.Go(func() error { s.tell(ctx); return nil })
	return group.Wait()
}

// tell passes on that there is news.
func (s *L2) tell(ctx context.Context) {
	alive := startBeating(s.Beat)
	defer alive.stop()
	for {
		alive.beat()
		select {
		case <-ctx.Done():
			return
		case <-alive.ticker.C:
		case <-s.Announcer.Changed():
			if s.News != nil {
				s.News()
			}
		}
	}
}
