package status

import (
	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
)

// Why says why no node announces a service, in the words of Silences, from the verdicts
// of every node by its name.
func Why(in *intent.Intent, svc intent.Service, verdicts map[string][]announce.Verdict) string {
	if reason, nowhere := endpointless(svc); nowhere && len(svc.Addresses) > 0 {
		return reason.String()
	}
	all := causes{}
	for _, node := range speakers(in.Nodes) {
		if !couldServe(svc, node) && len(svc.Addresses) > 0 {
			continue
		}
		for _, v := range verdicts[node] {
			all[cause{v.Protocol, v.Reason}]++
		}
	}
	return all.String()
}
