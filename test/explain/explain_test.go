package explain

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/status"
)

var update = flag.Bool("update", false, "rewrite what the archives expect, and docs/explain.md")

// ways is how many ways docs/explain.md promises.
const ways = 25

func TestEveryPlaceGivesTheSameReason(t *testing.T) {
	all := readWays(t)
	if len(all) != ways {
		t.Errorf("%d archives, want %d", len(all), ways)
	}
	for _, w := range all {
		t.Run(w.heading, func(t *testing.T) {
			got := w.play(t)
			if *update {
				w.rewrite(t, got)
			}
			for _, name := range produced {
				want, _ := w.section(name)
				if diff := cmp.Diff(want, got[name]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			w.mustSay(t, "explain", w.reason, got["explain"])
			w.mustSay(t, "events", w.reason, got["events"])
			if !w.silent {
				w.mustSay(t, "status", " "+w.reason, got["status"])
			}
			switch w.reason {
			case status.ReasonSessionDown, status.EventAnnounceFailed, status.EventAddressConflict:
				// Metrics of sessions and addresses are numbers without a reason.
			case status.ReasonPartial, status.ReasonRefused, status.ReasonRolledBack:
				w.mustSay(t, "metrics", `outcome="`+w.reason+`"`, got["metrics"])
			default:
				w.mustSay(t, "metrics", `reason="`+w.reason+`"`, got["metrics"])
			}
			w.mustSay(t, "page", ": "+w.reason+"\n", got["page"])
		})
	}
}

func (w *way) mustSay(t *testing.T, place, word, text string) {
	t.Helper()
	if !strings.Contains(text, word) {
		t.Errorf("%s does not say %q:\n%s", place, word, text)
	}
}

// verdictReasons are the reasons of decisions.
func verdictReasons() []string {
	var all []string
	for r := announce.Announced; r.String() != ""; r++ {
		all = append(all, r.String())
	}
	return all
}

// page is where the ways are documented.
func page() string { return filepath.Join("..", "..", "docs", "explain.md") }

// firstWay is the heading below which the page is what the archives say.
const firstWay = "\n## 1. "

func TestThePageListsEveryWay(t *testing.T) {
	var b strings.Builder
	for i, w := range readWays(t) {
		b.WriteString(w.markdown(i + 1))
	}
	text, err := os.ReadFile(page())
	if err != nil {
		t.Fatal(err)
	}
	introduction, _, _ := strings.Cut(string(text), firstWay)
	if *update {
		if err := os.WriteFile(page(), []byte(introduction+b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(introduction+b.String(), string(text)); diff != "" {
		t.Errorf("docs/explain.md is not what test/explain/testdata says (-want +got); run go test ./test/explain -update:\n%s", diff)
	}
}

// Reasons that are no way of their own on the page stand in its introduction.
func TestThePageNamesEveryReason(t *testing.T) {
	text, err := os.ReadFile(page())
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range verdictReasons() {
		if !strings.Contains(string(text), "`"+reason+"`") {
			t.Errorf("docs/explain.md does not name `%s`", reason)
		}
	}
}
