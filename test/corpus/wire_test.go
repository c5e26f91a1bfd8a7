package corpus

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/bgp"
	"frr-speaker/test/lab"
)

// meeting is a session that a router of the ground has its end of.
type meeting struct {
	instance bgp.Instance
	session  bgp.Session
	router   *lab.Collector
	from     netip.Addr // the node's end
}

// someASN is what "external" finds.
const someASN = 65001

// routerASN is the AS in which the session expects the router.
func (m meeting) routerASN() bgp.ASN {
	switch m.session.RemoteAS.Kind {
	case bgp.RemoteASInternal:
		return m.instance.ASN
	case bgp.RemoteASExternal:
		return someASN
	default:
		return m.session.RemoteAS.Number
	}
}

func (m meeting) internal() bool { return m.routerASN() == m.instance.ASN }

// table is what one peer is to get, by prefix, as the lines of a scenario say:
// the attributes that the objects ask for.
type table map[string]string

// readTables reads the lines of a scenario: "tor-a 198.51.100.10/32 local-preference 100 community 64512:1".
func readTables(lines string) (map[string]table, error) {
	tables := map[string]table{}
	for line := range strings.Lines(lines) {
		words := strings.SplitN(strings.TrimSpace(line), " ", 3)
		if len(words) < 2 {
			return nil, fmt.Errorf("route %q has no prefix", line)
		}
		words = append(words, "")
		if tables[words[0]] == nil {
			tables[words[0]] = table{}
		}
		tables[words[0]][words[1]] = words[2]
	}
	return tables, nil
}

// defaultLocalPref is what an internal session carries where nothing is asked
// for (FRR: "bgp default local-preference").
const defaultLocalPref = 100

// seen is what the routes of a table look like to the router (RFC 4271, section 5.1).
func (m meeting) seen(asked table) (map[string]string, error) {
	path := m.instance.ASN.String()
	if m.session.LocalAS != 0 {
		path = m.session.LocalAS.String() // no-prepend replace-as
	}
	want := map[string]string{}
	for prefix, attributes := range asked {
		local, rest, err := splitLocalPref(attributes)
		if err != nil {
			return nil, err
		}
		switch {
		case !m.internal():
			want[prefix] = strings.TrimSpace("path " + path + " " + rest)
		case local == 0:
			want[prefix] = strings.TrimSpace(fmt.Sprintf("path - local-preference %d %s", defaultLocalPref, rest))
		default:
			want[prefix] = strings.TrimSpace(fmt.Sprintf("path - local-preference %d %s", local, rest))
		}
	}
	return want, nil
}

func splitLocalPref(attributes string) (uint64, string, error) {
	rest, has := strings.CutPrefix(attributes, "local-preference ")
	if !has {
		return 0, attributes, nil
	}
	number, rest, _ := strings.Cut(rest, " ")
	value, err := strconv.ParseUint(number, 10, 32)
	return value, rest, err
}

// check compares what the router has of the session with what is asked.
func (m meeting) check(asked table, own []netip.Addr) error {
	if !m.router.Established(m.from) {
		return fmt.Errorf("it is not established from %s", m.from)
	}
	want, err := m.seen(asked)
	if err != nil {
		return lab.Permanent(err)
	}
	got := map[string]string{}
	for prefix, route := range m.router.RIB(m.from) {
		got[prefix.String()] = m.printed(route.ASPath, route.LocalPref, route.Communities, route.LargeCommunities)
		if !slices.Contains(own, route.NextHop) {
			return fmt.Errorf("%s leads through %s, which is not the node", prefix, route.NextHop)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return fmt.Errorf("routes (-want +got):\n%s", diff)
	}
	return nil
}

// printed is a received route in the words of seen.
func (m meeting) printed(path []bgp.ASN, local uint32, standard []bgp.Community, large []bgp.LargeCommunity) string {
	var out strings.Builder
	out.WriteString("path")
	if len(path) == 0 {
		out.WriteString(" -")
	}
	for _, as := range path {
		out.WriteString(" " + as.String())
	}
	if local != 0 {
		fmt.Fprintf(&out, " local-preference %d", local)
	}
	for i, c := range slices.Sorted(slices.Values(standard)) {
		if i == 0 {
			out.WriteString(" community")
		}
		out.WriteString(" " + c.String())
	}
	for i, c := range slices.SortedFunc(slices.Values(large), bgp.LargeCommunity.Compare) {
		if i == 0 {
			out.WriteString(" large-community")
		}
		out.WriteString(" " + c.String())
	}
	return out.String()
}
