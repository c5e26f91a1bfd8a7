package objects

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// unit is a piece of a file that is decoded, and cached, on its own: a document, or
// one item of a list.
type unit struct {
	doc      int // number of the document in the file, from 1
	line     int // line of the file that data begins at, from 1
	data     []byte
	syntax   syntax
	typeMeta metav1.TypeMeta // what a typed list says of its items
	whole    *unit           // the document that a YAML item was cut from
}

// syntax is how the text of a unit is written.
type syntax uint8

const (
	syntaxYAML     syntax = iota
	syntaxYAMLItem        // a block sequence of one entry
	syntaxJSON
)

// unitKey identifies what a unit decodes to, wherever it stands: a digest of what
// decoding depends on.
type unitKey [16]byte

func (u unit) key() unitKey {
	sum := sha256.Sum256(u.data)
	if u.syntax != syntaxYAML {
		about := string(sum[:]) + string(rune(u.syntax)) + u.typeMeta.APIVersion + " " + u.typeMeta.Kind
		sum = sha256.Sum256([]byte(about))
	}
	return unitKey(sum[:])
}

// splitFile cuts the text of a file into units.
func splitFile(data []byte) []unit {
	var out []unit
	doc := 0
	for _, d := range documents(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))) {
		for _, value := range splitJSON(d) {
			doc++
			value.doc = doc
			out = append(out, splitList(value)...)
		}
	}
	return out
}

// splitList cuts a document that is a list into its items; any other stays whole.
func splitList(d unit) []unit {
	if d.syntax == syntaxJSON {
		return splitJSONList(d)
	}
	return splitYAMLList(d)
}

// documents cuts text at YAML's document markers, which nothing in a document can
// hold at the start of a line (YAML 1.2 section 9.1.2). A document keeps its marker.
func documents(data []byte) []unit {
	var out []unit
	cur := unit{line: 1}
	start, line, leadIn := 0, 1, true // leadIn: only comments and directives so far
	flush := func(end, nextLine int) {
		cur.data = data[start:end]
		if !leadIn {
			out = append(out, cur)
		}
		start, leadIn, cur.line = end, true, nextLine
	}
	for pos := 0; pos < len(data); line++ {
		end := lineEnd(data, pos)
		text := data[pos:end]
		switch {
		case isMarker(text, "---"):
			if !leadIn {
				flush(pos, line)
			}
			leadIn = false
		case isMarker(text, "..."):
			flush(end, line+1)
		case !isLeadIn(text):
			leadIn = false
		}
		pos = end
	}
	flush(len(data), line)
	return out
}

// lineEnd returns the position after the line that begins at pos.
func lineEnd(data []byte, pos int) int {
	if n := bytes.IndexByte(data[pos:], '\n'); n >= 0 {
		return pos + n + 1
	}
	return len(data)
}

// isMarker reports whether a line is a document marker.
func isMarker(line []byte, marker string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(marker))
	return ok && (len(rest) == 0 || strings.IndexByte(" \t\r\n", rest[0]) >= 0)
}

// isLeadIn reports whether a line may stand before the marker of the document it belongs to.
func isLeadIn(line []byte) bool {
	text := bytes.TrimSpace(line)
	return len(text) == 0 || text[0] == '#' || line[0] == '%'
}

// looksJSON reports whether text begins like a JSON object.
func looksJSON(data []byte) bool {
	text := bytes.TrimLeft(data, " \t\r\n")
	return len(text) > 0 && text[0] == '{'
}

// splitJSON cuts a document into the JSON values that stand in it one after another.
// What is no JSON stays whole, for YAML to try.
func splitJSON(d unit) []unit {
	if !looksJSON(d.data) {
		return []unit{d}
	}
	var out []unit
	dec := json.NewDecoder(bytes.NewReader(d.data))
	pos, line := 0, d.line
	for {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			if len(bytes.TrimSpace(d.data[pos:])) == 0 {
				return out
			}
			return []unit{d}
		}
		end := int(dec.InputOffset())
		begin := end - len(raw)
		line += bytes.Count(d.data[pos:begin], []byte("\n"))
		out = append(out, unit{line: line, data: d.data[begin:end], syntax: syntaxJSON})
		line += bytes.Count(d.data[begin:end], []byte("\n"))
		pos = end
	}
}

// splitJSONList cuts a JSON list into its items; any other object stays whole.
func splitJSONList(u unit) []unit {
	h := peek(u.data)
	if !h.isList() {
		return []unit{u}
	}
	dec := json.NewDecoder(bytes.NewReader(u.data))
	if !enterItems(dec) {
		return []unit{u}
	}
	var out []unit
	pos, line := 0, u.line
	for dec.More() {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return []unit{u}
		}
		end := int(dec.InputOffset())
		begin := end - len(raw)
		line += bytes.Count(u.data[pos:begin], []byte("\n"))
		out = append(out, unit{doc: u.doc, line: line, data: u.data[begin:end], syntax: syntaxJSON, typeMeta: h.itemType()})
		pos = begin
	}
	return out
}

// enterItems reads up to the first item of the top-level field "items".
func enterItems(dec *json.Decoder) bool {
	if _, err := dec.Token(); err != nil { // {
		return false
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return false
		}
		if key == "items" {
			open, err := dec.Token()
			return err == nil && open == json.Delim('[')
		}
		var skip json.RawMessage
		if dec.Decode(&skip) != nil {
			return false
		}
	}
	return false
}

// splitYAMLList cuts a YAML document that is a list, in the layout that kubectl
// prints, into its items. Any other document stays whole.
func splitYAMLList(d unit) []unit {
	if !bytes.Contains(d.data, []byte("\nitems:")) && !bytes.HasPrefix(d.data, []byte("items:")) {
		return []unit{d}
	}
	header, items := cutItems(d)
	if len(items) < 2 {
		return []unit{d}
	}
	raw, err := yamlToJSON(header)
	if err != nil {
		return []unit{d}
	}
	h := peek(raw)
	if !strings.HasSuffix(h.Kind, "List") {
		return []unit{d}
	}
	for i := range items {
		items[i].typeMeta, items[i].whole = h.itemType(), &d
	}
	return items
}

// cutItems separates the entries of the top-level sequence "items" from the rest of
// a document. It returns none when the layout is another.
func cutItems(d unit) (header []byte, items []unit) {
	line, within, seen := d.line, false, false
	for pos := 0; pos < len(d.data); line++ {
		end := lineEnd(d.data, pos)
		text := d.data[pos:end]
		switch first := text[0]; {
		case within && first == '-' && len(bytes.TrimSpace(text)) > 1 && text[1] == ' ':
			items = append(items, unit{doc: d.doc, line: line, data: d.data[pos:end], syntax: syntaxYAMLItem})
		case within && (first == ' ' || first == '\n' || first == '#'):
			if len(items) > 0 {
				last := &items[len(items)-1]
				last.data = last.data[:len(last.data)+len(text)]
			}
		case within && first == '-':
			return nil, nil
		case string(bytes.TrimRight(text, " \r\n")) == "items:":
			if seen {
				return nil, nil
			}
			within, seen = true, true
		default:
			within = false
			header = append(header, text...)
		}
		pos = end
	}
	return header, items
}
