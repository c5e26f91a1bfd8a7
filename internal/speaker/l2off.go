package speaker

import "frr-speaker/internal/intent"

// withoutL2 leaves out of an intent what wants to know of all nodes, which elect who answers
// for an address, and says so of each L2Advertisement. The intent that is passed in does not change.
func withoutL2(in *intent.Intent, node string) (*intent.Intent, []intent.Problem) {
	out := *in
	out.L2Advertisements = nil
	var problems []intent.Problem
	for _, ad := range in.L2Advertisements {
		problems = append(problems, intent.Problem{
			Object:  ad.Ref,
			Message: "layer 2 is off on node " + node + ", whose speaker follows no other Node (--nodes=own)",
			Effect:  "this node answers for no address",
			Remedy:  "run the speakers with --nodes=all, or delete the L2Advertisement",
		})
	}
	return &out, problems
}
