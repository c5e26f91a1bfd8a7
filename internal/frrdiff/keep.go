package frrdiff

import "slices"

// Keep is c with what old says of an object in place of what c says of it: its lines
// in "router bgp" and, when whole is set, its route-maps and other blocks too.
// Blocks that only old has are kept in either case, for those lines need them. The
// lines of an instance that c does not have, or has under another AS number, are not.
// It is nil when old says nothing of the object there.
func (c *Config) Keep(object string, old *Config, whole bool) *Config {
	c, old = c.Normalize(), old.Normalize()
	d := *c
	d.statements, d.normal = nil, false
	d.root = c.root.prune(func(n *node) bool { return whole && n.line.Object != object || !whole })
	if !whole {
		d.root = withoutSessions(d.root, object)
	}
	g := graft{object: object, whole: whole}
	d.root = g.onto(d.root, old.root)
	if g.grafted == 0 {
		return nil
	}
	d.root = dropOrphans(d.root, c.root)
	return &d
}

// withoutSessions leaves out the lines of an object in instances.
func withoutSessions(root *node, object string) *node {
	pruned := *root
	pruned.kids = make([]*node, 0, len(root.kids))
	for _, kid := range root.kids {
		if kid.kind == bgpBlock {
			kid = kid.prune(func(n *node) bool { return n.line.Object != object })
		}
		pruned.kids = append(pruned.kids, kid)
	}
	return &pruned
}

// graft copies the lines of an object from one tree to another.
type graft struct {
	object  string
	whole   bool
	grafted int // lines that count: those of sessions, or with whole all
}

// onto is a block with the lines of the object that the same block has in from, each behind the
// one that it follows there: FRR takes a neighbor's lines in families only below "remote-as".
func (g *graft) onto(n, from *node) *node {
	places := make(map[string]int, len(n.kids))
	for at, kid := range n.kids {
		places[kid.slot] = at
	}
	kids := slices.Clone(n.kids)
	ahead := map[int][]*node{} // what goes ahead of kids[at]
	next := 0
	for _, kid := range from.kids {
		at, there := places[kid.slot]
		if there {
			next = at + 1
		}
		switch {
		case there && kid.block && kids[at].block && kids[at].text == kid.text:
			kids[at] = g.onto(kids[at], kid)
		case there || kid.line.Object != g.object:
			// another's, or a block that is not to be touched
		default:
			ahead[next] = append(ahead[next], kid)
			if g.whole || n.kind != topBlock {
				g.grafted++
			}
		}
	}
	grown := *n
	grown.kids = make([]*node, 0, len(kids)+len(from.kids))
	for at, kid := range kids {
		grown.kids = append(append(grown.kids, ahead[at]...), kid)
	}
	grown.kids = append(grown.kids, ahead[len(kids)]...)
	return &grown
}
