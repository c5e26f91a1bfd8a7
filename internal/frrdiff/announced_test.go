package frrdiff

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// announced is what each neighbor is told: attributes by "vrf/neighbor/family/prefix".
func (m *model) announced() map[string]string {
	told := map[string]string{}
	for vrf, i := range m.instances {
		for family, neighbors := range i.Families {
			for name, lines := range neighbors {
				if lines["activate"] == "" {
					continue
				}
				for prefix, origin := range i.Networks[family] {
					if attributes, ok := m.sent(lines, origin); ok {
						told[vrf+"/"+name+"/"+family+"/"+prefix] = attributes
					}
				}
			}
		}
	}
	return told
}

// tell makes bgpd look at the routes whose key begins so, by the filters as they are now.
func (m *model) tell(prefix string) {
	now := m.announced()
	for _, told := range []map[string]string{m.wire, now} {
		for route := range told {
			if !strings.HasPrefix(route, prefix) {
				continue
			}
			if attributes, ok := now[route]; ok {
				m.wire[route] = attributes
			} else {
				delete(m.wire, route)
			}
		}
	}
}

// sent is how a route goes out to a neighbor, if it does.
func (m *model) sent(lines map[string]string, origin string) (attributes string, ok bool) {
	rules := m.maps[origin]
	if len(rules) == 0 {
		return "", false // a missing route-map denies
	}
	tag := ""
	for _, rule := range rules {
		tag = strings.TrimPrefix(rule.Lines["set tag"], "set tag ")
	}
	f := strings.Fields(lines["route-map out"])
	if len(f) == 0 {
		return "unfiltered", true
	}
	out := m.maps[f[1]]
	for _, number := range slices.SortedFunc(maps.Keys(out), byNumber) {
		rule := out[number]
		if match := rule.Lines["match tag"]; match != "" && match != "match tag "+tag {
			continue
		}
		if rule.Action == "deny" {
			return "", false
		}
		for _, key := range slices.Sorted(maps.Keys(rule.Lines)) {
			if strings.HasPrefix(key, "set ") {
				attributes += rule.Lines[key] + ";"
			}
		}
		return attributes, true
	}
	return "", false
}

func byNumber(a, b string) int {
	x, _ := strconv.Atoi(a)
	y, _ := strconv.Atoi(b)
	return x - y
}

// unguarded finds an active neighbor that has no filter, or names one that is not there.
func (m *model) unguarded() error {
	for vrf, i := range m.instances {
		for family, neighbors := range i.Families {
			for name, lines := range neighbors {
				if lines["activate"] == "" {
					continue
				}
				for _, direction := range []string{"in", "out"} {
					f := strings.Fields(lines["route-map "+direction])
					if len(f) == 0 || len(m.maps[f[1]]) == 0 && !strings.HasSuffix(f[1], "-none") {
						return fmt.Errorf("%s/%s is active in %s without its filter %s", vrf, name, family, direction)
					}
				}
			}
		}
	}
	return nil
}
