package frrdiff

// Script is what a daemon has to be told, in order.
type Script []Step

// Phase ranks the steps of all daemons against each other. Whoever applies the
// scripts of several daemons runs all Prepare steps first, then all Change
// steps, then all Retire steps. Within Prepare and Change the daemons go in the
// order mgmtd, zebra, staticd, bfdd, bgpd; within Retire in the reverse order.
// So a BFD profile is there before bgpd refers to it and goes after bgpd has let go.
type Phase uint8

// The phases, in order. A Script is sorted by them.
const (
	Prepare Phase = iota // additions that others may refer to, and plain settings
	Change               // instances, neighbors, filters in use, networks
	Retire               // what nothing refers to any more
)

// String is the lower-case name, for logs and metrics.
func (p Phase) String() string {
	switch p {
	case Prepare:
		return "prepare"
	case Change:
		return "change"
	default:
		return "retire"
	}
}

// Step is commands that belong together.
type Step struct {
	Phase Phase
	// Atomic commands go between XFRR_start_configuration and XFRR_end_configuration,
	// with nothing but each other in between: FRR then commits them as one. They are
	// route-map and prefix-list lines, never neighbors. Others go one by one.
	Atomic   bool
	Commands []Command
}

// Command is one line for the vty, with the block to be in.
type Command struct {
	Context []string // lines that open the block, outermost first; empty at top level
	Text    string   // "network 198.51.100.7/32 route-map origin-5", "no neighbor 192.0.2.9"
	Source  Line     // the line it comes from (of to; of from when it removes)
	Opens   bool     // Text opens a block: the vty is inside it afterwards
	Undoes  string   // the line that it takes back, if BGP can do with it: FRR has no "no" for some lines that it takes

	resets []reset
}

// Line is one line of the text that was parsed.
type Line struct {
	Number int    // from 1
	Text   string // without indentation
	Object string // "BGPPeer tor-a", "bgpextras", "" when no comment names one
}

// Len is the number of commands.
func (s Script) Len() int {
	n := 0
	for _, step := range s {
		n += len(step.Commands)
	}
	return n
}
