package controller

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/objects"
)

// Admission judges objects before they are stored, by what the speakers would make of
// them among the objects that are there.
type Admission struct {
	Namespace string
	Snapshot  func() (intent.Objects, []intent.Problem, bool)
}

// Operation is what somebody wants done.
type Operation string

// The operations, as Kubernetes names them.
const (
	Create Operation = "CREATE"
	Update Operation = "UPDATE"
	Delete Operation = "DELETE"
)

// Question is an object that somebody wants to create, change or delete.
type Question struct {
	Operation Operation
	Object    intent.Ref
	New, Old  []byte // as JSON; empty where there is none
}

// Answer says whether they may. An object that changes and had the same mistake before
// is let through: the mistake must not keep anybody from correcting another one.
type Answer struct {
	Refusals []string // what must be corrected; none: they may
	Warnings []string
}

// Judge answers. Whether the answer is worth anything, ok, depends on the objects
// having been read.
func (a *Admission) Judge(q Question) (answer Answer, ok bool) {
	if q.Operation == Create && q.Object.Namespace != a.Namespace {
		return refused(fmt.Sprintf("metadata.namespace: %q is not where speakers read their objects; create it in namespace %s",
			q.Object.Namespace, a.Namespace)), true
	}
	if q.Object.Namespace != a.Namespace {
		return Answer{}, true
	}
	objs, _, ready := a.Snapshot()
	if !ready {
		return Answer{}, false
	}
	if q.Operation == Delete {
		return judgeDeletion(objs, q.Object), true
	}
	return a.judgeObject(objs, q), true
}

func refused(lines ...string) Answer { return Answer{Refusals: lines} }

// judgeDeletion: a BFDProfile that peers use must stay.
func judgeDeletion(objs intent.Objects, gone intent.Ref) Answer {
	if gone.Kind != "BFDProfile" {
		return Answer{}
	}
	for _, p := range objs.Peers {
		if p.Spec.BFDProfile == gone.Name {
			return refused(fmt.Sprintf("BGPPeer %s uses it; set another spec.bfdProfile there, or none", p.Name))
		}
	}
	return Answer{}
}

func (a *Admission) judgeObject(objs intent.Objects, q Question) Answer {
	opts := objects.Options{Namespace: a.Namespace}
	o, unreadable := objects.DecodeSent(q.New, opts)
	if o == nil {
		return refused(lines(unreadable, q.Object)...)
	}
	if pool, ok := o.(*v1beta1.IPAddressPool); ok {
		// Of pools that overlap the one that comes is to blame.
		pool.CreationTimestamp = metav1.NewTime(time.Unix(math.MaxInt32, 0))
	}
	before := without(objs, q.Object)
	after := with(before, o)
	if old, _ := objects.DecodeSent(q.Old, opts); len(q.Old) > 0 && old != nil {
		before = with(before, old)
	}
	known := problemsOf(before, a.Namespace)
	var bad, tolerable []intent.Problem
	for _, p := range problemsOf(after, a.Namespace) {
		switch {
		case slices.Contains(known, p) || p.Harmless || tolerated(p):
			if p.Object == q.Object {
				tolerable = append(tolerable, p)
			}
		default:
			bad = append(bad, p)
		}
	}
	return Answer{Refusals: lines(bad, q.Object), Warnings: lines(tolerable, q.Object)}
}

// tolerated are problems that another object solves once it is there, and what MetalLB
// takes although it does less than its author may think.
func tolerated(p intent.Problem) bool {
	refers := strings.HasPrefix(p.Field, "spec.ipAddressPools[") || strings.HasPrefix(p.Field, "spec.peers[")
	if refers {
		return strings.Contains(p.Message, "does not exist")
	}
	switch p.Effect {
	case "the session will not come up":
		return true
	}
	return strings.HasSuffix(p.Effect, " is used") // of a time that is rounded
}

