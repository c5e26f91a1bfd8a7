package page

import (
	"time"

	"frr-speaker/internal/handoff"
	"frr-speaker/internal/status"
)

// Facts is all that the page is made from.
type Facts struct {
	status.Facts
	Applies []Apply // newest first
	Query   string  // leaves services out whose row does not have this text
}

// Apply is one configuration that was published for FRR, and what came of it.
type Apply struct {
	Version   handoff.Version
	Published time.Time
	Changes   Changes // against the one before

	// What follows is of the report that came last about this configuration.
	Outcome   handoff.Outcome // "" while there is none
	Ended     time.Time
	Durations map[handoff.Phase]handoff.Milliseconds
}
