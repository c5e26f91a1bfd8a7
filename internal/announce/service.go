package announce

import (
	"slices"
	"strconv"

	"frr-speaker/internal/intent"
)

// serviceServes asks whether traffic for the service would be served if it came
// to this node. It returns zero when it would.
func serviceServes(svc *intent.Service, node string) (Reason, string) {
	if svc.TrafficPolicy == intent.TrafficPolicyLocal {
		if _, here := slices.BinarySearch(svc.Endpoints.Nodes, node); !here {
			return NoLocalEndpoints, "of " + strconv.Itoa(svc.Endpoints.Serving) + " serving endpoints none is on node " + node
		}
	}
	if svc.Endpoints.Serving == 0 {
		return NoEndpoints, ""
	}
	return 0, ""
}
