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

// line returns the line of the file on which the field at path stands, or that of
// the nearest thing around it.
func (u unit) lineAt(path fieldPath) int {
	var doc yaml.Node
	if yaml.Unmarshal(u.data, &doc) != nil || len(doc.Content) == 0 {
		return u.line
	}
	at := doc.Content[0]
	if u.syntax == syntaxYAMLItem && len(at.Content) > 0 {
		at = at.Content[0]
	}
	line := at.Line
	for _, s := range path {
		next, l := child(at, s)
		if next == nil {
			break
		}
		at, line = next, l
	}
	return u.line + line - 1
}

// child returns a value within a node and the line that its key stands on.
func child(n *yaml.Node, s step) (*yaml.Node, int) {
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
