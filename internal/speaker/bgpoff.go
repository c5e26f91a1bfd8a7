package speaker

import (
	"fmt"
	"sync/atomic"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
)

// withoutBGP leaves out of an intent what only FRR could carry out, and says so of each
// peer that selects the node. The intent that is passed in does not change.
func withoutBGP(in *intent.Intent, node string) (*intent.Intent, []intent.Problem) {
	out := *in
	out.Peers, out.BFDProfiles, out.RawConfig = nil, nil, ""
	var problems []intent.Problem
	for _, n := range in.Nodes {
		if n.Name != node {
			continue
		}
		for _, p := range in.Peers {
			if p.Nodes.Matches(n.Labels) {
				problems = append(problems, bgpIsOff(p.Ref, node))
			}
		}
	}
	return &out, problems
}

func bgpIsOff(peer intent.Ref, node string) intent.Problem {
	return intent.Problem{
		Object:  peer,
		Message: "BGP is off on node " + node + ", whose speaker runs without FRR (--bgp=none)",
		Effect:  "there is no session with this peer",
		Remedy:  "apply the manifest with FRR, or give the peer nodeSelectors that leave this node out",
	}
}

// Decided is the sink of a speaker without FRR that knows whether something was decided
// yet.
type Decided struct{ yet atomic.Bool }

// Set notes that there is a state.
func (d *Decided) Set(announce.State, string) { d.yet.Store(true) }

// Ready returns nil from the first decision on, before that what is waited for.
func (d *Decided) Ready() error {
	if !d.yet.Load() {
		return fmt.Errorf("nothing has been decided yet: objects are not complete, or this node is not among them")
	}
	return nil
}
