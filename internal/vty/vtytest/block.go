package vtytest

import (
	"slices"
	"strings"
)

// block is a block of configuration; the top is one without a line.
type block struct {
	line string
	kids []*block
}

// grammar says which lines a block takes, by how they begin. A beginning that is itself in the grammar opens
// a block. It is the small part of FRR's that the tests of clients need.
var grammar = map[string][]string{
	"":               {"log ", "hostname ", "ip nht ", "ipv6 nht ", "bgp route-map delay-timer ", "bfd", "router bgp ", "route-map ", "ip route ", "ip prefix-list "},
	"bfd":            {"profile "},
	"profile":        {"receive-interval ", "transmit-interval ", "detect-multiplier "},
	"route-map":      {"match ", "set ", "description ", "on-match "},
	"router bgp":     {"bgp ", "neighbor ", "coalesce-time ", "timers ", "address-family "},
	"address-family": {"network ", "neighbor "},
}

// rule is the key of the grammar for a block.
func (b *block) rule() string {
	for key := range grammar {
		if key != "" && (b.line == key || strings.HasPrefix(b.line, key+" ")) {
			return key
		}
	}
	return ""
}

func (b *block) takes(line string) bool {
	line = strings.TrimPrefix(line, "no ")
	return slices.ContainsFunc(grammar[b.rule()], func(begin string) bool {
		return strings.HasPrefix(line+" ", begin)
	})
}

// set changes the block by one line, and returns the block that the line opens.
func (b *block) set(line string) *block {
	if gone, ok := strings.CutPrefix(line, "no "); ok && !strings.HasPrefix(gone, "bgp ") {
		b.kids = slices.DeleteFunc(b.kids, func(k *block) bool { return k.line == gone || strings.HasPrefix(k.line, gone+" ") })
		return nil
	}
	kid := b.find(slot(line))
	if kid == nil {
		kid = &block{}
		b.kids = append(b.kids, kid)
	}
	kid.line = line
	if kid.rule() == "" {
		return nil
	}
	return kid
}

func (b *block) find(want string) *block {
	for _, k := range b.kids {
		if slot(k.line) == want {
			return k
		}
	}
	return nil
}

// slot is what a line sets: a network has one route-map, all else is itself.
func slot(line string) string {
	if f := strings.Fields(line); f[0] == "network" {
		return f[0] + " " + f[1]
	}
	return line
}

func (b *block) running() string {
	var w strings.Builder
	w.WriteString("frr version 8.4.4\nfrr defaults traditional\n!\n")
	for _, k := range b.kids {
		k.print(&w, 0)
	}
	w.WriteString("!\nend\n")
	return w.String()
}

func (b *block) print(w *strings.Builder, depth int) {
	w.WriteString(strings.Repeat(" ", depth) + b.line + "\n")
	if b.rule() == "" {
		return
	}
	for _, k := range b.kids {
		k.print(w, depth+1)
	}
	closer := "exit"
	if b.rule() == "address-family" {
		closer = "exit-address-family"
	}
	w.WriteString(strings.Repeat(" ", depth) + closer + "\n")
}
