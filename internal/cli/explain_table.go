package cli

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"frr-speaker/internal/explain"
)

// printExplanation prints one line per service, or everything about those that were named.
func printExplanation(w io.Writer, answer explanation, whole bool) {
	if whole {
		for i, s := range answer.Services {
			if i > 0 {
				fmt.Fprintln(w)
			}
			printService(w, s)
		}
		return
	}
	services := slices.SortedStableFunc(slices.Values(answer.Services), func(a, b explain.Service) int { return rank(a) - rank(b) })
	t := table(w, "SERVICE", "ADDRESSES", "NODES", "STATE")
	for _, s := range services {
		t.row(s.Namespace+"/"+s.Name, orDash(strings.Join(s.Addresses, ",")), announcedBy(s), stateOfService(s))
	}
	t.flush()
	for _, p := range answer.Problems {
		fmt.Fprintln(w, "problem: "+p)
	}
}

// rank puts first what is not as it should be.
func rank(s explain.Service) int {
	if s.OK {
		return 1
	}
	return 0
}

// announcedBy prints from how many nodes a service is announced, of those that were asked.
func announcedBy(s explain.Service) string {
	nodes, announcing := map[string]bool{}, map[string]bool{}
	for _, n := range s.Nodes {
		nodes[n.Node] = true
		if n.Reason == announcedWord {
			announcing[n.Node] = true
		}
	}
	return strconv.Itoa(len(announcing)) + "/" + strconv.Itoa(len(nodes))
}

const announcedWord = "announced"

// stateOfService is one line: announced, or the first thing that is wrong.
func stateOfService(s explain.Service) string {
	switch {
	case s.OK || s.Reason != announcedWord:
		return s.Reason
	case len(s.Missing) > 0:
		return announcedWord + ", but not " + strings.Join(s.Missing, ", ")
	}
	for _, n := range s.Nodes {
		if !n.Fault {
			continue
		}
		reason := n.Reason
		if reason == announcedWord && len(n.Causes) > 0 {
			reason = n.Causes[0].Reason
		}
		return announcedWord + ", but " + reason + " on " + n.Node
	}
	return s.Reason
}

// printService prints everything about a service.
func printService(w io.Writer, s explain.Service) {
	fmt.Fprintf(w, "%s/%s: %s\n", s.Namespace, s.Name, stateOfService(s))
	if s.Policy != "" {
		fmt.Fprintf(w, "  addresses  %s\n", orDash(strings.Join(s.Addresses, ", ")))
		fmt.Fprintf(w, "  pool       %s\n", orDash(s.Pool))
		fmt.Fprintf(w, "  endpoints  %d serving%s, externalTrafficPolicy %s\n", s.Serving, prefixed(" on ", s.EndpointNodes), s.Policy)
	}
	for _, o := range s.Owners {
		fmt.Fprintf(w, "  owner      %s of %s%s\n", orDefault(o.Owner, "nobody"), o.Address, prefixed(", candidates ", o.Candidates))
	}
	printCauses(w, "  ", s.Causes)
	for _, n := range s.Nodes {
		printNode(w, n)
	}
}

func printNode(w io.Writer, n explain.Node) {
	fmt.Fprintf(w, "%s %s: %s", n.Node, n.Protocol, n.Reason)
	if n.Detail != "" {
		fmt.Fprintf(w, " (%s)", n.Detail)
	}
	fmt.Fprintln(w)
	for _, ad := range n.Advertisements {
		fmt.Fprintf(w, "  advertisement %s %s\n", ad.Name, orDefault(ad.Why, "matches"))
	}
	if len(n.Interfaces) > 0 {
		fmt.Fprintf(w, "  interfaces %s\n", strings.Join(n.Interfaces, ", "))
	}
	for _, p := range n.Peers {
		printPeer(w, p)
	}
	printCauses(w, "  ", n.Causes)
	if n.Fault && n.Remedy != "" && len(n.Causes) == 0 {
		fmt.Fprintf(w, "  remedy: %s\n", n.Remedy)
	}
}

func printPeer(w io.Writer, p explain.Peer) {
	fmt.Fprintf(w, "  peer %s %s%s", p.Name, p.Neighbor, prefixed(" vrf ", some(p.VRF)))
	switch s := p.Session; {
	case s == nil:
	case s.Since != "":
		fmt.Fprintf(w, ": %s since %s, %d of %d prefixes sent", s.State, s.Since, s.Sent, s.Wanted)
	default:
		fmt.Fprintf(w, ": %s, %d of %d prefixes sent", s.State, s.Sent, s.Wanted)
	}
	fmt.Fprintln(w)
	for _, r := range p.Routes {
		fmt.Fprintf(w, "    %s", r.Prefix)
		if r.Aggregate {
			fmt.Fprint(w, " (aggregate)")
		}
		if r.LocalPref != 0 {
			fmt.Fprintf(w, " local-preference %d", r.LocalPref)
		}
		fmt.Fprint(w, prefixed(" community ", r.Communities), prefixed(" large-community ", r.LargeCommunities), "\n")
	}
}

func printCauses(w io.Writer, indent string, causes []explain.Cause) {
	for _, c := range causes {
		fmt.Fprint(w, indent+"because ")
		if c.Reason != "" {
			fmt.Fprint(w, c.Reason+": ")
		}
		fmt.Fprintln(w, strings.ReplaceAll(c.Message, "\n", "\n"+indent+"  "))
		if c.Remedy != "" {
			fmt.Fprintln(w, indent+"remedy: "+c.Remedy)
		}
	}
}

// prefixed joins words behind a prefix; without words there is neither.
func prefixed(prefix string, words []string) string {
	if len(words) == 0 {
		return ""
	}
	return prefix + strings.Join(words, ", ")
}

func some(word string) []string {
	if word == "" {
		return nil
	}
	return []string{word}
}

func orDash(text string) string { return orDefault(text, "-") }

// columns prints rows below each other.
type columns struct{ w *tabwriter.Writer }

func table(w io.Writer, heads ...string) columns {
	t := columns{tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)}
	t.row(heads...)
	return t
}

func (t columns) row(cells ...string) { fmt.Fprintln(t.w, strings.Join(cells, "\t")) }

func (t columns) flush() { _ = t.w.Flush() } // what it writes to keeps the error
