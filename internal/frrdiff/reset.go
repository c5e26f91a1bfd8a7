package frrdiff

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// reset is a session that a command resets.
type reset struct{ neighbor, vrf, why string }

// Resets are the neighbors (with VRF) whose session the script resets, and why:
// "192.0.2.1: password changes", "eth0 vrf red: ...". Sorted; empty when none. A
// neighbor that is created or removed is not in it. Passwords are not in it either.
func (s Script) Resets() []string {
	reasons := map[string][]string{}
	for _, step := range s {
		for _, c := range step.Commands {
			for _, r := range c.resets {
				who := r.neighbor
				if r.vrf != "" {
					who += " vrf " + r.vrf
				}
				if !slices.Contains(reasons[who], r.why) {
					reasons[who] = append(reasons[who], r.why)
				}
			}
		}
	}
	out := make([]string, 0, len(reasons))
	for _, who := range slices.Sorted(maps.Keys(reasons)) {
		out = append(out, who+": "+strings.Join(reasons[who], "; "))
	}
	return out
}

// everyone is every neighbor that is in the instance before and after.
func (i *instanceDiff) everyone(why string) []reset {
	if i.from == nil {
		return nil
	}
	return common(i.from, i.to, why)
}

// rebuilt is the neighbors that a removed instance has when it is made anew.
func rebuilt(from, to *node) []reset {
	if to == nil {
		return nil
	}
	return common(from, to, "the instance is made anew, its AS number changes")
}

func common(from, to *node, why string) []reset {
	var out []reset
	before, after := neighborsOf(from), neighborsOf(to)
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if after[name] && !isGroup(to, name) {
			out = append(out, reset{name, vrfOf(to), why})
		}
	}
	return out
}

// resetsAll says why a change of the instance's own settings resets all its sessions, or "".
func resetsAll(ch change) string {
	n := ch.to
	if n == nil {
		n = ch.from
	}
	switch n.slot {
	case "bgp router-id":
		return "the router ID changes"
	case "bgp graceful-restart":
		return "graceful restart changes (FRR 9 and later reset for it)"
	case "bgp confederation identifier":
		return "the confederation changes"
	case "bgp shutdown":
		return "the instance is shut down or started"
	}
	if strings.HasPrefix(n.slot, "bgp confederation peers") {
		return "the confederation changes"
	}
	return ""
}

// resetOf says whether a change of a neighbor's line resets its session. A line of
// the session that is not known is taken to do so.
func (i *instanceDiff) resetOf(ch change) []reset {
	n := ch.to
	if n == nil {
		n = ch.from
	}
	text, _ := bare(n.text)
	w := newWords(text)
	why := whyReset(w)
	if why == "" {
		return nil
	}
	name := neighborOf(n.text)
	if !isGroup(i.to, name) {
		return []reset{{name, vrfOf(i.to), why}}
	}
	var out []reset
	for _, r := range i.everyone(fmt.Sprintf("in its peer-group %s, %s", name, why)) {
		if has(i.to.kids, "neighbor "+r.neighbor+" peer-group "+name) {
			out = append(out, r)
		}
	}
	return out
}

func whyReset(w words) string {
	switch third := w.at(2); third {
	case "timers", "port", "description", "bfd", "advertisement-interval", "graceful-restart-helper", "tcp-mss",
		"dont-capability-negotiate", "override-capability", "strict-capability-match", "enforce-first-as",
		"sender-as-path-loop-detection", "path-attribute", "disable-link-bw-encoding-ieee":
		return ""
	case "send-community", "next-hop-self", "allowas-in", "soft-reconfiguration", "maximum-prefix", "maximum-prefix-out",
		"route-map", "prefix-list", "filter-list", "distribute-list", "unsuppress-map", "default-originate", "weight",
		"as-override", "remove-private-AS", "attribute-unchanged", "advertise-map", "soo":
		return ""
	case "graceful-restart", "graceful-restart-disable":
		return "graceful restart changes (FRR 9 and later reset for it)"
	case "activate":
		return "an address family is switched on or off"
	case "interface":
		return "remote-as changes"
	case "password", "remote-as", "ebgp-multihop", "disable-connected-check", "update-source", "local-as",
		"passive", "shutdown", "ttl-security", "capability", "peer-group":
		return third + " changes"
	default:
		return third + " changes, which may reset it"
	}
}
