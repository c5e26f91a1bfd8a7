package frrdiff

import "strings"

// Normalize leaves out of c what sets a default or nothing, and adds what FRR adds by
// itself, so that text that was written and text that FRR printed can be compared.
// Diff, Compare and Equal do it by themselves. It is idempotent, and what it returns
// can be sent to FRR. (Parse has already given each line the words that FRR prints.)
func (c *Config) Normalize() *Config {
	if c.normal {
		return c
	}
	d := *c
	d.root = normalTop(c.root)
	d.normal = true
	return &d
}

func normalTop(root *node) *node {
	imported := importedVRFs(root)
	repeated := repeatedEntries(root)
	top := *root
	top.kids = make([]*node, 0, len(root.kids))
	for _, kid := range root.kids {
		kid = normal(topBlock, kid)
		if kid == nil || repeated[kid] {
			continue
		}
		if kid.kind == bgpBlock && len(kid.kids) == 0 && imported[kid.slot] {
			continue // made by "import vrf", on 8.4
		}
		top.kids = append(top.kids, kid)
	}
	return &top
}

// normal is a node of a block of kind k in normal form; nil when it sets nothing.
func normal(k kind, n *node) *node {
	if !n.block {
		return normalLine(k, n)
	}
	if n.kind == bgpBlock {
		return normalInstance(n)
	}
	n = normalBlock(n)
	if n.kind.shared() && len(n.kids) == 0 {
		return nil
	}
	return n
}

func normalLine(k kind, n *node) *node {
	if strings.HasPrefix(n.text, "no ") {
		return n
	}
	if setsDefault(k, n.text) || onByDefault(k, newWords(n.text)) {
		return nil
	}
	return n
}

// normalBlock copies a block only when something in it changes.
func normalBlock(n *node) *node {
	for at, kid := range n.kids {
		if isNetwork(kid) {
			continue
		}
		changed := normal(n.kind, kid)
		if changed == kid {
			continue
		}
		block := *n
		block.kids = append(make([]*node, 0, len(n.kids)), n.kids[:at]...)
		for _, kid := range n.kids[at:] {
			if kid = normal(n.kind, kid); kid != nil {
				block.kids = append(block.kids, kid)
			}
		}
		return &block
	}
	return n
}

func isNetwork(n *node) bool { return strings.HasPrefix(n.text, "network ") }

// importedVRFs is the slots of instances that "import vrf" lines refer to.
func importedVRFs(root *node) map[string]bool {
	imported := map[string]bool{}
	for _, instance := range root.kids {
		if instance.kind != bgpBlock {
			continue
		}
		for _, family := range instance.kids {
			if family.kind != familyBlock {
				continue
			}
			for _, kid := range family.kids {
				if vrf, ok := strings.CutPrefix(kid.text, "import vrf "); ok {
					imported["router bgp vrf "+vrf] = true
				}
			}
		}
	}
	return imported
}

// repeatedEntries are entries of lists that say what an earlier one says. They never
// match; FRR ignores them, but 10.3 keeps those of prefix-lists.
func repeatedEntries(root *node) map[*node]bool {
	type entry struct{ list, rest string }
	var repeated map[*node]bool
	first := map[entry]*node{}
	seqs := map[*node]int64{}
	for _, kid := range root.kids {
		l, ok := parseList(kid.text)
		if !ok {
			continue
		}
		e := entry{l.list, l.rest}
		seqs[kid] = l.seq
		earlier := first[e]
		if earlier == nil {
			first[e] = kid
			continue
		}
		if repeated == nil {
			repeated = map[*node]bool{}
		}
		if l.seq < seqs[earlier] {
			first[e], kid = kid, earlier
		}
		repeated[kid] = true
	}
	return repeated
}
