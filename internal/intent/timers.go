package intent

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/internal/bgp"
)

const (
	minHoldTime = 3 * time.Second // RFC 4271, section 4.2
	// maxTimer is the largest number that the hold time field of an OPEN message,
	// and FRR's commands, can hold.
	maxTimer = 65535 * time.Second
	// keepalivesPerHold is the ratio that RFC 4271, section 10, suggests.
	keepalivesPerHold = 3
)

// parseTimers reads hold and keepalive time. Where one is missing it follows
// from the other; without both, FRR's defaults hold.
func parseTimers(f *findings, hold, keepalive *metav1.Duration) *bgp.Timers {
	const holdField, keepaliveField = "spec.holdTime", "spec.keepaliveTime"
	if hold == nil && keepalive == nil {
		return nil
	}
	var (
		timers  bgp.Timers
		refused = len(f.refusals)
	)
	if hold != nil {
		timers.Hold = wholeSeconds(f, holdField, hold.Duration)
	}
	if keepalive != nil {
		timers.Keepalive = wholeSeconds(f, keepaliveField, keepalive.Duration)
	}
	if len(f.refusals) > refused {
		return nil
	}
	switch {
	case keepalive == nil:
		timers.Keepalive = (timers.Hold / keepalivesPerHold).Truncate(time.Second)
	case hold == nil:
		timers.Hold = timers.Keepalive * keepalivesPerHold
	}
	checkTimers(f, timers, hold == nil)
	return &timers
}

// checkTimers complains about a pair of timers that no session can use.
func checkTimers(f *findings, t bgp.Timers, derived bool) {
	const holdField, keepaliveField = "spec.holdTime", "spec.keepaliveTime"
	if t.Hold > maxTimer && derived {
		f.refuse(keepaliveField, "set holdTime, or a keepaliveTime of at most 21845s", "%s makes a hold time of %s, above 65535 s", t.Keepalive, t.Hold)
		return
	}
	if t.Hold != 0 && t.Hold < minHoldTime {
		f.refuse(holdField, "use 0s for no keepalives, or at least 3s", "%s is below 3 s", t.Hold)
		return
	}
	if t.Keepalive > t.Hold {
		f.refuse(keepaliveField, "use a third of holdTime", "%s is longer than the hold time of %s", t.Keepalive, t.Hold)
		return
	}
	if t.Keepalive == 0 && t.Hold != 0 {
		f.refuse(keepaliveField, "use a third of holdTime, or set both to 0s", "sends no keepalives, so the neighbor closes the session after the hold time of %s", t.Hold)
	}
}

// parseConnectTime reads the connect retry time; 0 is FRR's default.
func parseConnectTime(f *findings, connect *metav1.Duration) time.Duration {
	const field = "spec.connectTime"
	if connect == nil {
		return 0
	}
	refused := len(f.refusals)
	t := wholeSeconds(f, field, connect.Duration)
	if t == 0 && len(f.refusals) == refused {
		f.refuse(field, "use 1s to 65535s, or remove the field", "is zero")
	}
	return t
}

// wholeSeconds reads a time as FRR can express it: whole seconds that fit 16
// bits. A fraction is cut off, as MetalLB does, but never to nothing: a hold time
// of 500ms must not become one of zero, which never expires.
func wholeSeconds(f *findings, field string, t time.Duration) time.Duration {
	switch {
	case t < 0:
		f.refuse(field, "use a positive time", "%s is negative", t)
	case t > maxTimer:
		f.refuse(field, "use at most 65535s", "%s is above 65535 s", t)
	case t > 0 && t < time.Second:
		f.refuse(field, "use whole seconds", "%s is less than a second, and FRR counts whole seconds", t)
	case t%time.Second != 0:
		f.warn(field, t.Truncate(time.Second).String()+" is used", "use whole seconds", "%s is not a whole number of seconds", t)
	}
	return t.Truncate(time.Second)
}
