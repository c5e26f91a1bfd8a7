package announce

import "frr-speaker/internal/intent"

// protocols are those by which something is to be announced.
type protocols struct{ bgp, l2 bool }

// asked is what the cluster's advertisements ask for. Without any it is BGP, so
// that a service always has a verdict.
func asked(in *intent.Intent) protocols {
	return protocols{
		bgp: len(in.BGPAdvertisements) > 0 || len(in.L2Advertisements) == 0,
		l2:  len(in.L2Advertisements) > 0,
	}
}

// askedFor is what advertisements of one pool ask for. Where none is about the
// pool, every protocol of the cluster has to say so.
func (d *decision) askedFor(pool int, all protocols) protocols {
	one := protocols{bgp: d.ads.announce(pool), l2: d.lan != nil && d.lan.ads.announce(pool)}
	if one == (protocols{}) {
		return all
	}
	return one
}

func (p protocols) list() []Protocol {
	var all []Protocol
	if p.bgp {
		all = append(all, ProtocolBGP)
	}
	if p.l2 {
		all = append(all, ProtocolL2)
	}
	return all
}
