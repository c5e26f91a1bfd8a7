package controller

import (
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/ipam"
	"frr-speaker/internal/kube"
)

// term is what a controller knows while it leads. One goroutine owns it.
type term struct {
	*Controller
	jobs    chan job
	results chan result
	counts  *counter

	queue     []job // of the last pass, in order
	dueAt     time.Time
	notBefore time.Time

	ledger   ledger
	parsed   map[*corev1.Service]*intent.Request // by identity; nil is a service without a request
	last     *intent.Intent
	previous []ipam.Grant
	told     told
	said     []intent.Problem // of the last pass
}

func newTerm(c *Controller) *term {
	return &term{
		Controller: c,
		jobs:       make(chan job),
		results:    make(chan result),
		counts:     newCounter(c.Writer.Count, c.Log),
		ledger:     ledger{},
		parsed:     map[*corev1.Service]*intent.Request{},
		told:       told{},
	}
}

// pass decides anew who is to have which address, and queues what must be written.
func (t *term) pass(now time.Time) {
	objs, problems, ok := t.Source.Snapshot()
	if !ok {
		t.say(problems)
		return
	}
	services := byName(objs.Services)
	t.ledger.settle(services, now)
	in, more := Input(objs, t.Options, t.last)
	in.Requests, in.Previous = t.requests(objs), t.previous
	plan := ipam.Assign(in)
	t.last, t.previous = &intent.Intent{Pools: in.Pools}, plan.Grants

	t.queue = t.writes(plan.Grants, services, now)
	problems = intent.SortProblems(slices.Concat(problems, more))
	t.say(problems)
	t.Report(problems)
	t.counts.set(plan.Usage, objs.Pools)
	t.Metrics.pass(plan, len(t.queue)+len(t.ledger), problems, time.Since(now))
	t.notBefore = time.Now().Add(min(max(2*time.Since(now), minGap), maxGap))
}

// say logs problems that were not there a pass ago, and how many are left when some go.
func (t *term) say(problems []intent.Problem) {
	for _, p := range problems {
		if !slices.Contains(t.said, p) {
			t.Log.Warn("problem", "object", p.Object.String(), "field", p.Field, "message", p.Text(), "effect", p.Effect, "remedy", p.Remedy)
		}
	}
	if len(problems) < len(t.said) {
		t.Log.Info("problems solved", "left", len(problems))
	}
	t.said = problems
}

func byName(services []*corev1.Service) map[types.NamespacedName]*corev1.Service {
	index := make(map[types.NamespacedName]*corev1.Service, len(services))
	for _, s := range services {
		index[types.NamespacedName{Namespace: s.Namespace, Name: s.Name}] = s
	}
	return index
}

// requests reads the services, each edition once, as they will be when all writes are seen.
func (t *term) requests(objs intent.Objects) []*intent.Request {
	parsed := make(map[*corev1.Service]*intent.Request, len(objs.Services))
	requests := make([]*intent.Request, 0, len(objs.Services))
	namespaces := make(map[string]bool, len(objs.Namespaces))
	for _, n := range objs.Namespaces {
		namespaces[n.Name] = true
	}
	for _, s := range objs.Services {
		r, known := t.parsed[s]
		if !known {
			if read, concerned := intent.ParseRequest(s, t.Options); concerned {
				r = &read
			}
		}
		parsed[s] = r
		if r == nil {
			continue
		}
		e := t.ledger[nameOf(r.Service)]
		switch {
		case e != nil:
			r = e.overlay(r)
		case len(r.Holds) == 0 && !namespaces[s.Namespace]:
			continue // the watch of namespaces is behind: which pools are for it will be seen
		}
		requests = append(requests, r)
	}
	t.parsed = parsed
	return requests
}

func nameOf(service intent.Ref) types.NamespacedName {
	return types.NamespacedName{Namespace: service.Namespace, Name: service.Name}
}

// writes lists what must be written and can be now. Services to which nothing is
// written are told how they stand.
func (t *term) writes(grants []ipam.Grant, services map[types.NamespacedName]*corev1.Service, now time.Time) []job {
	var changes []ipam.Grant
	for _, g := range grants {
		key := nameOf(g.Request.Service)
		switch e := t.ledger[key]; {
		case g.Changed() || e.unsure():
			changes = append(changes, g)
		default:
			uid := services[key].UID
			t.tell(g.Request.Service, uid, t.told.standing(key, uid, g.Notes))
		}
	}
	t.told.keepOnly(services)
	h := t.held(grants, services)
	jobs := make([]job, 0, len(changes))
	for _, g := range changes {
		key := nameOf(g.Request.Service)
		e := t.ledger[key]
		if !e.ready(now) {
			continue
		}
		switch {
		case !h.block(g):
			jobs = append(jobs, t.job(g, services[key]))
		case h.circular(g.Request.Service) && (len(g.Request.Holds) > 0 || e.unsure()):
			jobs = append(jobs, t.job(released(g), services[key]))
		}
	}
	return jobs
}

// job is the write that gives a service what it is granted.
func (t *term) job(g ipam.Grant, s *corev1.Service) job {
	key := nameOf(g.Request.Service)
	return job{
		service: key, ref: g.Request.Service, uid: s.UID, notes: g.Notes,
		assignment: kube.Assignment{
			Namespace: s.Namespace, Name: s.Name, Version: t.ledger[key].version(s.ResourceVersion),
			Addresses: g.Addresses, Pool: g.Pool,
		},
	}
}

// released is a grant of nothing, for the time being.
func released(g ipam.Grant) ipam.Grant {
	cleared := func(n ipam.Note) bool { return n.Reason != ipam.ClearAssignment }
	return ipam.Grant{Request: g.Request, Notes: slices.DeleteFunc(slices.Clone(g.Notes), cleared)}
}

// seen lists the addresses that a snapshot shows for a service.
func (t *term) seen(s *corev1.Service) []netip.Addr {
	if r := t.parsed[s]; r != nil {
		return r.Holds
	}
	return nil
}

// finish notes what came of a write, and tells the service.
func (t *term) finish(r result) {
	t.ledger.end(r, time.Now())
	t.Metrics.wrote(r.err)
	switch {
	case r.err == nil:
		t.tell(r.ref, r.uid, r.notes)
		t.told[r.service] = news{r.uid, r.notes}
		t.Log.Info("service assigned", "service", r.service.String(), "addresses", texts(r.assignment.Addresses), "pool", r.assignment.Pool)
	case kube.Overtaken(r.err):
		t.Log.Debug("service changed meanwhile", "service", r.service.String(), "error", r.err)
	default:
		t.Log.Warn("service cannot be written to, will retry", "service", r.service.String(), "error", r.err)
	}
}

func texts(addresses []netip.Addr) []string {
	out := make([]string, len(addresses))
	for i, a := range addresses {
		out[i] = a.String()
	}
	return out
}
