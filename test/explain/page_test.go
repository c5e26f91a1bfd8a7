package explain

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"frr-speaker/internal/handoff"
	"frr-speaker/internal/l2"
	"frr-speaker/internal/speaker"
)

// pageText is what the status page of each node marks as not well.
func pageText(t *testing.T, nodes []*node) string {
	t.Helper()
	var list []string
	for _, n := range nodes {
		document, err := html.Parse(strings.NewReader(n.page(t)))
		if err != nil {
			t.Fatal(err)
		}
		for _, mark := range marks(document) {
			list = append(list, n.name+" "+mark)
		}
	}
	return lines(list)
}

// page asks a node's speaker for its status page, with what the node knows.
func (n *node) page(t *testing.T) string {
	t.Helper()
	p, err := speaker.NewPage(n.name, handoff.Dir(t.TempDir()), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	result := n.facts.Reload.Result
	result.Updated = time.Now() // the page asks the clock whether frr-reloader still reports
	p.Links = func() []l2.Report { return n.facts.Links }
	p.Observe(speaker.Report{Intent: n.intent, State: *n.facts.State, Problems: n.facts.Problems})
	p.Published(n.facts.Published, time.Now())
	p.Applied(result)
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/status", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("the status page of %s: %d %s", n.name, w.Code, w.Body)
	}
	return w.Body.String()
}

// marks are the texts that a page shows as bad or as something to wait for, each with
// where it stands: the heading, and what the row or the card is about.
func marks(document *html.Node) []string {
	var out []string
	heading := "card"
	for e := range document.Descendants() {
		switch {
		case e.Type != html.ElementNode:
		case e.DataAtom == atom.H2:
			heading = textOf(e)
		case slices.ContainsFunc(e.Attr, isMark):
			out = append(out, heading+" "+subjectOf(e)+": "+textOf(e))
		}
	}
	return out
}

func isMark(a html.Attribute) bool { return a.Key == "class" && (a.Val == "bad" || a.Val == "wait") }

// subjectOf is the text of the first cell of the row that an element is in, or of the
// first element beside it.
func subjectOf(e *html.Node) string {
	around := e.Parent
	for a := range e.Ancestors() {
		if a.DataAtom == atom.Tr {
			around = a
			break
		}
	}
	for child := range around.ChildNodes() {
		if child.Type == html.ElementNode {
			return textOf(child)
		}
	}
	return ""
}

func textOf(e *html.Node) string {
	var b strings.Builder
	for d := range e.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}
