package reload

import (
	"slices"

	"frr-speaker/internal/bgp"
	"frr-speaker/test/lab"
)

// resets are the channels of a that a change to b resets or ends, by what FRR was
// measured to do (docs/design/frr.md, "What resets a session").
func resets(v lab.FRRVersion, a, b state) map[channel]string {
	out := map[channel]string{}
	from, _ := a.instance()
	to, _ := b.instance()
	for _, s := range from.Sessions {
		p, up := answering(s)
		if !up {
			continue
		}
		why := "it is removed"
		if n := slices.IndexFunc(to.Sessions, func(t bgp.Session) bool { return t.ID() == s.ID() }); n >= 0 {
			why = whyReset(v, from, to, s, to.Sessions[n])
		}
		if why != "" {
			out[channel{p.name, sourceOf(s)}] = why
		}
	}
	return out
}

func whyReset(v lab.FRRVersion, from, to bgp.Instance, a, b bgp.Session) string {
	switch {
	case from.ASN != to.ASN:
		return "the AS of the instance changes"
	case from.RouterID != to.RouterID:
		return "the router ID changes"
	case a.RemoteAS != b.RemoteAS:
		return "remote-as changes"
	case a.Password != b.Password:
		return "the password changes"
	case a.EBGPMultiHop != b.EBGPMultiHop:
		return "ebgp-multihop changes"
	case a.DisableConnectedCheck != b.DisableConnectedCheck:
		return "disable-connected-check changes"
	case a.SourceAddr != b.SourceAddr:
		return "update-source changes"
	case a.LocalAS != b.LocalAS:
		return "local-as changes"
	case !slices.Equal(a.Families, b.Families):
		return "a family is switched on or off"
	case a.GracefulRestart != b.GracefulRestart && v >= lab.FRR10:
		return "graceful restart changes"
	}
	return ""
}
