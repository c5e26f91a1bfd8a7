package status

import (
	"time"

	"k8s.io/apimachinery/pkg/types"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/l2"
)

// Facts is all that the status of a node is made from.
type Facts struct {
	Namespace string // of the metallb.io objects
	Node      string
	NodeUID   types.UID // "" while the cluster has no such Node: objects then have no owner
	Nodes     int       // how many the cluster has; it divides MaxObjects

	// State is what was decided last; nil before the first decision.
	State    *announce.State
	Problems []intent.Problem // sorted
	// Published is the text that was handed to frr-reloader last; zero before the first one.
	Published handoff.Version
	Reload    Reload
	Links     []l2.Report // sorted by address
	Silences  []Silence   // services that no node announces, for this node to tell

	// MaxObjects bounds the ServiceBGPStatus objects of the whole cluster, and the
	// ServiceL2Status objects of this node; 0 is DefaultMaxObjects.
	MaxObjects int
	// WithoutServices leaves out the objects per service.
	WithoutServices bool
	// WithoutFRR: the speaker announces by ARP and Neighbor Discovery alone, and Reload says nothing.
	WithoutFRR bool

	Now time.Time
}

// Reload is what is known of frr-reloader.
type Reload struct {
	Known  bool           // it has reported at least once
	Silent bool           // it has missed several reports: Result is what was true then
	Result handoff.Result // zero unless Known
}

// patience is how long a report of frr-reloader that says nothing of an outcome
// leaves the last one standing: every new text goes through that for some milliseconds.
const patience = 10 * time.Second

// Next is what is known after one more report.
func (r Reload) Next(result handoff.Result, now time.Time) Reload {
	if result.Outcome == handoff.OutcomeNone && r.Known && now.Sub(result.Since) < patience {
		result.Outcome, result.Failures = r.Result.Outcome, r.Result.Failures
	}
	return Reload{Known: true, Silent: result.Stale(now), Result: result}
}

// DefaultMaxObjects is how many objects per service and node a cluster gets, at
// about 2 kB each in etcd.
const DefaultMaxObjects = 100_000

// minPerNode is how many services of a node have their object however many nodes there are.
const minPerNode = 20

// perNode is this node's share of the ServiceBGPStatus objects of the cluster.
func (f Facts) perNode() int { return max(f.maxObjects()/max(f.Nodes, 1), minPerNode) }

func (f Facts) maxObjects() int {
	if f.MaxObjects == 0 {
		return DefaultMaxObjects
	}
	return f.MaxObjects
}
