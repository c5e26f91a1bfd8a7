package kube

import (
	"slices"
	"strings"
	"time"

	apiequality "k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/status"
)

// wanted is what the cluster should have of one kind.
type wanted struct {
	known   bool // if not, what there is stays
	objects map[string]statusObject
}

// wantedOf sorts objects by kind. Those per service may be known to be the same as before.
func wantedOf(o status.Objects, before [kindCount]wanted, sameServices bool) [kindCount]wanted {
	var out [kindCount]wanted
	if o.Configuration != nil {
		out[kindConfiguration].add(o.Configuration)
	}
	if o.Node != nil {
		out[kindNode].add(o.Node)
	}
	if sameServices {
		out[kindServiceBGP], out[kindServiceL2] = before[kindServiceBGP], before[kindServiceL2]
		return out
	}
	if o.Services == nil {
		return out
	}
	out[kindServiceBGP].known, out[kindServiceL2].known = true, true
	for _, s := range o.Services.BGP {
		out[kindServiceBGP].add(s)
	}
	for _, s := range o.Services.L2 {
		out[kindServiceL2].add(s)
	}
	return out
}

// nothing is what a cluster should have of a speaker that writes no status.
func nothing() [kindCount]wanted {
	var out [kindCount]wanted
	for i := range out {
		out[i].known = true
	}
	return out
}

func (w *wanted) add(o statusObject) {
	if w.objects == nil {
		w.objects = map[string]statusObject{}
	}
	w.known = true
	w.objects[o.GetName()] = o
}

// step is one object to write or to delete.
type step struct {
	kind   int
	want   statusObject // nil: to be deleted
	have   statusObject // nil: to be created
	meta   bool         // labels and owner are to be applied
	status bool
}

func (s step) name() string {
	if s.want == nil {
		return s.have.GetName()
	}
	return s.want.GetName()
}

// plan says what leads from what there is of a kind to what is wanted, sorted by name:
// writing first, then deleting. It settles times in what is wanted.
func plan(kind int, w wanted, have map[string]statusObject, now time.Time) []step {
	if !w.known {
		return nil
	}
	var writes, deletes []step
	for name, want := range w.objects {
		s := step{kind: kind, want: want, have: have[name]}
		settle(want, s.have, now)
		s.meta = s.have == nil || !hasMeta(s.have, want)
		s.status = s.have == nil || !hasStatus(s.have, want)
		if s.meta || s.status {
			writes = append(writes, s)
		}
	}
	for name, o := range have {
		if w.objects[name] == nil {
			deletes = append(deletes, step{kind: kind, have: o})
		}
	}
	for _, steps := range [][]step{writes, deletes} {
		slices.SortFunc(steps, func(a, b step) int { return strings.Compare(a.name(), b.name()) })
	}
	return append(writes, deletes...)
}

// settle fills in the times that only what there is tells.
func settle(want, have statusObject, now time.Time) {
	switch want := want.(type) {
	case *v1beta1.ConfigurationState:
		old, _ := have.(*v1beta1.ConfigurationState)
		status.SettleConfiguration(want, old, now)
	case *v1alpha1.NodeState:
		old, _ := have.(*v1alpha1.NodeState)
		status.SettleNode(want, old, now)
	}
}

// hasMeta tells whether an object has the labels and the owner that it should have,
// among others perhaps.
func hasMeta(have, want statusObject) bool {
	for key, value := range want.GetLabels() {
		if got, ok := have.GetLabels()[key]; !ok || got != value {
			return false
		}
	}
	for _, owner := range want.GetOwnerReferences() {
		if !slices.ContainsFunc(have.GetOwnerReferences(), func(o metav1.OwnerReference) bool { return o.UID == owner.UID }) {
			return false
		}
	}
	return true
}

// hasStatus tells whether an object says what it should. An empty list is none.
func hasStatus(have, want statusObject) bool {
	return apiequality.Semantic.DeepEqual(statusOf(have), statusOf(want))
}
