package l2

import "time"

// Times of the life of a claim.
const (
	// An address is announced at once, and again 1 s and 3 s later: at most
	// MAX_NEIGHBOR_ADVERTISEMENT (3) times, RetransTimer (1 s) apart (RFC 4861,
	// section 10), the last two ANNOUNCE_INTERVAL (2 s) apart (RFC 5227, section 1.1).
	announceRounds = 3
	firstRepeat    = 1 * time.Second
	nextRepeat     = 2 * time.Second

	// RFC 5227, section 1.1, has PROBE_NUM probes 1 s to 2 s apart and 2 s to wait
	// after the last. Failover cannot wait for that: probes follow each other sooner.
	probeNum      = 3
	probeInterval = 250 * time.Millisecond

	// Who yields probes again after this time, which doubles.
	firstRetry = 1 * time.Second
	maxRetry   = 10 * time.Second

	// Nodes do not learn at the same moment who owns an address: two may claim it
	// for a while without anything being wrong.
	settleTime = 3 * time.Second

	// defendInterval is DEFEND_INTERVAL (RFC 5227, section 1.1): an address is
	// defended once in that time.
	defendInterval = 10 * time.Second
	// answerWait is how long other hosts have to answer a question.
	answerWait = 1 * time.Second
	// A conflict is over after so many unanswered questions.
	silencesToEnd = 2

	// handoverWait bounds for how long an address is answered after this node gave
	// it up, if no other node is heard to take it.
	handoverWait = 1500 * time.Millisecond
)

// The cap on frames that nobody asked for, over all links: 1,000 IPv4 addresses
// on one link are 3,000 frames at first, a probe, a request and a reply each.
const (
	frameInterval = time.Second / 5000
	frameBurst    = 250
)
