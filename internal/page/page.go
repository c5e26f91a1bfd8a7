package page

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
)

//go:embed page.html
var markup string

//go:embed page.css
var style string

//go:embed page.js
var script string

// Renderer makes pages.
type Renderer struct {
	template *template.Template
	policy   string
}

// New returns a renderer. The error is a template that does not parse.
func New() (*Renderer, error) {
	parsed, err := template.New("page").Option("missingkey=error").Parse(markup)
	if err != nil {
		return nil, fmt.Errorf("parse the template of the status page: %w", err)
	}
	return &Renderer{template: parsed, policy: contentPolicy()}, nil
}

// contentPolicy allows the style and the script of the page and nothing else, as does
// Content Security Policy Level 3, section 2.3.1: by their hashes.
func contentPolicy() string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script) +
		"; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// ContentPolicy is the Content-Security-Policy that a page is to be served with.
func (r *Renderer) ContentPolicy() string { return r.policy }

// Render makes the page.
func (r *Renderer) Render(f Facts) ([]byte, error) {
	var out bytes.Buffer
	if err := r.template.Execute(&out, viewOf(f)); err != nil {
		return nil, fmt.Errorf("render the status page: %w", err)
	}
	return out.Bytes(), nil
}
