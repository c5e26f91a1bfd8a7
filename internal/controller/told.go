package controller

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/ipam"
	"frr-speaker/internal/status"
)

// told is what was said last about each service: what stays true is said once.
type told map[types.NamespacedName]news

// news is what was said to one service, and not to one that has its name later.
type news struct {
	uid   types.UID
	notes []ipam.Note
}

// standing returns what is new in what is to be said about a service.
func (t told) standing(key types.NamespacedName, uid types.UID, notes []ipam.Note) []ipam.Note {
	before := t[key]
	if len(notes) == 0 {
		delete(t, key)
		return nil
	}
	t[key] = news{uid, notes}
	if before.uid != uid {
		return notes
	}
	var fresh []ipam.Note
	for _, n := range notes {
		if !slices.Contains(before.notes, n) {
			fresh = append(fresh, n)
		}
	}
	return fresh
}

// keepOnly forgets services that are gone.
func (t told) keepOnly(services map[types.NamespacedName]*corev1.Service) {
	for key := range t {
		if services[key] == nil {
			delete(t, key)
		}
	}
}

// tell writes notes as Events.
func (c *Controller) tell(service intent.Ref, uid types.UID, notes []ipam.Note) {
	if len(notes) == 0 {
		return
	}
	events := make([]status.Event, len(notes))
	for i, n := range notes {
		events[i] = status.Event{Object: service, UID: uid, Warning: n.Warning, Reason: string(n.Reason), Message: n.Message}
	}
	c.Record(events)
}
