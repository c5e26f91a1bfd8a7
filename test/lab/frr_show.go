package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"frr-speaker/internal/bgp"
)

// frrTable is what "show bgp … json detail" prints, in either version.
type frrTable struct {
	Routes map[string]json.RawMessage `json:"routes"`
}

type frrPath struct {
	Valid  bool `json:"valid"`
	Stale  bool `json:"stale"`
	ASPath struct {
		String string `json:"string"`
	} `json:"aspath"`
	LocalPref   *uint32 `json:"locPrf"`
	LocalPref10 *uint32 `json:"localpref"`
	BestPath    struct {
		Overall bool `json:"overall"`
	} `json:"bestpath"`
	Community struct {
		List []string `json:"list"`
	} `json:"community"`
	LargeCommunity struct {
		List []string `json:"list"`
	} `json:"largeCommunity"`
	Nexthops []struct {
		IP    string `json:"ip"`
		Scope string `json:"scope"`
	} `json:"nexthops"`
	Peer struct {
		ID   string `json:"peerId"`
		Type string `json:"type"` // "external", "internal"
	} `json:"peer"`
}

// Routes reads the BGP table of bgpd, both families, routes of its own left out.
func (s frrShell) Routes(ctx context.Context) (Routes, error) {
	routes := Routes{}
	for _, f := range []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast} {
		text, err := s.VTY(ctx, "bgpd", fmt.Sprintf("show bgp %v json detail", f))
		if err != nil {
			return nil, err
		}
		if err := parseFRRRoutes([]byte(text), routes); err != nil {
			return nil, fmt.Errorf("read routes of %s: %w", s.host.name, err)
		}
	}
	routes.sortPaths()
	return routes, nil
}

// parseFRRRoutes adds the paths of one family's table.
func parseFRRRoutes(text []byte, into Routes) error {
	var table frrTable
	if err := json.Unmarshal(text, &table); err != nil {
		return err
	}
	for name, raw := range table.Routes {
		prefix, err := netip.ParsePrefix(name)
		if err != nil {
			return err
		}
		paths, err := frrPaths(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, p := range paths {
			path, learned, err := p.path()
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if learned {
				into[prefix] = append(into[prefix], path)
			}
		}
	}
	return nil
}

// frrPaths reads a prefix's paths: a list, or an object that holds one.
func frrPaths(raw json.RawMessage) ([]frrPath, error) {
	var paths []frrPath
	if json.Unmarshal(raw, &paths) == nil {
		return paths, nil
	}
	var object struct {
		Paths []frrPath `json:"paths"`
	}
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, err
	}
	return object.Paths, nil
}

// path converts; learned is false for what bgpd originates.
func (p frrPath) path() (path Path, learned bool, err error) {
	path.From, err = netip.ParseAddr(p.Peer.ID)
	if err != nil || path.From.IsUnspecified() {
		return Path{}, false, nil //nolint:nilerr // "(unspec)" is how bgpd names itself
	}
	path.Best, path.Stale = p.BestPath.Overall, p.Stale
	for _, n := range p.Nexthops {
		if n.Scope == "link-local" && path.NextHop.IsValid() {
			continue
		}
		if path.NextHop, err = netip.ParseAddr(n.IP); err != nil {
			return path, false, err
		}
	}
	if path.ASPath, err = parseASPath(strings.TrimPrefix(p.ASPath.String, "Local")); err != nil {
		return path, false, err
	}
	for _, pref := range []*uint32{p.LocalPref, p.LocalPref10} {
		if pref != nil && p.Peer.Type == "internal" {
			path.LocalPref = *pref
		}
	}
	for _, text := range p.Community.List {
		c, err := parseFRRCommunity(text)
		if err != nil {
			return path, false, err
		}
		path.Communities = append(path.Communities, c)
	}
	for _, text := range p.LargeCommunity.List {
		err := eachTuple(strings.ReplaceAll(text, ":", ","), 3, func(n []uint32) {
			path.LargeCommunities = append(path.LargeCommunities, bgp.LargeCommunity{Global: n[0], Local1: n[1], Local2: n[2]})
		})
		if err != nil {
			return path, false, err
		}
	}
	return path, true, nil
}

