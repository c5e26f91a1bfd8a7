package reloader

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// keeper writes last-good.conf. It does so behind the loop's back, because the disk may take longer than FRR.
type keeper struct {
	write func(generation int64, body []byte) error
	log   *slog.Logger
	poke  chan struct{} // one slot

	mu   sync.Mutex // guards next
	next *target

	digest  string // of what the file holds
	failing bool
}

func newKeeper(write func(int64, []byte) error, log *slog.Logger) *keeper {
	return &keeper{write: write, log: log, poke: make(chan struct{}, 1)}
}

func (k *keeper) String() string { return "last-good writer" }

// have tells what the file holds already; it is called before Run.
func (k *keeper) have(t *target) { k.digest = t.version.Digest }

// keep makes t what is to be written next.
func (k *keeper) keep(t *target) {
	k.mu.Lock()
	k.next = t
	k.mu.Unlock()
	signalOnce(k.poke)
}

// keepRetry is how long a full disk is given.
const keepRetry = 10 * time.Second

// Run writes until ctx ends, and then what is still to be written.
func (k *keeper) Run(ctx context.Context) error {
	tick := time.NewTicker(keepRetry)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			k.flush()
			return nil
		case <-k.poke:
			k.flush()
		case <-tick.C:
			k.flush()
		}
	}
}

func (k *keeper) flush() {
	k.mu.Lock()
	t := k.next
	k.next = nil
	k.mu.Unlock()
	if t == nil || t.version.Digest == k.digest {
		return
	}
	err := k.write(t.version.Generation, t.body)
	if err != nil && !k.failing {
		k.log.Error("the last good configuration cannot be kept; a restart would begin with an older one", "error", err)
	}
	k.failing = err != nil
	if k.failing {
		k.again(t)
		return
	}
	k.digest = t.version.Digest
}

// again keeps t for another try, unless something newer has come.
func (k *keeper) again(t *target) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.next == nil {
		k.next = t
	}
}