// problemsOf is what speakers would complain about, on any node.
func problemsOf(objs intent.Objects, namespace string) []intent.Problem {
	parsed, problems := intent.Parse(lasting(objs), intent.Options{Namespace: namespace}, nil)
	decider := announce.NewDecider()
	for _, n := range parsed.Nodes {
		problems = append(problems, decider.Decide(parsed, n.Name).Problems...)
	}
	return intent.SortProblems(problems)
}

// lasting leaves out what may come later than an object that refers to it, so that
// the order of creation does not matter: BFD profiles, Secrets and aliases. What only
// services and their endpoints say is left out as well.
func lasting(objs intent.Objects) intent.Objects {
	out := objs
	out.Services, out.EndpointSlices, out.Secrets, out.ConfigMaps = nil, nil, nil, nil
	out.Peers = make([]*v1beta2.BGPPeer, len(objs.Peers))
	for i, p := range objs.Peers {
		c := *p
		c.Spec.BFDProfile = ""
		c.Spec.PasswordSecret.Name, c.Spec.PasswordSecret.Namespace = "", ""
		out.Peers[i] = &c
	}
	out.BGPAdvertisements = make([]*v1beta1.BGPAdvertisement, len(objs.BGPAdvertisements))
	for i, ad := range objs.BGPAdvertisements {
		c := *ad
		c.Spec.Communities = slices.DeleteFunc(slices.Clone(ad.Spec.Communities), func(text string) bool {
			return !strings.Contains(text, ":")
		})
		out.BGPAdvertisements[i] = &c
	}
	return out
}

// lines words problems: the object is named where it is another one.
func lines(problems []intent.Problem, about intent.Ref) []string {
	const most = 10
	var out []string
	for _, p := range problems {
		if len(out) == most {
			return append(out, fmt.Sprintf("and %d more", len(problems)-most))
		}
		p.Effect = ""
		line := p.String()
		if p.Object == about {
			line = strings.TrimPrefix(line, about.String()+": ")
		}
		if !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return out
}

// without is the set without one object.
func without(objs intent.Objects, gone intent.Ref) intent.Objects {
	switch gone.Kind {
	case "IPAddressPool":
		objs.Pools = dropped(objs.Pools, gone)
	case "BGPPeer":
		objs.Peers = dropped(objs.Peers, gone)
	case "BGPAdvertisement":
		objs.BGPAdvertisements = dropped(objs.BGPAdvertisements, gone)
	case "L2Advertisement":
		objs.L2Advertisements = dropped(objs.L2Advertisements, gone)
	case "Community":
		objs.Communities = dropped(objs.Communities, gone)
	case "BFDProfile":
		objs.BFDProfiles = dropped(objs.BFDProfiles, gone)
	}
	return objs
}

func dropped[P metav1.Object](list []P, gone intent.Ref) []P {
	return slices.DeleteFunc(slices.Clone(list), func(o P) bool {
		return o.GetName() == gone.Name && o.GetNamespace() == gone.Namespace
	})
}

// with is the set with one object more. It must come from without, whose lists are its own.
func with(objs intent.Objects, o metav1.Object) intent.Objects {
	switch o := o.(type) {
	case *v1beta1.IPAddressPool:
		objs.Pools = append(slices.Clip(objs.Pools), o)
	case *v1beta2.BGPPeer:
		objs.Peers = append(slices.Clip(objs.Peers), o)
	case *v1beta1.BGPAdvertisement:
		objs.BGPAdvertisements = append(slices.Clip(objs.BGPAdvertisements), o)
	case *v1beta1.L2Advertisement:
		objs.L2Advertisements = append(slices.Clip(objs.L2Advertisements), o)
	case *v1beta1.Community:
		objs.Communities = append(slices.Clip(objs.Communities), o)
	case *v1beta1.BFDProfile:
		objs.BFDProfiles = append(slices.Clip(objs.BFDProfiles), o)
	}
	return objs
}
