package announce

import (
	"net/netip"
	"slices"
	"strings"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/l2"
)

// Decide answers what one node announces: its sessions, its routes, the addresses
// it answers for, and a verdict for every service. What is wrong only on this node
// becomes a Problem and drops as little as it can. The result shares slices with
// the intent and within itself; it is not to be changed.
func Decide(in *intent.Intent, node string) State { return NewDecider().Decide(in, node) }

// Decider decides as Decide does, and remembers elections and routes, so that the next
// decision costs less. It is not for several goroutines at once.
type Decider struct {
	elector *l2.Elector
	before  *memory // nil: there is nothing to build upon
}

// NewDecider returns a Decider that remembers nothing yet.
func NewDecider() *Decider { return &Decider{elector: l2.NewElector()} }

// Decide is the function Decide.
func (r *Decider) Decide(in *intent.Intent, node string) State {
	if r.before != nil && r.before.update(in, node) {
		return r.before.last.given()
	}
	r.before = nil
	here, known := findNode(in.Nodes, node)
	if !known {
		return unknownNode(in, node)
	}
	instances, problems := openSessions(in.Peers, here)
	neighbors := neighborsOf(instances)
	ads := advertisementsHere(in, here, neighbors)
	policies := newPolicies()
	d := decision{
		intent: in,
		node:   here,
		pools:  indexPools(in.Pools),
		ads:    ads,
		plans:  planner{ads: ads, neighbors: neighbors, instances: len(instances), policies: policies, made: map[string]*plan{}},
		table:  newTable(policies, len(instances), len(in.Services)),
	}
	d.lan = newLAN(in, here, d.pools, r.elector)
	verdicts := make([]Verdict, 0, len(in.Services))
	for i := range in.Services {
		verdicts = d.judge(verdicts, i)
	}
	for i := range instances {
		instances[i].Routes = d.table.finish(i)
	}
	state := State{
		Node:     node,
		BGP:      bgp.Speaker{Instances: instances, BFDProfiles: in.BFDProfiles},
		L2:       d.lan.announcements(),
		Verdicts: verdicts,
		Problems: intent.SortProblems(problems),
	}
	if d.lan == nil {
		r.before = &memory{decision: d, last: state}
	}
	return state.given()
}

// decision is what judging the services of one node needs.
type decision struct {
	intent *intent.Intent
	node   intent.Node
	pools  poolIndex
	ads    *poolAdvertisements
	plans  planner
	table  table
	lan    *lan // nil: nothing is announced by L2
}

// judge adds the verdicts on one service: one for each protocol that is asked for
// its addresses.
func (d *decision) judge(verdicts []Verdict, index int) []Verdict {
	pool, reason, detail := d.pools.poolOf(d.intent.Services[index].Addresses)
	over := asked(d.intent)
	if reason == 0 {
		over = d.askedFor(pool, over)
	}
	if over.bgp {
		verdicts = append(verdicts, d.judgeBGP(index, pool, reason, detail))
	}
	if over.l2 {
		if reason == 0 && !d.lan.ads.announce(pool) {
			reason, detail = NotOwner, "no L2Advertisement announces pool "+d.pools.name(pool)
		}
		verdicts = append(verdicts, d.lan.judge(index, reason, detail))
	}
	return verdicts
}

// judgeBGP gives the verdict on one service and, when it is announced, enters its
// routes. place and where are what is wrong with the place of the addresses, if anything is.
func (d *decision) judgeBGP(index, pool int, place Reason, where string) Verdict {
	svc := &d.intent.Services[index]
	v, plan := d.weigh(svc, pool, place, where)
	if plan == nil {
		return v
	}
	if clash := d.table.enter(plan, svc.Addresses, index); clash != nil {
		v.Peers = nil
		return v.because(clash.reason, clash.detail(d.intent.Services[clash.owner].Ref))
	}
	return v
}

// weigh gives the verdict on one service as if there were no other, and the plan of
// its routes if it is to have any. The order of the questions is MetalLB's, so that of
// several reasons users see the same one.
func (d *decision) weigh(svc *intent.Service, pool int, place Reason, where string) (Verdict, *plan) {
	v := Verdict{Service: svc.Ref, Addresses: svc.Addresses, Protocol: ProtocolBGP}
	if place != 0 {
		return v.because(place, where), nil
	}
	matching, reason := d.ads.matching(pool, svc.Labels)
	if reason != 0 {
		return v.because(reason, d.ads.explain(pool, d.pools.name(pool), reason)), nil
	}
	plan := d.plans.plan(pool, d.pools.name(pool), matching, familiesOf(svc.Addresses))
	if plan.reason == ConflictingAdvertisements || plan.reason == TooManyCommunities {
		return v.because(plan.reason, plan.detail), nil
	}
	if reason, detail := nodeMayAnnounce(d.node); reason != 0 {
		return v.because(reason, detail), nil
	}
	if reason, detail := serviceServes(svc, d.node.Name); reason != 0 {
		return v.because(reason, detail), nil
	}
	if len(d.plans.neighbors) == 0 {
		return v.because(NoPeers, "no usable BGPPeer selects node "+d.node.Name), nil
	}
	if plan.reason != 0 {
		return v.because(plan.reason, plan.detail), nil
	}
	v.Peers = plan.peers
	return v.because(Announced, plan.detail), plan
}

func (v Verdict) because(r Reason, detail string) Verdict {
	v.Reason, v.Detail = r, detail
	return v
}

// families says which families the addresses of a service belong to.
type families struct{ v4, v6 bool }

func familiesOf(addresses []netip.Addr) families {
	var f families
	for _, a := range addresses {
		if bgp.FamilyOf(a) == bgp.IPv4Unicast {
			f.v4 = true
		} else {
			f.v6 = true
		}
	}
	return f
}

func (f families) list() []bgp.Family {
	var all []bgp.Family
	if f.v4 {
		all = append(all, bgp.IPv4Unicast)
	}
	if f.v6 {
		all = append(all, bgp.IPv6Unicast)
	}
	return all
}

func (f families) bits() byte {
	var b byte
	if f.v4 {
		b |= 1
	}
	if f.v6 {
		b |= 2
	}
	return b
}

func findNode(nodes []intent.Node, name string) (intent.Node, bool) {
	i, found := slices.BinarySearchFunc(nodes, name, func(n intent.Node, name string) int { return strings.Compare(n.Name, name) })
	if !found {
		return intent.Node{}, false
	}
	return nodes[i], true
}
