package frrdiff

import (
	"fmt"
	"strings"
)

// model is bgpd and bfdd as far as the shape of speaker's text goes. It knows how FRR
// takes a line, not how this package reads one, and refuses what it does not know.
type model struct {
	top       map[string]string            // lines by what they set
	maps      map[string]map[string]*mRule // by name and number
	instances map[string]*mInstance        // by VRF
	profiles  map[string]map[string]string
	resets    map[string]bool   // neighbors whose session went down and came back
	wire      map[string]string // what neighbors were told when bgpd last looked at a route
	lost      map[string]bool   // entries of prefix-lists that no longer match
}

type mRule struct {
	Action string
	Lines  map[string]string
}

type mInstance struct {
	ASN       string
	Lines     map[string]string
	Neighbors map[string]map[string]string
	Networks  map[string]map[string]string            // route-map by family and prefix
	Families  map[string]map[string]map[string]string // lines by family and neighbor
}

func newModel() *model {
	return &model{
		top: map[string]string{}, maps: map[string]map[string]*mRule{}, instances: map[string]*mInstance{},
		profiles: map[string]map[string]string{}, resets: map[string]bool{}, lost: map[string]bool{}, wire: map[string]string{},
	}
}

// load feeds a whole text, as written.
func (m *model) load(text string) error {
	var context []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '!':
		case line == "exit" || line == "exit-address-family":
			context = context[:len(context)-1]
		default:
			if err := m.exec(context, line); err != nil {
				return err
			}
			if opensBlock(line, len(context)) {
				context = append(context, line)
			}
		}
	}
	return nil
}

func opensBlock(line string, depth int) bool {
	first, _, _ := strings.Cut(line, " ")
	switch {
	case depth == 0:
		return first == "router" || first == "route-map" || line == "bfd"
	case depth == 1:
		return first == "address-family" || first == "profile"
	}
	return false
}

// exec takes one line in a block. The error is FRR's refusal.
func (m *model) exec(context []string, text string) error {
	if len(context) == 0 {
		return m.execTop(text)
	}
	opener := strings.Fields(context[0])
	switch opener[0] {
	case "route-map":
		return m.execRule(opener, text)
	case "bfd":
		return m.execBFD(context[1:], text)
	case "router":
		i := m.instances[vrfIn(opener)]
		if i == nil || i.ASN != opener[2] {
			return fmt.Errorf("no instance for %q", context[0])
		}
		if len(context) == 2 {
			return m.execFamily(i, vrfIn(opener), strings.TrimPrefix(context[1], "address-family "), text)
		}
		return m.execInstance(i, vrfIn(opener), text)
	}
	return fmt.Errorf("unknown block %q", context[0])
}

func vrfIn(opener []string) string {
	if len(opener) == 5 {
		return opener[4]
	}
	return ""
}

func (m *model) execTop(text string) error {
	text, no := strings.CutPrefix(text, "no ")
	f := strings.Fields(text)
	switch {
	case f[0] == "router":
		return m.router(f, no)
	case f[0] == "route-map" && no && len(f) == 2:
		delete(m.maps, f[1])
	case f[0] == "route-map" && no:
		delete(m.maps[f[1]], f[3])
		if len(m.maps[f[1]]) == 0 {
			delete(m.maps, f[1])
		}
	case f[0] == "route-map":
		if m.maps[f[1]] == nil {
			m.maps[f[1]] = map[string]*mRule{}
		}
		if m.maps[f[1]][f[3]] == nil {
			m.maps[f[1]][f[3]] = &mRule{Lines: map[string]string{}}
		}
		m.maps[f[1]][f[3]].Action = f[2]
	case text == "bfd":
	case text == "bgp route-map delay-timer 0":
		m.tell("")
	case text == "bgp route-map delay-timer 5":
	case f[0] == "ip" && f[1] == "prefix-list":
		return m.prefixList(f, text, no)
	case no:
		if m.top[text] == "" {
			return fmt.Errorf("no %q to remove", text)
		}
		delete(m.top, text)
	default:
		m.top[text] = text
	}
	return nil
}