// namedCommunity knows the names of communities in FRR's JSON, in lower case; they
// are not those of its configuration.
func namedCommunity(name string) (bgp.Community, bool) {
	switch name {
	case "gracefulshutdown":
		return bgp.NewCommunity(0xFFFF, 0), true // RFC 8326
	case "acceptown":
		return bgp.NewCommunity(0xFFFF, 1), true // RFC 7611
	case "llgrstale":
		return bgp.NewCommunity(0xFFFF, 6), true // RFC 9494
	case "nollgr":
		return bgp.NewCommunity(0xFFFF, 7), true // RFC 9494
	case "blackhole":
		return bgp.NewCommunity(0xFFFF, 666), true // RFC 7999
	case "noexport":
		return bgp.NewCommunity(0xFFFF, 0xFF01), true // RFC 1997
	case "noadvertise":
		return bgp.NewCommunity(0xFFFF, 0xFF02), true // RFC 1997
	case "localas":
		return bgp.NewCommunity(0xFFFF, 0xFF03), true // RFC 1997
	case "nopeer":
		return bgp.NewCommunity(0xFFFF, 0xFF04), true // RFC 3765
	default:
		return 0, false
	}
}

// parseFRRCommunity reads "64512:11" or a name.
func parseFRRCommunity(text string) (bgp.Community, error) {
	if c, ok := namedCommunity(strings.ToLower(text)); ok {
		return c, nil
	}
	high, low, _ := strings.Cut(text, ":")
	h, err := strconv.ParseUint(high, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("community %q: %w", text, err)
	}
	l, err := strconv.ParseUint(low, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("community %q: %w", text, err)
	}
	return bgp.NewCommunity(uint16(h), uint16(l)), nil
}

type frrNeighbor struct {
	RemoteAS  bgp.ASN `json:"remoteAs"`
	State     string  `json:"bgpState"`
	UpMsec    int64   `json:"bgpTimerUpMsec"`
	Drops     int     `json:"connectionsDropped"`
	LastReset string  `json:"lastResetDueTo"`
	BFD       *struct {
		Status string `json:"status"`
	} `json:"peerBfdInfo"`
}

// Sessions reads the neighbors of bgpd's default instance.
func (s frrShell) Sessions(ctx context.Context) ([]Session, error) {
	text, err := s.VTY(ctx, "bgpd", "show bgp neighbors json")
	if err != nil {
		return nil, err
	}
	sessions, err := parseFRRSessions([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("read sessions of %s: %w", s.host.name, err)
	}
	return sessions, nil
}

func parseFRRSessions(text []byte) ([]Session, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	var sessions []Session
	for name, value := range raw {
		if !bytes.HasPrefix(value, []byte("{")) {
			continue // a member of the instance
		}
		var n frrNeighbor
		if err := json.Unmarshal(value, &n); err != nil {
			return nil, fmt.Errorf("neighbor %s: %w", name, err)
		}
		addr, link := netip.Addr{}, ""
		if parsed, err := netip.ParseAddr(name); err == nil {
			addr = parsed
		} else {
			link = name
		}
		session := Session{
			Neighbor: addr, Interface: link, ASN: n.RemoteAS, State: n.State, Up: n.State == "Established",
			Drops: n.Drops, LastReset: strings.TrimSpace(n.LastReset),
		}
		if session.Up {
			session.Uptime = time.Duration(n.UpMsec) * time.Millisecond
		}
		if n.BFD != nil {
			session.BFD = strings.ToLower(n.BFD.Status)
		}
		sessions = append(sessions, session)
	}
	slices.SortFunc(sessions, Session.compare)
	return sessions, nil
}
