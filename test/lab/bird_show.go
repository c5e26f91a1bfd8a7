package lab

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"frr-speaker/internal/bgp"
)

// birdRoute is the first line of a route in "show route all": the prefix, left
// out when it is that of the route above; the protocol; marks such as "*".
var birdRoute = regexp.MustCompile(`^(\S+)?\s+(?:unicast|unreachable|blackhole|prohibit) \[(\S+) [^\]]*\](.*)$`)

// parseBIRDRoutes reads the BGP routes of "show route all".
func parseBIRDRoutes(text string, neighbors map[string]Neighbor) (Routes, error) {
	routes := Routes{}
	var prefix netip.Prefix
	var path *Path // that the following lines describe; nil for a route of another protocol
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if m := birdRoute.FindStringSubmatch(line); m != nil {
			if m[1] != "" {
				var err error
				if prefix, err = netip.ParsePrefix(m[1]); err != nil {
					return nil, fmt.Errorf("line %q: %w", line, err)
				}
			}
			n, ours := neighbors[m[2]]
			if !ours {
				path = nil
				continue
			}
			fields := strings.Fields(m[3])
			routes[prefix] = append(routes[prefix], Path{
				From:  n.Addr,
				Best:  slices.Contains(fields, "*"),
				Stale: strings.Contains(m[3], "s)"), // "(100s)": stale
			})
			path = &routes[prefix][len(routes[prefix])-1]
			continue
		}
		if path == nil {
			continue
		}
		if name, value, found := strings.Cut(strings.TrimSpace(line), ": "); found {
			if err := path.setBIRD(name, value); err != nil {
				return nil, fmt.Errorf("line %q: %w", line, err)
			}
		}
	}
	routes.sortPaths()
	return routes, nil
}

// setBIRD takes over one attribute as BIRD prints it.
func (p *Path) setBIRD(name, value string) error {
	var err error
	switch name {
	case "BGP.next_hop":
		global, _, _ := strings.Cut(value, " ") // a link-local one may follow
		p.NextHop, err = netip.ParseAddr(global)
	case "BGP.as_path":
		p.ASPath, err = parseASPath(value)
	case "BGP.local_pref":
		var pref uint64
		pref, err = strconv.ParseUint(value, 10, 32)
		p.LocalPref = uint32(pref)
	case "BGP.community":
		err = eachTuple(value, 2, func(n []uint32) {
			p.Communities = append(p.Communities, bgp.Community(n[0]<<16|n[1]))
		})
	case "BGP.large_community":
		err = eachTuple(value, 3, func(n []uint32) {
			p.LargeCommunities = append(p.LargeCommunities, bgp.LargeCommunity{Global: n[0], Local1: n[1], Local2: n[2]})
		})
	}
	return err
}

// parseASPath reads AS numbers in asplain notation; sets, in braces, are flattened.
func parseASPath(text string) ([]bgp.ASN, error) {
	var path []bgp.ASN
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" {},()", r) }) {
		n, err := strconv.ParseUint(word, 10, 32)
		if err != nil {
			return nil, err
		}
		path = append(path, bgp.ASN(n))
	}
	return path, nil
}

// eachTuple reads "(1,2) (3,4)" and "(1, 2, 3)".
func eachTuple(text string, length int, f func([]uint32)) error {
	for _, part := range strings.Split(text, ")") {
		words := strings.FieldsFunc(part, func(r rune) bool { return strings.ContainsRune(" (,", r) })
		if len(words) == 0 {
			continue
		}
		if len(words) != length {
			return fmt.Errorf("tuple %q does not have %d numbers", part, length)
		}
		numbers := make([]uint32, length)
		for i, w := range words {
			n, err := strconv.ParseUint(w, 10, 32)
			if err != nil {
				return err
			}
			numbers[i] = uint32(n)
		}
		f(numbers)
	}
	return nil
}

// birdProtocol is the first line of a BGP protocol in "show protocols all": name,
// state, since, the word of the state machine and the last error.
var birdProtocol = regexp.MustCompile(`^(\S+)\s+BGP\s+\S+\s+(\S+)\s+(\S+ \S+)\s*(\S*)\s*(.*)$`)

// birdTime is how the configuration makes BIRD print times.
const birdTime = "2006-01-02 15:04:05.000000"

func parseBIRDSessions(text string, neighbors map[string]Neighbor, now time.Time) ([]Session, error) {
	var sessions []Session
	for line := range strings.Lines(text) {
		m := birdProtocol.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		n, ours := neighbors[m[1]]
		if !ours {
			continue
		}
		s := Session{Neighbor: n.Addr, ASN: n.ASN, State: m[4], LastReset: strings.TrimSpace(m[5])}
		if s.State == "" {
			s.State = m[2]
		}
		if s.Up = s.State == "Established"; s.Up {
			since, err := time.ParseInLocation(birdTime, m[3], time.Local)
			if err != nil {
				return nil, fmt.Errorf("line %q: %w", line, err)
			}
			s.Uptime = max(now.Sub(since), 0)
		}
		sessions = append(sessions, s)
	}
	slices.SortFunc(sessions, Session.compare)
	return sessions, nil
}

// countBIRDDrops counts in BIRD's log how often a protocol left the state up.
func countBIRDDrops(log, protocol string) int {
	drops := 0
	up := false
	for line := range strings.Lines(log) {
		_, state, found := strings.Cut(line, protocol+": State changed to ")
		if !found {
			continue
		}
		nowUp := strings.TrimSpace(state) == "up"
		if up && !nowUp {
			drops++
		}
		up = nowUp
	}
	return drops
}

// birdBFDState finds a neighbor's state in "show bfd sessions"; "" if there is none.
func birdBFDState(text string, neighbor netip.Addr) string {
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) > 2 && fields[0] == neighbor.String() {
			return strings.ToLower(fields[2])
		}
	}
	return ""
}
