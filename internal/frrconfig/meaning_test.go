package frrconfig

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"frr-speaker/internal/bgp"
)

// meaning is what FRR makes of the forms of text that Render emits. It knows no
// others, and reading anything else is an error: what a test cannot read, it
// cannot vouch for.
type meaning struct {
	routeMaps map[string][]entry
	routers   []*router
	profiles  []bgp.BFDProfile
}

// entry is one entry of a route-map.
type entry struct {
	seq      int
	permit   bool
	match    uint32 // tag; 0: matches everything
	setTag   uint32
	setAttrs bgp.Attributes
}

type router struct {
	instance  bgp.Instance
	networks  []network
	neighbors []*neighbor // in the order of the text
}

type network struct {
	prefix   netip.Prefix
	routeMap string
}

type neighbor struct {
	bgp.Session
	described bool // by the name of its peer
	in, out   map[bgp.Family]string
}

// advertised says whether a neighbor gets a prefix, and with which attributes:
// the route-map at its origin sets a tag, the neighbor's outbound one picks by it.
func (m *meaning) advertised(n *neighbor, p network) (bgp.Attributes, bool) {
	f := bgp.FamilyOf(p.prefix.Addr())
	if !n.Carries(f) {
		return bgp.Attributes{}, false
	}
	origin, permitted := m.apply(p.routeMap, 0)
	if !permitted {
		return bgp.Attributes{}, false
	}
	got, permitted := m.apply(n.out[f], origin.setTag)
	return got.setAttrs, permitted
}

// apply runs a route-map: the entry with the lowest number that matches decides,
// and what none matches, or a map that does not exist, is denied.
func (m *meaning) apply(name string, tag uint32) (entry, bool) {
	entries := slices.SortedFunc(slices.Values(m.routeMaps[name]), func(a, b entry) int { return a.seq - b.seq })
	for _, e := range entries {
		if e.match == 0 || e.match == tag {
			return e, e.permit
		}
	}
	return entry{}, false
}

// read reads a text, without raw configuration.
func read(text string) (*meaning, error) {
	r := reader{m: &meaning{routeMaps: map[string][]entry{}}}
	for n, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if err := r.line(line); err != nil {
			return nil, fmt.Errorf("line %d, %q: %w", n+1, line, err)
		}
	}
	if len(r.blocks) > 0 {
		return nil, fmt.Errorf("block %v has no end", r.blocks)
	}
	return r.m, nil
}

// reader is in the middle of a text.
type reader struct {
	m        *meaning
	blocks   []string // that are open: the first words of their first lines
	object   string   // of the last comment
	routeMap string   // that was opened last
	family   bgp.Family
}

var errForm = fmt.Errorf("a form that is not known")

func (r *reader) line(line string) error {
	body := strings.TrimLeft(line, " ")
	if body == "!" {
		return nil
	}
	if strings.HasPrefix(body, "exit") {
		return r.close(len(line)-len(body), body)
	}
	if len(line)-len(body) != len(r.blocks) {
		return fmt.Errorf("indented by %d in %d blocks", len(line)-len(body), len(r.blocks))
	}
	if object, is := strings.CutPrefix(body, "! "); is {
		r.object = object
		return nil
	}
	words := strings.Split(body, " ")
	switch strings.Join(r.blocks, ">") {
	case "":
		return r.top(body, words)
	case "bfd":
		return r.profile(words)
	case "bfd>profile":
		return r.profileLine(words)
	case "route-map":
		return r.routeMapLine(words)
	case "router":
		return r.routerLine(body, words)
	case "router>address-family":
		return r.familyLine(words)
	}
	return errForm
}

func (r *reader) close(indent int, body string) error {
	last := len(r.blocks) - 1
	if last < 0 || indent != last {
		return fmt.Errorf("ends at %d what is %d blocks", indent, len(r.blocks))
	}
	if want := map[bool]string{true: "exit-address-family", false: "exit"}[r.blocks[last] == "address-family"]; body != want {
		return fmt.Errorf("want %s", want)
	}
	r.blocks = r.blocks[:last]
	r.object = ""
	return nil
}

