package intent

import (
	"crypto/sha256"
	"encoding/hex"

	"frr-speaker/internal/bgp"
)

// withoutEcho takes BFD echo away from a session on which it cannot work, and
// leaves BFD itself. Over several hops FRR sends no echo whatever the profile
// says (measured, 8.4). Over IPv6, FRR says of its echo that it works between FRR
// routers only; with others the session could flap. There the session gets a
// profile of its own kind, which profiles receives.
func withoutEcho(p *Peer, profiles map[string]bgp.BFDProfile) []Problem {
	s := &p.Session
	if !s.BFD || !profiles[s.BFDProfile].EchoMode {
		return nil
	}
	reason := ""
	switch {
	case s.EBGPMultiHop:
		reason = "does not work over several hops"
	case s.Interface != "" || s.Addr.Is6():
		reason = "over IPv6 works between two FRR routers only"
	default:
		return nil
	}
	f := findings{ref: p.Ref}
	f.warn("spec.bfdProfile", "BFD runs without echo on this session", "use a BFDProfile without echoMode",
		"BFDProfile %s has echoMode, which %s", s.BFDProfile, reason)
	if !s.EBGPMultiHop {
		async := profiles[s.BFDProfile]
		async.Name = asyncName(async.Name)
		async.EchoMode, async.EchoInterval = false, 0
		profiles[async.Name] = async
		s.BFDProfile = async.Name
	}
	return f.warnings
}

// asyncName names the profile that is another without echo. No object has that
// name, for Kubernetes allows no underscore in one, and FRR does not cut it off.
func asyncName(profile string) string {
	const (
		suffix = "_async"
		stem   = 48 // leaves room for "_", 8 digits and the suffix
	)
	if len(profile)+len(suffix) <= maxBFDProfileName {
		return profile + suffix
	}
	sum := sha256.Sum256([]byte(profile))
	return profile[:stem] + "_" + hex.EncodeToString(sum[:4]) + suffix
}
