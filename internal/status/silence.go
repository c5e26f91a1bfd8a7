package status

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"strings"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
)

// Silence is a service that no node announces.
type Silence struct {
	Service intent.Ref
	Why     string // why, with the number of nodes where it differs
}

// Silences returns the services with addresses that no node announces, as far as
// it is for this node to say so: of all nodes with a speaker, one speaks for a service.
// It decides for other nodes what they decide themselves, and only for services that
// this node does not announce.
func Silences(in *intent.Intent, state announce.State) []Silence {
	quiet := quietHere(in, state)
	var (
		out  []Silence
		open []intent.Service
	)
	for _, svc := range quiet {
		if reason, nowhere := endpointless(svc); nowhere {
			out = append(out, Silence{svc.Ref, reason.String()})
			continue
		}
		open = append(open, svc)
	}
	asked := askNodes(in, open)
	for _, svc := range open {
		if why := asked[svc.Ref]; why != nil {
			out = append(out, Silence{svc.Ref, why.String()})
		}
	}
	slices.SortFunc(out, func(a, b Silence) int { return a.Service.Compare(b.Service) })
	return out
}

// quietHere are the services that this node speaks for and nobody is known to announce.
func quietHere(in *intent.Intent, state announce.State) []intent.Service {
	announced := map[intent.Ref]bool{}
	for i := range state.Verdicts {
		v := &state.Verdicts[i]
		elsewhere := v.Protocol == announce.ProtocolL2 && v.Reason == announce.NotOwner // another node was elected
		if v.Announced() || elsewhere {
			announced[v.Service] = true
		}
	}
	spokesmen := spokesmen{nodes: speakers(in.Nodes), buckets: map[uint64]string{}}
	var quiet []intent.Service
	for _, svc := range in.Services {
		if len(svc.Addresses) > 0 && !announced[svc.Ref] && spokesmen.of(svc.Ref) == state.Node {
			quiet = append(quiet, svc)
		}
	}
	return quiet
}

// speakers are the nodes whose speakers can say something.
func speakers(nodes []intent.Node) []string {
	var names []string
	for _, n := range nodes {
		if !n.NotMember {
			names = append(names, n.Name)
		}
	}
	return names
}

// spokesmen give each service one node, the same on every node, and mostly the same
// when a node comes or goes: services fall into buckets, and a bucket has the node with
// the lowest hash (rendezvous hashing).
type spokesmen struct {
	nodes   []string
	buckets map[uint64]string
}

const bucketCount = 64

func (s *spokesmen) of(service intent.Ref) string {
	bucket := hash(service.Namespace+"/"+service.Name) % bucketCount
	if node, known := s.buckets[bucket]; known {
		return node
	}
	var best string
	var lowest uint64
	for _, node := range s.nodes {
		if h := hash(node + "#" + strconv.FormatUint(bucket, 10)); best == "" || h < lowest {
			best, lowest = node, h
		}
	}
	s.buckets[bucket] = best
	return best
}

func hash(s string) uint64 {
	sum := sha256.Sum256([]byte(s))
	return binary.BigEndian.Uint64(sum[:])
}

// cause is a reason of one protocol.
type cause struct {
	protocol announce.Protocol
	reason   announce.Reason
}

func (c cause) compare(o cause) int {
	return cmp.Or(int(c.protocol)-int(o.protocol), int(c.reason)-int(o.reason))
}

// causes count nodes by why they do not announce a service.
type causes map[cause]int

// String lists the causes, the most frequent first.
func (c causes) String() string {
	list := slices.SortedFunc(maps.Keys(c), func(a, b cause) int {
		return cmp.Or(c[b]-c[a], a.compare(b))
	})
	words := make([]string, len(list))
	for i, of := range list {
		nodes := "1 node"
		if c[of] > 1 {
			nodes = strconv.Itoa(c[of]) + " nodes"
		}
		words[i] = of.reason.String() + " (" + of.protocol.String() + ", " + nodes + ")"
	}
	return strings.Join(words, ", ")
}

// endpointless says why nobody announces a service that no node could serve.
func endpointless(svc intent.Service) (announce.Reason, bool) {
	if svc.Endpoints.Serving == 0 {
		return announce.NoEndpoints, true
	}
	return announce.NoLocalEndpoints, svc.TrafficPolicy == intent.TrafficPolicyLocal && len(svc.Endpoints.Nodes) == 0
}

// couldServe spares the question to nodes whose answer is known.
func couldServe(svc intent.Service, node string) bool {
	if svc.TrafficPolicy != intent.TrafficPolicyLocal {
		return true
	}
	_, here := slices.BinarySearch(svc.Endpoints.Nodes, node)
	return here
}

// askNodes decides for every node that could announce one of the services, until
// each is found to be announced or there are no more nodes. Services that are
// announced somewhere are not in the answer.
func askNodes(in *intent.Intent, quiet []intent.Service) map[intent.Ref]causes {
	answers := make(map[intent.Ref]causes, len(quiet))
	for _, svc := range quiet {
		answers[svc.Ref] = causes{}
	}
	others := company(in, quiet)
	some := *in
	for _, node := range speakers(in.Nodes) {
		some.Services = nil
		for _, svc := range quiet {
			if answers[svc.Ref] != nil && couldServe(svc, node) {
				some.Services = append(some.Services, svc)
			}
		}
		if len(some.Services) == 0 {
			continue
		}
		some.Services = append(some.Services, others...)
		slices.SortFunc(some.Services, func(a, b intent.Service) int { return a.Ref.Compare(b.Ref) })
		for _, v := range announce.Decide(&some, node).Verdicts {
			count(answers, v)
		}
	}
	return answers
}

func count(answers map[intent.Ref]causes, v announce.Verdict) {
	switch answer := answers[v.Service]; {
	case answer == nil:
	case v.Announced():
		delete(answers, v.Service)
	default:
		answer[cause{v.Protocol, v.Reason}]++
	}
}
