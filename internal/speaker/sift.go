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
	out.Peers = kept(in.Peers, func(p intent.Peer) bool {
		return passes(p.Ref, frrconfig.CheckSession(p.Session), "this peer is left out")
	})
	out.BFDProfiles = kept(in.BFDProfiles, func(p bgp.BFDProfile) bool {
		object := intent.Ref{Kind: "BFDProfile", Name: strconv.QuoteToASCII(p.Name)}
		return passes(object, frrconfig.CheckProfile(p), "this profile is left out")
	})
	if !passes(intent.Ref{Kind: "ConfigMap", Name: "bgpextras"}, frrconfig.CheckRaw(in.RawConfig), "none of its text is used") {
		out.RawConfig = ""
	}
	return &out, problems
}

// kept returns what fits: the list itself, by which a Decider knows it again, if that is all of it.
func kept[E any](list []E, fits func(E) bool) []E {
	fit := make([]E, 0, len(list))
	for _, e := range list {
		if fits(e) {
			fit = append(fit, e)
		}
	}
	if len(fit) == len(list) {
		return list
	}
	return fit
}

func unfit(object intent.Ref, err error, effect string) intent.Problem {
	p := intent.Problem{Object: object, Message: err.Error(), Effect: effect, Remedy: "correct the value"}
	var refusal *frrconfig.Error
	if errors.As(err, &refusal) {
		p.Field, p.Message = refusal.Field, refusal.Problem
	}
	return p
}
