package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

const head = `<!-- Written by hack/reference from deploy/frr-mode/crds, which are made of the types in api/: make generate. -->
# Reference of the API

Every field of every object. [guide.md](guide.md) shows them at work, with what FRR runs for them;
[explain.md](explain.md) says what comes of it when one is wrong.

The API server holds what stands under "must be". What needs more than one object or a parser (ranges that overlap,
communities, timers against each other) is judged by the webhooks of the controller and again by speakers, with a message
that names object, field and remedy.

A *label selector* is that of Kubernetes, with ` + "`matchLabels` and `matchExpressions`" + `; selectors of a list are alternatives.
A *condition* has ` + "`type`, `status` (True, False or Unknown), `reason`, `message` and `lastTransitionTime`" + `.

`

// page is the whole reference.
func page(all []definition) string {
	var b strings.Builder
	b.WriteString(head)
	b.WriteString("| kind | group | versions | scope |\n|---|---|---|---|\n")
	for _, d := range all {
		kind := d.Spec.Names.Kind
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", kind, strings.ToLower(kind), d.Spec.Group, strings.Join(names(d.Spec.Versions), ", "), strings.ToLower(d.Spec.Scope))
	}
	for _, d := range all {
		b.WriteString(d.chapter())
	}
	return b.String()
}

func names(versions []version) []string {
	var all []string
	for _, v := range versions {
		name := v.Name
		if v.Deprecated {
			name += " (deprecated)"
		}
		all = append(all, name)
	}
	slices.Sort(all)
	slices.Reverse(all)
	return all
}

// chapter is about one kind: its stored version, and in what the others differ.
func (d definition) chapter() string {
	var b strings.Builder
	at := slices.IndexFunc(d.Spec.Versions, func(v version) bool { return v.Storage })
	stored := d.Spec.Versions[at]
	fmt.Fprintf(&b, "\n## %s\n\n`%s/%s`, `kubectl get %s`. %s\n", d.Spec.Names.Kind, d.Spec.Group, stored.Name, d.Spec.Names.Plural, sentence(stored.Schema.Object.Description))
	for _, part := range []string{"spec", "status"} {
		s := stored.Schema.Object.Properties[part]
		if len(s.Properties) == 0 {
			continue
		}
		b.WriteString("\n### " + part + " of " + d.Spec.Names.Kind + "\n\n" + table(s.rows("", nil)))
		if rules := messages(s.Rules); rules != "" {
			b.WriteString("\nFields together: " + rules + ".\n")
		}
	}
	b.WriteString("\n" + stored.columns())
	for _, v := range d.Spec.Versions {
		if !v.Storage {
			b.WriteString("\n" + v.against(stored))
		}
	}
	return b.String()
}

func (v version) columns() string {
	var usual, wide []string
	for _, c := range v.Columns {
		if c.Priority == 0 {
			usual = append(usual, c.Name)
		} else {
			wide = append(wide, c.Name)
		}
	}
	text := ""
	if len(usual) > 0 {
		text = "Columns: " + strings.Join(usual, ", ")
	}
	if len(wide) > 0 {
		text += "; with `-o wide` also " + strings.Join(wide, ", ")
	}
	if text == "" {
		return "It has no columns of its own.\n"
	}
	return text + ".\n"
}

// against says in what a version differs from the stored one.
func (v version) against(stored version) string {
	text := "`" + v.Name + "` "
	if v.Warning != "" {
		text += "(" + v.Warning + ") "
	}
	spec := func(v version) []row { return v.Schema.Object.Properties["spec"].rows("", nil) }
	var other []row
	for _, r := range spec(v) {
		if !slices.Contains(spec(stored), r) {
			other = append(other, r)
		}
	}
	if len(other) == 0 {
		return text + "has the same fields.\n"
	}
	return text + "has the same fields, but for:\n\n" + table(other)
}

// row is a field.
type row struct {
	path, kind, preset, must, meaning string
}

// rows are the fields of an object and of what is in it, by name.
func (s schema) rows(prefix string, all []row) []row {
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		field := s.Properties[name]
		r := row{
			path: prefix + name, kind: field.kind(), preset: preset(field.Default),
			must: field.must(slices.Contains(s.Required, name)), meaning: sentence(field.Description),
		}
		all = append(all, r)
		inner := field
		if field.Items != nil {
			inner, r.path = *field.Items, r.path+"[]"
		}
		if !inner.selector() && !inner.condition() {
			all = inner.rows(r.path+".", all)
		}
	}
	return all
}

// kind is the type in words.
func (s schema) kind() string {
	switch {
	case s.selector():
		return "label selector"
	case s.condition():
		return "condition"
	case s.Items != nil:
		return "list of " + s.Items.kind() + "s"
	case s.Values != nil:
		return "map of " + s.Values.kind()
	case s.Format == "date-time":
		return "time"
	default:
		return s.Type
	}
}

func preset(value any) string {
	if value == nil {
		return ""
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return "`" + string(text) + "`"
}

// must is what the API server holds of a field.
func (s schema) must(required bool) string {
	var all []string
	if required {
		all = append(all, "**there**")
	}
	for _, bound := range []struct {
		low, high string
		of        string
	}{
		{number(s.Minimum), number(s.Maximum), ""},
		{count(s.MinItems), count(s.MaxItems), "entries: "},
		{count(s.MinLength), count(s.MaxLength), "characters: "},
	} {
		switch {
		case bound.low != "" && bound.high != "":
			all = append(all, bound.of+bound.low+" to "+bound.high)
		case bound.low != "":
			all = append(all, bound.of+"at least "+bound.low)
		case bound.high != "":
			all = append(all, bound.of+"at most "+bound.high)
		}
	}
	var words []string
	for _, value := range s.Enum {
		words = append(words, fmt.Sprintf("`%v`", value))
	}
	if len(words) > 0 {
		all = append(all, strings.Join(words, ", "))
	}
	if s.Pattern != "" {
		all = append(all, "like `"+s.Pattern+"`")
	}
	if rules := messages(s.Rules); rules != "" {
		all = append(all, rules)
	}
	return strings.Join(all, "; ")
}

func number(n *float64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(*n, 'f', -1, 64)
}

func count(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

func messages(rules []rule) string {
	var all []string
	for _, r := range rules {
		all = append(all, r.Message)
	}
	return strings.Join(all, "; ")
}

// markdown escapes what would be a cell of a table, or HTML.
var markdown = strings.NewReplacer("|", "\\|", "<", "&lt;")

// sentence is a description on one line.
func sentence(description string) string {
	return markdown.Replace(strings.Join(strings.Fields(description), " "))
}

func table(rows []row) string {
	var b strings.Builder
	b.WriteString("| field | type | default | must be | meaning |\n|---|---|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.path, r.kind, r.preset, markdown.Replace(r.must), r.meaning)
	}
	return b.String()
}