// prefixList: where a prefix has two entries, 8.4 loses the other one when one goes or
// changes, until it is written anew.
func (m *model) prefixList(f []string, text string, no bool) error {
	if no && len(f) == 3 {
		for key := range m.top {
			if strings.HasPrefix(key, text+" ") {
				delete(m.top, key)
				delete(m.lost, key)
			}
		}
		return nil
	}
	key := strings.Join(f[:5], " ")
	old := m.top[key]
	for other, line := range m.top {
		if other == key || !strings.HasPrefix(other, strings.Join(f[:3], " ")+" ") {
			continue
		}
		if old != "" && strings.Fields(line)[6] == strings.Fields(old)[6] && (no || old != text) {
			m.lost[other] = true
		}
		if !no && strings.Join(strings.Fields(line)[5:], " ") == strings.Join(f[5:], " ") {
			return fmt.Errorf("%q is ignored, %q says it", text, line)
		}
	}
	switch {
	case !no:
		m.top[key] = text
	case old != text:
		return fmt.Errorf("no %q to remove", text)
	default:
		delete(m.top, key)
	}
	delete(m.lost, key)
	return nil
}

func (m *model) router(f []string, no bool) error {
	vrf := vrfIn(f)
	i := m.instances[vrf]
	switch {
	case no && (i == nil || i.ASN != f[2]):
		return fmt.Errorf("no instance %v", f)
	case no:
		for name := range i.Neighbors {
			m.down(vrf, name)
		}
		delete(m.instances, vrf)
		m.tell(vrf + "/")
	case i == nil:
		m.instances[vrf] = &mInstance{
			ASN: f[2], Lines: map[string]string{}, Neighbors: map[string]map[string]string{},
			Networks: map[string]map[string]string{}, Families: map[string]map[string]map[string]string{},
		}
	case i.ASN != f[2]:
		return fmt.Errorf("BGP is already running; AS is %s", i.ASN)
	}
	return nil
}

func (m *model) execRule(opener []string, text string) error {
	rule := m.maps[opener[1]][opener[3]]
	if rule == nil || rule.Action != opener[2] {
		return fmt.Errorf("no entry %v", opener)
	}
	text, no := strings.CutPrefix(text, "no ")
	f := strings.Fields(text)
	key := f[0]
	if f[0] != "description" {
		key += " " + f[1]
	}
	if no {
		delete(rule.Lines, key)
		return nil
	}
	rule.Lines[key] = text
	return nil
}

func (m *model) execBFD(context []string, text string) error {
	text, no := strings.CutPrefix(text, "no ")
	f := strings.Fields(text)
	if len(context) == 0 {
		if f[0] != "profile" {
			return fmt.Errorf("unknown %q", text)
		}
		if no {
			for vrf, i := range m.instances {
				for name, lines := range i.Neighbors {
					if lines["bfd profile"] == "bfd profile "+f[1] {
						return fmt.Errorf("profile %s goes while %s of %q uses it", f[1], name, vrf)
					}
				}
			}
			delete(m.profiles, f[1])
		} else if m.profiles[f[1]] == nil {
			m.profiles[f[1]] = map[string]string{}
		}
		return nil
	}
	lines := m.profiles[strings.Fields(context[0])[1]]
	switch {
	case lines == nil:
		return fmt.Errorf("no %q", context[0])
	case no && f[0] != "passive-mode":
		return fmt.Errorf("unknown no %q", text)
	case no, text == "receive-interval 300":
		delete(lines, f[0])
	default:
		lines[f[0]] = text
	}
	return nil
}

func (m *model) down(vrf, name string) { m.resets[vrf+"/"+name] = true }

func (m *model) execInstance(i *mInstance, vrf, text string) error {
	text, no := strings.CutPrefix(text, "no ")
	f := strings.Fields(text)
	switch f[0] {
	case "address-family":
		return nil
	case "bgp", "coalesce-time":
		m.setting(i, vrf, f, no)
		return nil
	case "neighbor":
		return m.execNeighbor(i, vrf, f[1], f[2:], no)
	}
	return fmt.Errorf("unknown %q", text)
}

