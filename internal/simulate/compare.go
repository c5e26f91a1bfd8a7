package simulate

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
)

// Change is what becomes different between two sets of objects.
type Change struct {
	Moves []Move `json:"moves"` // by service, then protocol; those that end nowhere first
	Nodes []Node `json:"nodes"` // that tell a router something else, by name
}

// Move is a service that other nodes announce than before.
type Move struct {
	Service  string   `json:"service"` // namespace/name
	Protocol string   `json:"protocol"`
	Before   []string `json:"before"` // names of nodes, sorted
	After    []string `json:"after"`
	// Lost means that the service still exists, was announced by some protocol, and is
	// by none any more.
	Lost bool `json:"lost"`
	// Why is the reason of a node that is left and does not announce it any more; of a lost
	// service whose nodes are gone, that of another node. "" if there is none.
	Why string `json:"why,omitempty"`
}

// Compare decides on every node with both intents.
func Compare(before, after *intent.Intent) Change {
	was, is := decide(before), decide(after)
	return Change{Moves: moves(was, is), Nodes: nodes(was, is)}
}

// outcome is what an intent comes to.
type outcome struct {
	states   map[string]*announce.State // by node
	services map[subject][]string       // the nodes that announce a service, sorted
	known    map[intent.Ref]bool        // services that are there
}

// subject is a service and a protocol.
type subject struct {
	service  intent.Ref
	protocol announce.Protocol
}

func decide(in *intent.Intent) outcome {
	out := outcome{states: map[string]*announce.State{}, services: map[subject][]string{}, known: map[intent.Ref]bool{}}
	for i := range in.Services {
		out.known[in.Services[i].Ref] = true
	}
	decider := announce.NewDecider()
	for _, n := range in.Nodes {
		state := decider.Decide(in, n.Name)
		out.states[n.Name] = &state
		for i := range state.Verdicts {
			if v := &state.Verdicts[i]; v.Announced() {
				s := subject{v.Service, v.Protocol}
				out.services[s] = append(out.services[s], n.Name)
			}
		}
	}
	return out
}

// announced reports whether any node announces a service by any protocol.
func (o outcome) announced(service intent.Ref) bool {
	return len(o.services[subject{service, announce.ProtocolBGP}])+len(o.services[subject{service, announce.ProtocolL2}]) > 0
}

func moves(was, is outcome) []Move {
	subjects := map[subject]bool{}
	for s := range was.services {
		subjects[s] = true
	}
	for s := range is.services {
		subjects[s] = true
	}
	out := []Move{}
	for s := range subjects {
		before, after := was.services[s], is.services[s]
		if slices.Equal(before, after) {
			continue
		}
		m := Move{
			Service: s.service.Namespace + "/" + s.service.Name, Protocol: s.protocol.String(), Before: before, After: after,
			Lost: is.known[s.service] && !is.announced(s.service), Why: is.why(s, before),
		}
		if m.Lost && m.Why == "" {
			m.Why = is.why(s, slices.Sorted(maps.Keys(is.states)))
		}
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b Move) int {
		return cmp.Or(lostFirst(a)-lostFirst(b), strings.Compare(a.Service, b.Service), strings.Compare(a.Protocol, b.Protocol))
	})
	return out
}

func lostFirst(m Move) int {
	if m.Lost {
		return 0
	}
	return 1
}

// why is the reason of the first of some nodes that is left and does not announce.
func (o outcome) why(s subject, nodes []string) string {
	for _, node := range nodes {
		state := o.states[node]
		if state == nil {
			continue
		}
		for i := range state.Verdicts {
			if v := &state.Verdicts[i]; v.Service == s.service && v.Protocol == s.protocol && !v.Announced() {
				return v.Reason.String()
			}
		}
	}
	return ""
}
