package frrdiff

// Without is c as if the lines that come from one object had not been written. Lines
// of others about a neighbor that only this object created go with it: FRR would
// refuse them.
func (c *Config) Without(object string) *Config {
	d := *c
	if c.statements == nil {
		d.root = c.root.prune(func(n *node) bool { return n.line.Object != object })
	} else {
		d.statements = make([]statement, 0, len(c.statements))
		for _, s := range c.statements {
			if s.line.Object != object {
				d.statements = append(d.statements, s)
			}
		}
		d.root = build(d.statements, d.echoed())
	}
	d.normal = false
	d.root = dropOrphans(d.root, c.root)
	return &d
}

// prune is n with the nodes below it that keep wants, and the blocks around them.
func (n *node) prune(keep func(*node) bool) *node {
	pruned := *n
	pruned.kids = nil
	for _, kid := range n.kids {
		if kid.block {
			if k := kid.prune(keep); keep(kid) || len(k.kids) > 0 {
				pruned.kids = append(pruned.kids, k)
			}
			continue
		}
		if keep(kid) {
			pruned.kids = append(pruned.kids, kid)
		}
	}
	return &pruned
}

// dropOrphans removes lines about neighbors that were created in before and are not any more.
func dropOrphans(root, before *node) *node {
	created := map[string]map[string]bool{}
	for _, instance := range before.kids {
		if instance.kind == bgpBlock {
			created[instance.slot] = neighborsOf(instance)
		}
	}
	pruned := *root
	pruned.kids = nil
	for _, kid := range root.kids {
		if kid.kind == bgpBlock {
			was, is := created[kid.slot], neighborsOf(kid)
			kid = kid.prune(func(n *node) bool {
				name := neighborOf(n.text)
				return name == "" || is[name] || !was[name]
			})
		}
		pruned.kids = append(pruned.kids, kid)
	}
	return &pruned
}

// neighborsOf is the neighbors and peer-groups that an instance creates.
func neighborsOf(instance *node) map[string]bool {
	names := map[string]bool{}
	for _, kid := range instance.kids {
		if creates(kid) {
			names[neighborOf(kid.text)] = true
		}
	}
	return names
}

// creates reports a line that makes a neighbor or a peer-group.
func creates(n *node) bool {
	if n.block || neighborOf(n.text) == "" {
		return false
	}
	switch w := newWords(n.text); w.at(2) {
	case "remote-as", "peer-group":
		return true
	case "interface":
		return slotSession(w) == "neighbor "+w.at(1)+" remote-as" || w.at(3) == "peer-group" || w.at(4) == "peer-group"
	}
	return false
}
