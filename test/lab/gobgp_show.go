package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"frr-speaker/internal/bgp"
)

// gobgpPath is one path as "gobgp -j global rib" prints it.
type gobgpPath struct {
	Best       bool             `json:"best"`
	Stale      bool             `json:"stale"`
	Neighbor   netip.Addr       `json:"neighbor-ip"`
	Attributes []gobgpAttribute `json:"attrs"`
}

// gobgpAttribute is a path attribute, set in a Path by its type code (RFC 4271, section 4.3).
type gobgpAttribute struct {
	set func(*Path) error
}

// UnmarshalJSON reads the attributes that the lab knows and passes over the others.
func (a *gobgpAttribute) UnmarshalJSON(text []byte) error {
	var raw struct {
		Type        int             `json:"type"`
		NextHop     string          `json:"nexthop"`
		Communities []bgp.Community `json:"communities"`
		Value       json.RawMessage `json:"value"`
		ASPaths     []struct {
			ASNs []bgp.ASN `json:"asns"`
		} `json:"as_paths"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	a.set = func(*Path) error { return nil }
	switch raw.Type {
	case 2: // AS_PATH
		a.set = func(p *Path) error {
			for _, segment := range raw.ASPaths {
				p.ASPath = append(p.ASPath, segment.ASNs...)
			}
			return nil
		}
	case 3, 14: // NEXT_HOP, MP_REACH_NLRI (RFC 4760)
		a.set = func(p *Path) (err error) { p.NextHop, err = netip.ParseAddr(raw.NextHop); return err }
	case 5: // LOCAL_PREF
		a.set = func(p *Path) error { return json.Unmarshal(raw.Value, &p.LocalPref) }
	case 8: // COMMUNITIES (RFC 1997)
		a.set = func(p *Path) error { p.Communities = slices.Sorted(slices.Values(raw.Communities)); return nil }
	case 32: // LARGE_COMMUNITY (RFC 8092)
		a.set = func(p *Path) error { return setLarge(p, raw.Value) }
	}
	return nil
}

func setLarge(p *Path, text []byte) error {
	var all []struct{ ASN, LocalData1, LocalData2 uint32 }
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	for _, one := range all {
		p.LargeCommunities = append(p.LargeCommunities, bgp.LargeCommunity{Global: one.ASN, Local1: one.LocalData1, Local2: one.LocalData2})
	}
	slices.SortFunc(p.LargeCommunities, bgp.LargeCommunity.Compare)
	return nil
}

// parseGoBGPRoutes adds one family of "gobgp -j global rib". What the router
// originates itself has no neighbor and is left out.
func parseGoBGPRoutes(text []byte, routes Routes) error {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	var table map[netip.Prefix][]gobgpPath
	if err := json.Unmarshal(text, &table); err != nil {
		return err
	}
	for prefix, paths := range table {
		for _, one := range paths {
			if !one.Neighbor.IsValid() {
				continue
			}
			path := Path{From: one.Neighbor, Best: one.Best, Stale: one.Stale}
			for _, attribute := range one.Attributes {
				if err := attribute.set(&path); err != nil {
					return fmt.Errorf("%s from %s: %w", prefix, one.Neighbor, err)
				}
			}
			routes[prefix] = append(routes[prefix], path)
		}
	}
	return nil
}

// gobgpEstablished is the number of the state in "gobgp -j neighbor".
const gobgpEstablished = 6

// parseGoBGPSessions reads "gobgp -j neighbor".
func parseGoBGPSessions(text []byte, now time.Time) ([]Session, error) {
	var neighbors []struct {
		State struct {
			Neighbor netip.Addr `json:"neighbor_address"`
			ASN      bgp.ASN    `json:"peer_asn"`
			State    int        `json:"session_state"`
			Flops    int        `json:"flops"`
		} `json:"state"`
		Timers struct {
			State struct {
				Uptime struct {
					Seconds int64 `json:"seconds"` // since the epoch
				} `json:"uptime"`
			} `json:"state"`
		} `json:"timers"`
	}
	if err := json.Unmarshal(text, &neighbors); err != nil {
		return nil, err
	}
	states := []string{"unknown", "idle", "connect", "active", "opensent", "openconfirm", "established"}
	var sessions []Session
	for _, n := range neighbors {
		s := Session{Neighbor: n.State.Neighbor, ASN: n.State.ASN, Up: n.State.State == gobgpEstablished, Drops: n.State.Flops}
		if n.State.State >= 0 && n.State.State < len(states) {
			s.State = states[n.State.State]
		}
		if s.Up {
			s.Uptime = now.Sub(time.Unix(n.Timers.State.Uptime.Seconds, 0))
		}
		sessions = append(sessions, s)
	}
	slices.SortFunc(sessions, func(a, b Session) int { return a.Neighbor.Compare(b.Neighbor) })
	return sessions, nil
}
