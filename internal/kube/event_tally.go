package kube

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/status"
)

// tally knows which Events were written, so that one that happens again is counted
// and not repeated, and one object cannot fill the cluster's memory of Events. The rules
// are those of client-go's recorder, which itself would bring as much code as all else here.
type tally struct {
	written map[occurrence]*corev1.Event
	credit  map[intent.Ref]credit
}

// occurrence is what makes two Events the same.
type occurrence struct {
	object  intent.Ref
	uid     types.UID
	warning bool
	reason  string
	message string
}

// credit is how many Events about one object may be written at once.
type credit struct {
	left float64
	at   time.Time
}

const (
	maxCredit      = 25
	creditInterval = 5 * time.Minute // for one more
	maxTallied     = 4096
	eventLifetime  = time.Hour // of the API server's default --event-ttl
)

func newTally() *tally {
	return &tally{written: map[occurrence]*corev1.Event{}, credit: map[intent.Ref]credit{}}
}

// admit takes from the object's credit, if there is some left.
func (t *tally) admit(object intent.Ref, now time.Time) bool {
	c, known := t.credit[object]
	if !known {
		c = credit{maxCredit, now}
	}
	c.left = min(maxCredit, c.left+now.Sub(c.at).Seconds()/creditInterval.Seconds())
	c.at = now
	admitted := c.left >= 1
	if admitted {
		c.left--
	}
	t.forget(now)
	t.credit[object] = c
	return admitted
}

// before returns the Event that says the same and is there still, nil if none is.
func (t *tally) before(e status.Event, now time.Time) *corev1.Event {
	known := t.written[occurrenceOf(e)]
	if known == nil || now.Sub(known.LastTimestamp.Time) > eventLifetime {
		return nil
	}
	return known
}

// wrote notes an Event as the API server has it.
func (t *tally) wrote(e status.Event, written *corev1.Event) { t.written[occurrenceOf(e)] = written }

func occurrenceOf(e status.Event) occurrence {
	return occurrence{e.Object, e.UID, e.Warning, e.Reason, e.Message}
}

// forget drops what is old, when there is much; if nothing is, everything.
func (t *tally) forget(now time.Time) {
	if len(t.written) >= maxTallied {
		for key, e := range t.written {
			if now.Sub(e.LastTimestamp.Time) > eventLifetime {
				delete(t.written, key)
			}
		}
		if len(t.written) >= maxTallied {
			clear(t.written)
		}
	}
	if len(t.credit) >= maxTallied {
		for key, c := range t.credit {
			if c.left+now.Sub(c.at).Seconds()/creditInterval.Seconds() >= maxCredit {
				delete(t.credit, key)
			}
		}
		if len(t.credit) >= maxTallied {
			clear(t.credit)
		}
	}
}
