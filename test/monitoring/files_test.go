package monitoring

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/status"
)

// files are the monitoring files that ship.
const files = "../../deploy/frr-mode/monitoring"

// group is a group of rules, as far as tests look at it.
type group struct {
	Name  string `json:"name"`
	Rules []struct {
		Alert       string            `json:"alert"`
		Expr        string            `json:"expr"`
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
	} `json:"rules"`
}

// read decodes one of the files, YAML or JSON.
func read(t *testing.T, name string, to any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(files, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, to); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func groups(t *testing.T) []group {
	t.Helper()
	var rules struct {
		Groups []group `json:"groups"`
	}
	read(t, "rules.yaml", &rules)
	return rules.Groups
}

func TestPromtoolLikesTheRules(t *testing.T) {
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check", "rules", "--lint=all", "--lint-fatal", "rules.yaml"}, {"test", "rules", "rules_test.yaml"}} {
		command := exec.CommandContext(t.Context(), filepath.Join(dir, "promtool"), args...)
		command.Dir = files
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

func TestBothFilesHaveTheSameRules(t *testing.T) {
	var plain struct {
		Groups any `json:"groups"`
	}
	var object struct {
		Spec struct {
			Groups any `json:"groups"`
		} `json:"spec"`
	}
	read(t, "rules.yaml", &plain)
	read(t, "prometheusrule.yaml", &object)
	if diff := cmp.Diff(plain.Groups, object.Spec.Groups); diff != "" || plain.Groups == nil {
		t.Errorf("rules.yaml and prometheusrule.yaml (-rules +object):\n%s", diff)
	}
}

// Each alert is seen to fire, and not to fire, by promtool.
func TestEveryAlertIsTestedAndComplete(t *testing.T) {
	var tests struct {
		Tests []struct {
			Rules []struct {
				Alert string `json:"alertname"`
				Fires []any  `json:"exp_alerts"`
			} `json:"alert_rule_test"`
		} `json:"tests"`
	}
	read(t, "rules_test.yaml", &tests)
	fires := map[string]bool{}
	for _, test := range tests.Tests {
		for _, rule := range test.Rules {
			fires[rule.Alert] = fires[rule.Alert] || len(rule.Fires) > 0
		}
	}
	docs, err := os.ReadFile("../../docs/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups(t) {
		for _, r := range g.Rules {
			if !fires[r.Alert] {
				t.Errorf("no test has %s fire", r.Alert)
			}
			if r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
				t.Errorf("%s lacks a severity, a summary or a description", r.Alert)
			}
			if !strings.Contains(string(docs), "`"+r.Alert+"`") {
				t.Errorf("docs/monitoring.md does not explain %s", r.Alert)
			}
		}
	}
}

// dashboard is what a test looks at of a dashboard.
type dashboard struct {
	UID           string `json:"uid"`
	Title         string `json:"title"`
	SchemaVersion int    `json:"schemaVersion"`
	Templating    struct {
		List []struct {
			Name string `json:"name"`
			Type string `json:"type"`
		} `json:"list"`
	} `json:"templating"`
	Panels []panel `json:"panels"`
}

type panel struct {
	ID          int                      `json:"id"`
	Type        string                   `json:"type"`
	Title       string                   `json:"title"`
	Description string                   `json:"description"`
	GridPos     struct{ H, W, X, Y int } `json:"gridPos"`
	Datasource  map[string]string        `json:"datasource"`
	Targets     []struct {
		RefID      string            `json:"refId"`
		Expr       string            `json:"expr"`
		Datasource map[string]string `json:"datasource"`
	} `json:"targets"`
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(files, "dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// queries are all expressions of the dashboard, by panel.
func (d dashboard) queries() map[string][]string {
	out := map[string][]string{}
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			out[p.Title] = append(out[p.Title], target.Expr)
		}
	}
	return out
}

func TestDashboardIsOneThatGrafanaLoads(t *testing.T) {
	d := readDashboard(t)
	if d.UID == "" || d.Title == "" || d.SchemaVersion < 30 {
		t.Errorf("uid %q, title %q, schema %d", d.UID, d.Title, d.SchemaVersion)
	}
	seen := map[string]bool{}
	taken := map[[2]int]string{}
	for _, p := range d.Panels {
		for _, name := range []string{fmt.Sprint("id ", p.ID), "title " + p.Title} {
			if seen[name] {
				t.Errorf("two panels have the %s", name)
			}
			seen[name] = true
		}
		if !slices.Contains([]string{"row", "stat", "timeseries", "table"}, p.Type) {
			t.Errorf("panel %s is a %q", p.Title, p.Type)
		}
		if p.GridPos.X+p.GridPos.W > 24 || p.GridPos.W == 0 || p.GridPos.H == 0 {
			t.Errorf("panel %s is at %+v", p.Title, p.GridPos)
		}
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" {
					t.Fatalf("panels %s and %s overlap", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type != "row" && (len(p.Targets) == 0 || p.Description == "" || p.Datasource["uid"] != "${datasource}") {
			t.Errorf("panel %s lacks a query, a description or the data source", p.Title)
		}
		for _, target := range p.Targets {
			if target.RefID == "" || target.Expr == "" || target.Datasource["uid"] != "${datasource}" {
				t.Errorf("panel %s has a query without name, text or data source", p.Title)
			}
		}
	}
}

// metricNames finds names of ours in text, with what a histogram adds to them.
func metricNames(text string) []string {
	names := regexp.MustCompile(`\b(?:metallb|frr_speaker)_[a-z0-9_]*[a-z0-9]\b`).FindAllString(text, -1)
	for i := range names {
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			names[i] = strings.TrimSuffix(names[i], suffix)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestRulesAndDashboardUseMetricsThatAreDocumented(t *testing.T) {
	docs, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := metricNames(string(docs))
	var used []string
	for _, g := range groups(t) {
		for _, r := range g.Rules {
			used = append(used, metricNames(r.Expr)...)
		}
	}
	for _, queries := range readDashboard(t).queries() {
		used = append(used, metricNames(strings.Join(queries, "\n"))...)
	}
	if len(used) < 30 {
		t.Errorf("only %d metrics are used: %v", len(used), used)
	}
	for _, name := range used {
		if !slices.Contains(documented, name) {
			t.Errorf("%s is used and not in docs/metrics.md", name)
		}
	}
}

// Alerts name the reason that Events, conditions and explain have for the same thing.
func TestAlertsSayTheSameWords(t *testing.T) {
	words := map[string]string{
		"MetalLBBGPSessionDown":          status.ReasonSessionDown,
		"FRRSpeakerConfigurationPartial": status.ReasonPartial,
		"FRRSpeakerAddressConflict":      status.EventAddressConflict,
		"FRRSpeakerAnnounceFailed":       status.EventAnnounceFailed,
	}
	for _, g := range groups(t) {
		for _, r := range g.Rules {
			if word := words[r.Alert]; !strings.Contains(r.Annotations["description"], word) {
				t.Errorf("the description of %s does not say %s: %s", r.Alert, word, r.Annotations["description"])
			}
			delete(words, r.Alert)
			for _, reason := range strings.FieldsFunc(matched(r.Expr, "reason"), func(c rune) bool { return c == '|' }) {
				if !isReason(reason) {
					t.Errorf("%s asks for the reason %s, which no service has", r.Alert, reason)
				}
			}
		}
	}
	for alert := range words {
		t.Errorf("there is no alert %s", alert)
	}
}

// matched is the regular expression that an expression of Prometheus has for a label.
func matched(expr, label string) string {
	_, rest, _ := strings.Cut(expr, label+`=~"`)
	found, _, _ := strings.Cut(rest, `"`)
	return found
}

func isReason(word string) bool {
	for r := announce.Announced; r.String() != ""; r++ {
		if r.String() == word {
			return true
		}
	}
	return false
}
