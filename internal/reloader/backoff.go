package reloader

import "time"

// backoff spaces attempts: the first comes after min, each next one after twice the time, up to max.
type backoff struct {
	min, max time.Duration
	next     time.Duration
}

// step returns how long to wait now.
func (b *backoff) step() time.Duration {
	if b.next < b.min {
		b.next = b.min
	}
	wait := b.next
	b.next = min(2*b.next, b.max)
	return wait
}

func (b *backoff) reset() { b.next = 0 }
