package intent

import (
	"maps"
	"slices"
	"strings"

	"frr-speaker/internal/bgp"
)

var peerConsequence = consequence{
	kept: "the session keeps its last valid settings",
	lost: "no session is made with this peer",
}

// peerContext is what peers refer to.
type peerContext struct {
	own      string // namespace
	secrets  secrets
	profiles map[string]bgp.BFDProfile // usable ones
	known    map[string]bool           // BFDProfile objects, usable or not
}

// parsePeers settles each peer. The profiles that are returned include those that
// kept peers had, and those that some sessions need in place of what they name.
func parsePeers(readings []reading[peerDraft], last *Intent, ctx peerContext) ([]Peer, []bgp.BFDProfile, []Problem) {
	var (
		peers    []Peer
		problems []Problem
		used     = maps.Clone(ctx.profiles)
		before   = byName(last.Peers, func(p Peer) string { return p.Ref.Name })
		had      = byName(last.BFDProfiles, func(p bgp.BFDProfile) string { return p.Name })
	)
	for _, r := range readings {
		peer, found, more := settle(ctx.complete(r), before, peerConsequence)
		problems = append(problems, more...)
		if !found {
			continue
		}
		if profile, gone := lastProfile(peer, ctx.profiles, had); gone {
			used[profile.Name] = profile
		}
		problems = append(problems, withoutEcho(&peer, used)...)
		peers = append(peers, peer)
	}
	profiles := slices.SortedFunc(maps.Values(used), func(a, b bgp.BFDProfile) int { return strings.Compare(a.Name, b.Name) })
	return peers, profiles, problems
}

// lastProfile returns the profile of a kept peer when it is usable no more.
func lastProfile(p Peer, usable, had map[string]bgp.BFDProfile) (profile bgp.BFDProfile, gone bool) {
	if _, still := usable[p.Session.BFDProfile]; still {
		return bgp.BFDProfile{}, false
	}
	profile, gone = had[p.Session.BFDProfile]
	return profile, gone
}

// complete adds to a peer what it refers to.
func (c peerContext) complete(r reading[peerDraft]) reading[Peer] {
	var (
		f    = r.findings.fork()
		peer = r.meaning.peer
	)
	if name := r.meaning.secret; name != "" {
		password, complaint := c.secrets.password(name, c.own)
		f.object("spec.passwordSecret", complaint)
		peer.Session.Password = password
	}
	if name := peer.Session.BFDProfile; name != "" {
		f.object("spec.bfdProfile", c.missingProfile(name))
	}
	return reading[Peer]{name: r.name, meaning: peer, findings: f}
}

func (c peerContext) missingProfile(name string) *complaint {
	if _, usable := c.profiles[name]; usable {
		return nil
	}
	if c.known[name] {
		return complain("correct the BFDProfile", "BFDProfile %s is not valid", quote(name))
	}
	return complain("create the BFDProfile, or remove the name", "BFDProfile %s does not exist", quote(name))
}
