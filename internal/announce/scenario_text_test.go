package announce_test

import (
	"fmt"
	"strings"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/bgp"
)

// verdictText is one line per service: "default/web announced to tor-a: detail".
func verdictText(verdicts []announce.Verdict) string {
	var b strings.Builder
	for _, v := range verdicts {
		fmt.Fprintf(&b, "%s/%s %s", v.Service.Namespace, v.Service.Name, v.Reason)
		if len(v.Peers) > 0 {
			b.WriteString(" to " + strings.Join(v.Peers, ", "))
		}
		if v.Detail != "" {
			b.WriteString(": " + v.Detail)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// routeText is one line per peer and prefix, in the order of FRR's neighbors: the
// Adj-RIB-Out of each.
func routeText(s bgp.Speaker) string {
	var b strings.Builder
	for _, i := range s.Instances {
		for _, session := range i.Sessions {
			for _, r := range i.Routes {
				for _, e := range r.Policy.Exports {
					if e.Session == session.ID() {
						fmt.Fprintf(&b, "%s %s%s\n", session.Peer, r.Prefix, attributeText(e.Attributes))
					}
				}
			}
		}
	}
	return b.String()
}

func attributeText(a bgp.Attributes) string {
	var b strings.Builder
	if a.LocalPref != 0 {
		fmt.Fprintf(&b, " local-preference %d", a.LocalPref)
	}
	for i, c := range a.Communities {
		if i == 0 {
			b.WriteString(" community")
		}
		fmt.Fprintf(&b, " %s", c)
	}
	for i, c := range a.LargeCommunities {
		if i == 0 {
			b.WriteString(" large-community")
		}
		fmt.Fprintf(&b, " %s", c)
	}
	return b.String()
}
