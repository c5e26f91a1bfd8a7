package frrdiff

import (
	"slices"
	"strings"
)

// normalInstance makes explicit what FRR derives inside router bgp.
func normalInstance(instance *node) *node {
	n := *normalBlock(instance)
	n.kids = addImplied(n.kids)
	n.kids = dropUnheard(n.kids, newWords(instance.text).at(2))
	for _, f := range []struct {
		family string
		on     bool
	}{
		{"address-family ipv4 unicast", !has(instance.kids, "no bgp default ipv4-unicast")},
		{"address-family ipv6 unicast", has(instance.kids, "bgp default ipv6-unicast")},
	} {
		if f.on {
			n.kids = activate(n.kids, f.family)
		}
	}
	for at, kid := range n.kids {
		if kid.kind == familyBlock {
			n.kids[at] = normalFamily(kid, n.kids)
		}
	}
	n.kids = slices.DeleteFunc(n.kids, func(kid *node) bool { return kid.kind == familyBlock && len(kid.kids) == 0 })
	return &n
}

func has(kids []*node, text string) bool {
	return slices.ContainsFunc(kids, func(n *node) bool { return n.text == text })
}

// addImplied adds session lines that others bring with them. It returns a slice of its own.
func addImplied(kids []*node) []*node {
	slots := map[string]bool{}
	for _, kid := range kids {
		slots[kid.slot] = true
	}
	out := make([]*node, 0, len(kids)+2)
	imply := func(text string, line Line) {
		if slot := slotOf(bgpBlock, text); !slots[slot] {
			slots[slot] = true
			out = append(out, &node{slot: slot, text: text, line: line})
		}
	}
	for _, kid := range kids {
		w := newWords(kid.text)
		switch {
		case kid.kind == familyBlock:
			for _, line := range kid.kids {
				if strings.HasSuffix(line.text, " addpath-tx-bestpath-per-AS") {
					imply("bgp deterministic-med", line.line)
				}
			}
		case w.at(0) == "neighbor" && w.at(2) == "bfd" && w.len() > 3:
			imply(w.first(3), kid.line)
		}
		out = append(out, kid)
	}
	return out
}

// dropUnheard drops "ebgp-multihop" of neighbors inside the AS, which FRR takes and does nothing, and
// "capability extended-nexthop" of those on an interface, which have it anyway. It changes kids.
func dropUnheard(kids []*node, asn string) []*node {
	internal, onInterface := map[string]bool{}, map[string]bool{}
	for _, kid := range kids {
		if creates(kid) {
			w := newWords(kid.text)
			internal[w.at(1)] = w.last() == "internal" || w.last() == asn
			onInterface[w.at(1)] = w.at(2) == "interface"
		}
	}
	return slices.DeleteFunc(kids, func(kid *node) bool {
		w := newWords(kid.text)
		return w.at(0) == "neighbor" && (internal[w.at(1)] && w.at(2) == "ebgp-multihop" ||
			onInterface[w.at(1)] && w.from(2) == "capability extended-nexthop")
	})
}

// activate adds "activate" lines to a family that is on by default, for each
// neighbor that says nothing.
func activate(kids []*node, family string) []*node {
	block := &node{slot: family, text: family, kind: familyBlock, block: true}
	at := slices.IndexFunc(kids, func(n *node) bool { return n.slot == family })
	if at >= 0 {
		block.kids, block.line = slices.Clip(kids[at].kids), kids[at].line
	}
	said := membersOf(kids)
	for _, kid := range block.kids {
		if name := neighborOf(kid.text); name != "" && strings.HasSuffix(kid.slot, " activate") {
			said[name] = true
		}
	}
	for _, kid := range kids {
		name := neighborOf(kid.text)
		if !creates(kid) || said[name] {
			continue
		}
		said[name] = true
		text := "neighbor " + name + " activate"
		block.kids = append(block.kids, &node{slot: text, text: text, line: kid.line})
	}
	if at < 0 {
		return append(kids, block)
	}
	kids[at] = block
	return kids
}

// membersOf is the neighbors that take their families from a peer-group.
func membersOf(kids []*node) map[string]bool {
	members := map[string]bool{}
	for _, kid := range kids {
		if creates(kid) && strings.Contains(kid.text, " peer-group ") {
			members[neighborOf(kid.text)] = true
		}
	}
	return members
}

// normalFamily drops "no neighbor X activate" where that is so anyway, and adds what
// route-server-client brings with it.
func normalFamily(family *node, instance []*node) *node {
	off := family.text == "address-family ipv4 unicast" && has(instance, "no bgp default ipv4-unicast") ||
		family.text == "address-family ipv6 unicast" && !has(instance, "bgp default ipv6-unicast")
	n := *family
	n.kids = slices.DeleteFunc(slices.Clone(family.kids), func(kid *node) bool {
		return off && strings.HasPrefix(kid.text, "no neighbor ") && strings.HasSuffix(kid.text, " activate")
	})
	for _, kid := range family.kids {
		third, client := strings.CutSuffix(kid.text, " route-server-client")
		if !client || strings.HasPrefix(third, "no ") {
			continue
		}
		slot := third + " attribute-unchanged"
		if !slices.ContainsFunc(n.kids, func(n *node) bool { return n.slot == slot }) {
			n.kids = append(n.kids, &node{slot: slot, text: slot + " next-hop", line: kid.line})
		}
	}
	return &n
}
