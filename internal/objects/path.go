package objects

import (
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// step leads from a value to one within it: by key of a mapping, or by index of a list.
type step struct {
	key   string
	index int // when key is ""
}

// fieldPath leads from an object to a field.
type fieldPath []step

// String prints the path as kubectl does: spec.nodeSelectors[0].matchLabels.
func (p fieldPath) String() string {
	var b strings.Builder
	for _, s := range p {
		if s.key == "" {
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.key)
	}
	return b.String()
}

// parsePath is the inverse of String, for keys without dots.
func parsePath(text string) fieldPath {
	var out fieldPath
	for _, m := range regexp.MustCompile(`\[(\d+)\]|[^.\[]+`).FindAllStringSubmatch(text, -1) {
		if m[1] == "" {
			out = append(out, step{key: m[0]})
			continue
		}
		n, _ := strconv.Atoi(m[1])
		out = append(out, step{index: n})
	}
	return out
}

// child returns the path with further steps.
func (p fieldPath) child(steps ...step) fieldPath {
	return append(p[:len(p):len(p)], steps...)
}

// lineFinder finds the lines of fields in the text of a unit. It parses the text at
// the first question, which most units never get.
type lineFinder struct {
	unit   unit
	root   *yaml.Node
	parsed bool
}

// find returns the line of the unit, from 1, on which the field at path stands, or
// that of the nearest thing around it.
func (f *lineFinder) find(path fieldPath) int {
	if !f.parsed {
		f.root, f.parsed = rootOf(f.unit), true
	}
	if f.root == nil {
		return 1
	}
	at, line := f.root, f.root.Line
	for _, s := range path {
		next, l := childNode(at, s)
		if next == nil {
			break
		}
		at, line = next, l
	}
	return line
}

// rootOf returns the node of the object in a unit, or nil.
func rootOf(u unit) *yaml.Node {
	var doc yaml.Node
	if yaml.Unmarshal(u.data, &doc) != nil || len(doc.Content) == 0 {
		return nil
	}
	root := doc.Content[0]
	if u.syntax == syntaxYAMLItem && len(root.Content) > 0 {
		root = root.Content[0]
	}
	return root
}

// childNode returns a value within a node and the line that its key stands on.
func childNode(n *yaml.Node, s step) (*yaml.Node, int) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch {
	case n.Kind == yaml.SequenceNode && s.key == "" && s.index < len(n.Content):
		return n.Content[s.index], n.Content[s.index].Line
	case n.Kind == yaml.MappingNode && s.key != "":
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == s.key {
				return n.Content[i+1], n.Content[i].Line
			}
		}
	}
	return nil, 0
}