// setting sets a line of the instance. Some are on by default: only "no" is remembered of them.
func (m *model) setting(i *mInstance, vrf string, f []string, no bool) {
	text := strings.Join(f, " ")
	key := f[0]
	remembered := !no
	switch {
	case f[0] == "coalesce-time":
	case f[1] == "router-id":
		key = "router-id"
		if no || i.Lines[key] != text {
			for name := range i.Neighbors {
				m.down(vrf, name)
			}
		}
	default:
		key, remembered = text, no
	}
	if remembered {
		i.Lines[key] = text
	} else {
		delete(i.Lines, key)
	}
}

func (m *model) execNeighbor(i *mInstance, vrf, name string, words []string, no bool) error {
	lines := i.Neighbors[name]
	if no && len(words) == 0 {
		m.down(vrf, name)
		delete(i.Neighbors, name)
		for _, family := range i.Families {
			delete(family, name)
		}
		m.tell(vrf + "/" + name + "/")
		return nil
	}
	if words[0] == "interface" {
		words = words[1:]
	}
	if lines == nil {
		if words[0] != "remote-as" || no {
			return fmt.Errorf("%% Specify remote-as or peer-group commands first: %s %v", name, words)
		}
		lines = map[string]string{}
		i.Neighbors[name] = lines
	}
	key, text := words[0], strings.Join(words, " ")
	if strings.HasPrefix(text, "timers connect") || strings.HasPrefix(text, "bfd profile") {
		key = strings.Join(words[:2], " ")
	}
	if key == "bfd profile" && !no && m.profiles[words[2]] == nil {
		return fmt.Errorf("%s refers to BFD profile %s, which is not there yet", name, words[2])
	}
	if no && key == "remote-as" {
		return fmt.Errorf("%s loses its remote-as", name)
	}
	was := lines[key]
	if no {
		text = ""
		delete(lines, key)
		if key == "bfd" {
			delete(lines, "bfd profile")
		}
	} else {
		lines[key] = text
	}
	switch key {
	case "remote-as", "password", "ebgp-multihop", "update-source", "local-as", "disable-connected-check":
		if was != text && (was != "" || key != "remote-as") {
			m.down(vrf, name)
		}
	}
	return nil
}

func (m *model) execFamily(i *mInstance, vrf, family, text string) error {
	text, no := strings.CutPrefix(text, "no ")
	f := strings.Fields(text)
	if i.Families[family] == nil {
		i.Families[family], i.Networks[family] = map[string]map[string]string{}, map[string]string{}
	}
	if f[0] == "network" {
		return m.network(i, vrf, family, f, no)
	}
	if f[0] != "neighbor" || i.Neighbors[f[1]] == nil {
		return fmt.Errorf("%% Specify remote-as or peer-group commands first: %s", text)
	}
	lines := i.Families[family][f[1]]
	if lines == nil {
		lines = map[string]string{}
		i.Families[family][f[1]] = lines
	}
	key := f[2]
	if key == "route-map" {
		key += " " + f[4]
	}
	if no {
		delete(lines, key)
	} else {
		lines[key] = strings.Join(f[2:], " ")
	}
	if key == "activate" {
		m.down(vrf, f[1])
	}
	if len(lines) == 0 {
		delete(i.Families[family], f[1])
	}
	m.tell(vrf + "/" + f[1] + "/" + family + "/")
	return nil
}

func (m *model) network(i *mInstance, vrf, family string, f []string, no bool) error {
	if no && i.Networks[family][f[1]] == "" {
		return fmt.Errorf("%% Can't find static route specified: %s", f[1])
	}
	if no {
		delete(i.Networks[family], f[1])
	} else {
		i.Networks[family][f[1]] = f[3]
	}
	for name := range i.Families[family] {
		m.tell(vrf + "/" + name + "/" + family + "/" + f[1])
	}
	return nil
}
