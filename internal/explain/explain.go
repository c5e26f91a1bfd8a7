package explain

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/status"
)

// explainer holds what every service is explained from.
type explainer struct {
	facts  Facts
	states []announce.State // of every node, in the order of the intent's nodes
}

// Services explains the services that are named, or with no name all that are the
// speaker's to announce. It fails when a service or a node is named that is not there.
func Services(f Facts, names []intent.Ref) ([]Service, error) {
	e := explainer{facts: f}
	if err := e.decide(); err != nil {
		return nil, err
	}
	if len(names) == 0 {
		out := make([]Service, 0, len(f.Intent.Services))
		for i := range f.Intent.Services {
			out = append(out, e.service(&f.Intent.Services[i]))
		}
		return out, nil
	}
	var out []Service
	for _, name := range names {
		one, err := e.named(name)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// decide asks every node: who answers for an address is a matter of all of them.
func (e *explainer) decide() error {
	in := e.facts.Intent
	decider := announce.NewDecider()
	for _, n := range in.Nodes {
		e.states = append(e.states, decider.Decide(in, n.Name))
	}
	for _, name := range e.facts.Nodes {
		if !slices.ContainsFunc(in.Nodes, func(n intent.Node) bool { return n.Name == name }) {
			e.states = append(e.states, decider.Decide(in, name)) // it says nodeUnknown
		}
	}
	if len(e.states) == 0 {
		return fmt.Errorf("the objects have no Node, so nothing can announce a service")
	}
	return nil
}

// named explains the service of a name, whether or not it is the speaker's.
func (e *explainer) named(name intent.Ref) (Service, error) {
	for i := range e.facts.Intent.Services {
		if svc := &e.facts.Intent.Services[i]; svc.Ref.Namespace == name.Namespace && svc.Ref.Name == name.Name {
			return e.service(svc), nil
		}
	}
	for _, o := range e.facts.Services {
		if o.Name == name.Name && (o.Namespace == name.Namespace || o.Namespace == "" && name.Namespace == corev1.NamespaceDefault) {
			return e.foreign(o), nil
		}
	}
	return Service{}, fmt.Errorf("there is no Service %s/%s: name it as namespace/name", name.Namespace, name.Name)
}

// Reasons of services that no speaker decides about. No Event says them: such a service
// is none of the speaker's business.
const (
	NotLoadBalancer        = "notLoadBalancer"
	OtherLoadBalancerClass = "otherLoadBalancerClass"
	Unreadable             = "unreadable"
)

// foreign explains why a service is not the speaker's.
func (e *explainer) foreign(o *corev1.Service) Service {
	out := Service{Namespace: o.Namespace, Name: o.Name}
	class := e.facts.Options.LoadBalancerClass
	switch {
	case o.Spec.Type != corev1.ServiceTypeLoadBalancer:
		out.Reason = NotLoadBalancer
		out.Causes = []Cause{{NotLoadBalancer, fmt.Sprintf("spec.type is %q", o.Spec.Type), "set spec.type to LoadBalancer"}}
	case class == "" && o.Spec.LoadBalancerClass != nil:
		out.Reason = OtherLoadBalancerClass
		out.Causes = []Cause{{
			OtherLoadBalancerClass,
			fmt.Sprintf("spec.loadBalancerClass is %q, and the speaker announces services without one", *o.Spec.LoadBalancerClass),
			"make the service anew without the class, or start speaker with --lb-class",
		}}
	case class != "" && (o.Spec.LoadBalancerClass == nil || *o.Spec.LoadBalancerClass != class):
		out.Reason = OtherLoadBalancerClass
		out.Causes = []Cause{{
			OtherLoadBalancerClass,
			fmt.Sprintf("spec.loadBalancerClass is not %q, as --lb-class says", class),
			"make the service anew with the class, or start speaker with another --lb-class",
		}}
	default:
		out.Reason = Unreadable
		out.Causes = e.problemsOf(func(p intent.Problem) bool { return isAbout(p, "Service", o.Namespace, o.Name) })
	}
	return out
}

// service explains one service of the intent.
func (e *explainer) service(svc *intent.Service) Service {
	out := Service{
		Namespace: svc.Ref.Namespace, Name: svc.Ref.Name,
		Addresses: texts(svc.Addresses), Pool: e.poolOf(svc.Addresses), Policy: policyText(svc.TrafficPolicy),
		Serving: svc.Endpoints.Serving, EndpointNodes: svc.Endpoints.Nodes,
	}
	spread := newSpread(svc.Addresses)
	verdicts := map[string][]announce.Verdict{}
	var rows []Node
	for i := range e.states {
		mine := verdictsOn(&e.states[i], svc.Ref)
		verdicts[e.states[i].Node] = mine
		for _, v := range mine {
			row := e.row(&e.states[i], svc, v)
			spread.add(v, row)
			rows = append(rows, row)
		}
	}
	out.Owners = e.owners(svc, verdicts)
	out.Reason = announce.Announced.String()
	if spread.empty() {
		out.Reason = status.Why(e.facts.Intent, *svc, verdicts)
	} else {
		out.Missing = spread.missing()
	}
	out.Causes = e.problemsOf(func(p intent.Problem) bool {
		return isAbout(p, "Service", svc.Ref.Namespace, svc.Ref.Name) || p.Object.Kind == "File"
	})
	out.OK = len(out.Missing) == 0 && !spread.empty()
	for i := range rows {
		rows[i].Fault = rows[i].Fault || spread.wanting(rows[i])
		if shown := len(e.facts.Nodes) == 0 || slices.Contains(e.facts.Nodes, rows[i].Node); shown {
			out.Nodes = append(out.Nodes, rows[i])
			out.OK = out.OK && !rows[i].Fault
		}
	}
	return out
}

// verdictsOn finds the verdicts about a service. Those of a service follow each other.
func verdictsOn(state *announce.State, service intent.Ref) []announce.Verdict {
	first, found := slices.BinarySearchFunc(state.Verdicts, service, func(v announce.Verdict, ref intent.Ref) int { return v.Service.Compare(ref) })
	if !found {
		return nil
	}
	last := first
	for last < len(state.Verdicts) && state.Verdicts[last].Service == service {
		last++
	}
	return state.Verdicts[first:last]
}

// owners lists who answers for each address, and who was up for election. Both are
// taken from verdicts: an owner announces, and who was not elected says so.
func (e *explainer) owners(svc *intent.Service, verdicts map[string][]announce.Verdict) []Ownership {
	var out []Ownership
	for _, addr := range svc.Addresses {
		o, asked := Ownership{Address: addressText(addr)}, false
		for i := range e.states {
			for _, v := range verdicts[e.states[i].Node] {
				if v.Protocol != announce.ProtocolL2 {
					continue
				}
				asked = true
				switch {
				case v.Announced():
					o.Candidates = append(o.Candidates, e.states[i].Node)
					if slices.Contains(v.Addresses, addr) {
						o.Owner = e.states[i].Node
					}
				case v.Reason == announce.NotOwner:
					o.Candidates = append(o.Candidates, e.states[i].Node)
				}
			}
		}
		if o.Owner == "" {
			o.Candidates = nil // nobody was elected: no advertisement asks for it
		}
		if asked {
			out = append(out, o)
		}
	}
	return out
}

// poolOf names the pool of the addresses; "" when they have none, or more than one.
func (e *explainer) poolOf(addresses []netip.Addr) string {
	var names []string
	for _, a := range addresses {
		for i := range e.facts.Intent.Pools {
			if p := &e.facts.Intent.Pools[i]; a.IsValid() && p.Contains(a.Unmap()) {
				names = append(names, p.Name)
			}
		}
	}
	if names = slices.Compact(names); len(names) == 1 {
		return names[0]
	}
	return ""
}

func policyText(p intent.TrafficPolicy) string {
	if p == intent.TrafficPolicyLocal {
		return string(corev1.ServiceExternalTrafficPolicyLocal)
	}
	return string(corev1.ServiceExternalTrafficPolicyCluster)
}

func texts(addresses []netip.Addr) []string {
	var out []string
	for _, a := range addresses {
		out = append(out, addressText(a))
	}
	return out
}

func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return "invalid"
	}
	return a.String()
}

func isAbout(p intent.Problem, kind, namespace, name string) bool {
	return p.Object.Kind == kind && strings.EqualFold(p.Object.Namespace, namespace) && p.Object.Name == name
}