func (r *reader) top(body string, words []string) error {
	switch {
	case strings.HasPrefix(body, "log ") || strings.HasPrefix(body, "debug ") || strings.HasPrefix(body, "hostname "),
		body == "ip nht resolve-via-default", body == "ipv6 nht resolve-via-default":
		return nil
	case body == "bfd":
		r.blocks = append(r.blocks, "bfd")
		return nil
	case words[0] == "route-map" && len(words) == 4:
		seq, err := strconv.Atoi(words[3])
		r.m.routeMaps[words[1]] = append(r.m.routeMaps[words[1]], entry{seq: seq, permit: words[2] == "permit"})
		r.routeMap = words[1]
		r.blocks = append(r.blocks, "route-map")
		return orForm(err, (words[2] == "permit" || words[2] == "deny") && seq >= 1 && seq <= 65535)
	case words[0] == "router" && words[1] == "bgp":
		asn, err := strconv.ParseUint(words[2], 10, 32)
		one := &router{instance: bgp.Instance{ASN: bgp.ASN(asn)}}
		if len(words) == 5 && words[3] == "vrf" {
			one.instance.VRF = words[4]
		}
		r.m.routers = append(r.m.routers, one)
		r.blocks = append(r.blocks, "router")
		return orForm(err, len(words) == 3 || one.instance.VRF != "")
	}
	return errForm
}

func orForm(err error, known bool) error {
	if err == nil && !known {
		return errForm
	}
	return err
}

func (r *reader) profile(words []string) error {
	if words[0] != "profile" || len(words) != 2 || r.object != "BFDProfile "+words[1] {
		return errForm
	}
	r.m.profiles = append(r.m.profiles, bgp.BFDProfile{Name: words[1]})
	r.blocks = append(r.blocks, "profile")
	return nil
}

func (r *reader) profileLine(words []string) error {
	p := &r.m.profiles[len(r.m.profiles)-1]
	n, err := strconv.Atoi(words[len(words)-1])
	ms := time.Duration(n) * time.Millisecond
	switch strings.Join(words[:max(1, len(words)-1)], " ") {
	case "receive-interval":
		p.ReceiveInterval = ms
	case "transmit-interval":
		p.TransmitInterval = ms
	case "echo transmit-interval":
		p.EchoInterval = ms
	case "echo receive-interval":
		return orForm(err, ms == p.EchoInterval)
	case "detect-multiplier":
		p.DetectMultiplier = uint8(n)
	case "minimum-ttl":
		p.MinimumTTL = uint8(n)
	case "echo-mode":
		p.EchoMode, err = true, nil
	case "passive-mode":
		p.PassiveMode, err = true, nil
	default:
		return errForm
	}
	return err
}

func (r *reader) routeMapLine(words []string) error {
	entries := r.m.routeMaps[r.routeMap]
	e := &entries[len(entries)-1]
	last := words[len(words)-1]
	switch strings.Join(words[:min(2, len(words))], " ") {
	case "match tag":
		return number(last, &e.match)
	case "set tag":
		return number(last, &e.setTag)
	case "set local-preference":
		return number(last, &e.setAttrs.LocalPref)
	case "set community":
		return orForm(communities(words[2:len(words)-1], &e.setAttrs), last == "additive")
	case "set large-community":
		return orForm(largeCommunitiesOf(words[2:len(words)-1], &e.setAttrs), last == "additive")
	}
	if words[0] == "description" {
		return nil
	}
	return errForm
}

func number(text string, into *uint32) error {
	n, err := strconv.ParseUint(text, 10, 32)
	*into = uint32(n)
	return err
}

func communities(words []string, into *bgp.Attributes) error {
	for _, w := range words {
		var high, low uint16
		if _, err := fmt.Sscanf(w, "%d:%d", &high, &low); err != nil {
			return err
		}
		into.Communities = append(into.Communities, bgp.NewCommunity(high, low))
	}
	return nil
}

func largeCommunitiesOf(words []string, into *bgp.Attributes) error {
	for _, w := range words {
		var c bgp.LargeCommunity
		if _, err := fmt.Sscanf(w, "%d:%d:%d", &c.Global, &c.Local1, &c.Local2); err != nil {
			return err
		}
		into.LargeCommunities = append(into.LargeCommunities, c)
	}
	return nil
}
