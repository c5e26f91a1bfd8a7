package frrconfig

import (
	"bytes"
	"embed"
	"fmt"
	"text/template"

	"github.com/Masterminds/sprig/v3"

	"frr-speaker/internal/bgp"
)

//go:embed templates/*.tmpl
var templates embed.FS

// Options is what the text says of the process and not of BGP.
type Options struct {
	Hostname string // "" leaves FRR its own
	// LogLevel is a level of the speaker (all, debug, info, warn, error, none) or one of FRR's
	// ("log stdout LEVEL"); "" is info.
	LogLevel string
	// RawConfig is FRR text that goes to the end as it is. CheckRaw says whether it can.
	RawConfig string
}

// Renderer holds the parsed templates. It may be used by several goroutines at once.
type Renderer struct{ text *template.Template }

// New parses the templates.
func New() (*Renderer, error) {
	funcs, err := pureFunctions()
	if err != nil {
		return nil, err
	}
	text, err := template.New("").Option("missingkey=error").Funcs(funcs).ParseFS(templates, "templates/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	return &Renderer{text}, nil
}

// pureFunctions picks what the templates use of sprig. Most of sprig is not for
// text that has to be the same twice: some of it is random, reads a clock, or
// follows the order of a map.
func pureFunctions() (template.FuncMap, error) {
	all := sprig.HermeticTxtFuncMap()
	picked := template.FuncMap{}
	for _, name := range []string{"join"} {
		f, ok := all[name]
		if !ok {
			return nil, fmt.Errorf("sprig has no function %q", name)
		}
		picked[name] = f
	}
	return picked, nil
}

// Render returns the configuration. It fails with an *Error, and renders nothing,
// rather than let a string reach FRR that would mean something else there.
func (r *Renderer) Render(s bgp.Speaker, o Options) ([]byte, error) {
	if err := check(s, o); err != nil {
		return nil, err
	}
	v, err := newView(s, o)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	text.Grow(sizeHint(s, o))
	if err := r.text.ExecuteTemplate(&text, "frr.conf.tmpl", v); err != nil {
		return nil, fmt.Errorf("render configuration: %w", err)
	}
	if err := checkText(text.Bytes()); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

// Render is New and Renderer.Render in one, for a single text.
func Render(s bgp.Speaker, o Options) ([]byte, error) {
	r, err := New()
	if err != nil {
		return nil, err
	}
	return r.Render(s, o)
}

// sizeHint guesses the size of the text in bytes, a little too high.
func sizeHint(s bgp.Speaker, o Options) int {
	size := 4096 + len(o.RawConfig) + 512*len(s.BFDProfiles)
	for _, i := range s.Instances {
		size += 1024 + 2048*len(i.Sessions) + 56*len(i.Routes)
	}
	return size
}
