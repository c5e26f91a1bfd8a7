package page

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/explain"
	"frr-speaker/internal/status"
)

// Bounds of what one page lists. A phone scrolls through that much, not through ten
// thousand services.
const (
	maxProblems = 50
	maxSessions = 200
	maxClasses  = 50
	maxServices = 100
	maxLayer2   = 100
	maxLines    = 50
)

// Classes of the style sheet.
const (
	good = "good"
	bad  = "bad"
	wait = "wait"
)

// view is what the template places, sorted and formatted.
type view struct {
	Node, Now string
	Style     template.CSS
	Script    template.JS
	Cards     []card

	Problems                  []problem
	Sessions                  []session
	Classes                   []class
	Reasons, Query            string
	Services                  []service
	Layer2                    []layer2
	FRR                       string
	Daemons                   []daemon
	Lines                     []string
	Applies                   []apply
	ProblemsLeft, ClassesLeft string
	SessionsLeft              string
	ServicesLeft, Layer2Left  string
	LinesLeft                 string
}

type card struct{ Title, Value, Class, Note, Remedy string }

type problem struct{ Object, Message, Effect, Remedy string }

func viewOf(f Facts) view {
	f.Reload.Result = redacted(f.Reload.Result)
	undecided := f.State == nil
	if undecided {
		f.State = &announce.State{Node: f.Node}
	}
	node := status.Rebuild(f.Facts, &status.Services{}).Node.Status
	v := view{
		Node: f.Node, Now: f.Now.UTC().Format(time.DateTime) + " UTC", Query: f.Query,
		Style: template.CSS(style), Script: template.JS(script), //nolint:gosec // both are files of this package
		Cards: cardsOf(node),
	}
	v.Problems, v.ProblemsLeft = problemsOf(f)
	v.Sessions, v.SessionsLeft = sessionsOf(f, node.Sessions)
	v.Classes, v.ClassesLeft = classesOf(f.State)
	v.Reasons = reasonsOf(f.State.Verdicts)
	if undecided {
		v.Reasons = "Nothing is decided yet: the objects are not complete, or this node is not among them."
	}
	v.Services, v.ServicesLeft = servicesOf(f)
	v.Layer2, v.Layer2Left = layer2Of(f)
	v.FRR = frrText(f)
	v.Daemons = daemonsOf(node.Daemons)
	v.Lines, v.LinesLeft = linesOf(f.Reload.Result)
	v.Applies = appliesOf(f)
	return v
}

// cardsOf are the conditions of the node, and how much of it works.
func cardsOf(node v1alpha1.NodeStateStatus) []card {
	titles := map[string]string{
		v1alpha1.ConditionConfigurationValid:  "Objects",
		v1alpha1.ConditionApplied:             "FRR",
		v1alpha1.ConditionSessionsEstablished: "Sessions",
	}
	var out []card
	for _, c := range node.Conditions {
		one := card{Title: titles[c.Type], Value: c.Reason, Class: wait, Note: c.Message, Remedy: explain.RemedyFor(c.Reason)}
		switch c.Status {
		case "True":
			one.Class = good
		case "False":
			one.Class = bad
		case "Unknown":
		}
		out = append(out, one)
	}
	return append(out, card{Title: "Services", Value: fmt.Sprint(node.ServicesAnnounced), Note: "announced by this node"})
}

func problemsOf(f Facts) ([]problem, string) {
	shown, left := bounded(f.Problems, maxProblems, "problems")
	var out []problem
	for _, p := range shown {
		one := problem{Object: p.Object.String(), Message: p.Text(), Effect: p.Effect, Remedy: p.Remedy}
		if p.Field != "" {
			one.Message = p.Field + ": " + one.Message
		}
		out = append(out, one)
	}
	return out, left
}

// bounded returns the first most of a list, and what to say of the rest.
func bounded[T any](list []T, most int, noun string) ([]T, string) {
	if len(list) <= most {
		return list, ""
	}
	return list[:most], fmt.Sprintf("%d more %s are left out.", len(list)-most, noun)
}

// ago prints how long something has lasted, in its two largest units.
func ago(d time.Duration) string {
	units := []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}}
	var parts []string
	for _, u := range units {
		if n := d / u.size; n > 0 && len(parts) < 2 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.name))
		}
		d %= u.size
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts, " ")
}
