package speaker

import (
	"errors"
	"strconv"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/intent"
)

// Sift leaves out of an intent what must not reach FRR, one thing at a time, so
// that the rest can be rendered. intent.Parse refuses all of it before, with
// better words; this is the second lock on the same door. The intent that is
// passed in does not change.
func Sift(in *intent.Intent) (*intent.Intent, []intent.Problem) {
	var (
		problems []intent.Problem
		out      = *in
		passes   = func(object intent.Ref, err error, effect string) bool {
			if err != nil {
				problems = append(problems, unfit(object, err, effect))
			}
			return err == nil
		}
	)
	out.Peers = make([]intent.Peer, 0, len(in.Peers))
	for _, p := range in.Peers {
		if passes(p.Ref, frrconfig.CheckSession(p.Session), "this peer is left out") {
			out.Peers = append(out.Peers, p)
		}
	}
	out.BFDProfiles = make([]bgp.BFDProfile, 0, len(in.BFDProfiles))
	for _, p := range in.BFDProfiles {
		object := intent.Ref{Kind: "BFDProfile", Name: strconv.QuoteToASCII(p.Name)}
		if passes(object, frrconfig.CheckProfile(p), "this profile is left out") {
			out.BFDProfiles = append(out.BFDProfiles, p)
		}
	}
	if !passes(intent.Ref{Kind: "ConfigMap", Name: "bgpextras"}, frrconfig.CheckRaw(in.RawConfig), "none of its text is used") {
		out.RawConfig = ""
	}
	return &out, problems
}

func unfit(object intent.Ref, err error, effect string) intent.Problem {
	p := intent.Problem{Object: object, Message: err.Error(), Effect: effect, Remedy: "correct the value"}
	var refusal *frrconfig.Error
	if errors.As(err, &refusal) {
		p.Field, p.Message = refusal.Field, refusal.Problem
	}
	return p
}
