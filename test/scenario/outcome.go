package scenario

import (
	"fmt"
	"strings"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/bgp"
	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/l2"
	"frr-speaker/internal/speaker"
)

// Outcome is what one set of objects comes to.
type Outcome struct {
	Problems []intent.Problem // of the objects and of the nodes, sorted
	Nodes    []Node           // sorted by name
}

// Node is what one node makes of the objects.
type Node struct {
	State announce.State
	Text  []byte // the configuration, without the header of a publication
}

// Play goes from the archive's objects to the nodes that it is about. Where it
// has objects from before, what they come to is the first of two outcomes.
func (s *Scenario) Play(r *frrconfig.Renderer) ([]*Outcome, error) {
	var (
		outcomes []*Outcome
		last     *intent.Intent
	)
	for _, section := range []string{Before, Now} {
		if section == Before && !s.Has(Before) {
			continue
		}
		objs, unread, err := s.Objects(section)
		if err != nil {
			return nil, err
		}
		var o *Outcome
		if o, last, err = s.Decide(r, objs, last); err != nil {
			return nil, err
		}
		o.Problems = intent.SortProblems(append(o.Problems, unread...))
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// Decide is one pass of the speaker on every node, after one that came to last.
func (s *Scenario) Decide(r *frrconfig.Renderer, objs intent.Objects, last *intent.Intent) (*Outcome, *intent.Intent, error) {
	nodes, err := s.Nodes()
	if err != nil {
		return nil, nil, err
	}
	want, all := intent.Parse(objs, s.Options, last)
	fit, unfit := speaker.Sift(want)
	o := &Outcome{}
	for _, name := range nodes {
		state := announce.Decide(fit, name)
		all = append(all, state.Problems...)
		options := s.FRR
		options.Hostname, options.RawConfig = name, fit.RawConfig
		text, err := r.Render(state.BGP, options)
		if err != nil {
			return nil, nil, fmt.Errorf("scenario %q, node %s: %w", s.Name, name, err)
		}
		o.Nodes = append(o.Nodes, Node{State: state, Text: text})
	}
	o.Problems = intent.SortProblems(append(all, unfit...))
	return o, want, nil
}

// sections prints an outcome as archives have it.
func (o *Outcome) sections() map[string]string {
	texts := map[string]string{problems: problemText(o.Problems)}
	for _, n := range o.Nodes {
		texts[verdicts+n.State.Node] = verdictText(n.State.Verdicts)
		texts[routes+n.State.Node] = routeText(n.State.BGP)
		texts[conf+n.State.Node] = string(n.Text)
		texts[answers+n.State.Node] = answerText(n.State.L2)
	}
	return texts
}

// String is all that an outcome says, for comparisons.
func (o *Outcome) String() string {
	var b strings.Builder
	fmt.Fprint(&b, problemText(o.Problems))
	for _, n := range o.Nodes {
		fmt.Fprintf(&b, "%s%s%s%s", verdictText(n.State.Verdicts), routeText(n.State.BGP), answerText(n.State.L2), n.Text)
	}
	return b.String()
}

func problemText(problems []intent.Problem) string {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintln(&b, p)
	}
	return b.String()
}

// verdictText is one line per service and protocol: "default/web announced to tor-a: detail",
// "default/web layer2 notOwner: detail".
func verdictText(verdicts []announce.Verdict) string {
	var b strings.Builder
	for _, v := range verdicts {
		fmt.Fprintf(&b, "%s/%s ", v.Service.Namespace, v.Service.Name)
		if v.Protocol == announce.ProtocolL2 {
			fmt.Fprintf(&b, "%s ", v.Protocol)
		}
		b.WriteString(v.Reason.String())
		if len(v.Peers) > 0 {
			b.WriteString(" to " + strings.Join(v.Peers, ", "))
		}
		if v.Detail != "" {
			b.WriteString(": " + v.Detail)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// answerText is one line per address that the node answers for, with the links if
// those are not all.
func answerText(announcements []l2.Announcement) string {
	var b strings.Builder
	for _, a := range announcements {
		b.WriteString(a.Addr.String())
		if a.Links != nil {
			b.WriteString(" on " + strings.Join(a.Links, ", "))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// routeText is one line per peer and prefix, in the order of FRR's neighbors: the
// Adj-RIB-Out of each.
func routeText(s bgp.Speaker) string {
	var b strings.Builder
	for _, i := range s.Instances {
		for _, session := range i.Sessions {
			for _, r := range i.Routes {
				for _, e := range r.Policy.Exports {
					if e.Session == session.ID() {
						fmt.Fprintf(&b, "%s %s%s\n", session.Peer, r.Prefix, attributeText(e.Attributes))
					}
				}
			}
		}
	}
	return b.String()
}

func attributeText(a bgp.Attributes) string {
	var b strings.Builder
	if a.LocalPref != 0 {
		fmt.Fprintf(&b, " local-preference %d", a.LocalPref)
	}
	for i, c := range a.Communities {
		if i == 0 {
			b.WriteString(" community")
		}
		fmt.Fprintf(&b, " %s", c)
	}
	for i, c := range a.LargeCommunities {
		if i == 0 {
			b.WriteString(" large-community")
		}
		fmt.Fprintf(&b, " %s", c)
	}
	return b.String()
}

// Routes is one line for each peer and prefix that the node announces, as archives list them.
func (n Node) Routes() string { return routeText(n.State.BGP) }
