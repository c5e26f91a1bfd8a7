package handoff

import "time"

// Result is what frr-reloader says about itself and FRR: status.json. It holds no secrets.
type Result struct {
	// Desired identifies the text last seen in frr.conf, Running the text that FRR was last verified to run.
	Desired Version `json:"desired"`
	Running Version `json:"running"`

	Phase   Phase     `json:"phase"`   // what is being done now, or idle
	Outcome Outcome   `json:"outcome"` // how the last attempt at Desired ended
	Since   time.Time `json:"since"`   // when Phase and Outcome last changed

	// Failures are the lines that FRR refused, most important first; with OutcomePartial
	// they say what was left out.
	Failures []Failure `json:"failures,omitempty"`
	// Drift are the differences between what FRR runs and what was applied, as last
	// looked at; empty once repaired.
	Drift []DriftLine `json:"drift,omitempty"`

	Durations map[Phase]Milliseconds `json:"durations,omitempty"` // of the last attempt
	Counters  Counters               `json:"counters"`

	FRRVersion string    `json:"frrVersion,omitempty"`
	Daemons    []Daemon  `json:"daemons,omitempty"`  // in start order
	Sessions   []Session `json:"sessions,omitempty"` // sorted by VRF, then neighbor

	Updated time.Time `json:"updated"` // when this file was written
}

// Version identifies one text: the generation and digest in its header.
type Version struct {
	Generation int64  `json:"generation,omitempty"`
	Digest     string `json:"digest,omitempty"` // hex SHA-256 of the text below the header
}

// Phase is a step of bringing FRR to the desired text.
type Phase string

// The phases, in order.
const (
	PhaseStarting Phase = "starting" // daemons are not up yet
	PhaseIdle     Phase = "idle"
	PhaseCheck    Phase = "check"
	PhaseDiff     Phase = "diff"
	PhaseApply    Phase = "apply"
	PhaseVerify   Phase = "verify"
	PhaseRollback Phase = "rollback"
)

// Outcome is how the last attempt ended.
type Outcome string

// The outcomes. Only OutcomeApplied says that FRR was seen to run all of Desired.
const (
	OutcomeNone       Outcome = ""           // nothing attempted yet
	OutcomeApplied    Outcome = "applied"    // verified
	OutcomePartial    Outcome = "partial"    // verified but for what Failures name, which was left out
	OutcomeRefused    Outcome = "refused"    // the check said no; FRR was not touched
	OutcomeRolledBack Outcome = "rolledBack" // a line was refused; FRR was verified to run what it ran before
	OutcomeFailed     Outcome = "failed"     // FRR runs something unknown; being repaired
)

// Failure is one refused line.
type Failure struct {
	Phase   Phase  `json:"phase"`
	Daemon  string `json:"daemon,omitempty"`
	Line    string `json:"line"`             // secrets redacted
	Number  int    `json:"number,omitempty"` // line number in frr.conf, from 1; 0: not from there
	Message string `json:"message"`          // FRR's own words, secrets redacted
	Object  string `json:"object,omitempty"` // "BGPPeer tor-a", "bgpextras"
}

// DriftLine is one difference between what FRR runs and what was applied.
type DriftLine struct {
	Daemon string `json:"daemon"`
	Block  string `json:"block,omitempty"` // "router bgp 64512", "" at top level
	Line   string `json:"line"`            // secrets redacted
	Extra  bool   `json:"extra"`           // true: FRR has it and should not; false: FRR lacks it
}

// Counters count since frr-reloader started.
type Counters struct {
	Applied        int64 `json:"applied"`
	Refused        int64 `json:"refused"`
	RolledBack     int64 `json:"rolledBack"`
	Drifts         int64 `json:"drifts"`
	DaemonRestarts int64 `json:"daemonRestarts"`
}

// Daemon is the state of one FRR daemon.
type Daemon struct {
	Name      string    `json:"name"`
	State     string    `json:"state"` // "starting", "up", "hung", "down"
	PID       int       `json:"pid,omitempty"`
	Since     time.Time `json:"since"`
	Restarts  int       `json:"restarts"`
	LastError string    `json:"lastError,omitempty"`
}

// Session is what bgpd says of one neighbor.
type Session struct {
	VRF        string    `json:"vrf"` // "default" for the default one, as FRR has it
	Neighbor   string    `json:"neighbor"`
	RemoteASN  uint32    `json:"remoteASN,omitempty"`
	State      string    `json:"state"`               // bgpState, such as "Established"
	Since      time.Time `json:"since,omitzero"`      // of the state, where FRR says
	LastReset  string    `json:"lastReset,omitempty"` // FRR's reason, or frr-reloader's when bgpd ended
	Flaps      int       `json:"flaps"`               // of all lives of bgpd that frr-reloader has seen
	PrefixSent int       `json:"prefixesSent"`        // all families
}

// Milliseconds prints a duration as a JSON number of milliseconds.
type Milliseconds time.Duration
