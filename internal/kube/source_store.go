package kube

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"frr-speaker/internal/intent"
)

// object is a pointer to an API type.
type object[T any] interface {
	*T
	metav1.Object
}

// name identifies an object within its kind.
type name struct{ namespace, name string }

func nameOf(o metav1.Object) name { return name{o.GetNamespace(), o.GetName()} }

func (n name) compare(o name) int {
	if c := strings.Compare(n.namespace, o.namespace); c != 0 {
		return c
	}
	return strings.Compare(n.name, o.name)
}

// store holds the objects of one kind, sorted by namespace and name. A reflector
// fills it. An object of which nothing changed that is kept stays the same pointer,
// so that what was made of it can be found by identity.
type store[T any, P object[T]] struct {
	source *Source
	// read makes of what was sent an object with what a pass reads of it. Nil is an
	// object that cannot be read; the problems say why.
	read func(sent any) (P, []intent.Problem)
	// early lets a reflector read objects as they arrive, before it has a whole set. Then
	// read must give what it has given before the same again.
	early bool
	// matters tells changes worth a pass; one side is nil for an object that comes or
	// goes. It is called with the source's lock held.
	matters func(before, after P) bool

	// The source's lock guards what follows.
	items  []P
	lent   bool // items was given out: copy before the next change
	synced bool
	wrong  map[name][]intent.Problem
}

// Transformer implements cache.TransformingStore.
func (s *store[T, P]) Transformer() cache.TransformFunc {
	if !s.early {
		return nil
	}
	return func(sent any) (any, error) {
		o, problems := s.read(sent)
		if o == nil {
			return nil, fmt.Errorf("read an object: %v", problems)
		}
		return o, nil
	}
}

// Add implements cache.ReflectorStore.
func (s *store[T, P]) Add(sent any) error { return s.put(sent) }

// Update implements cache.ReflectorStore.
func (s *store[T, P]) Update(sent any) error { return s.put(sent) }

// Resync implements cache.ReflectorStore.
func (s *store[T, P]) Resync() error { return nil }

// Delete implements cache.ReflectorStore.
func (s *store[T, P]) Delete(sent any) error {
	gone, err := named(sent)
	if err != nil {
		return err
	}
	s.source.mu.Lock()
	defer s.source.mu.Unlock()
	s.blame(gone, nil)
	i, found := s.find(gone)
	if !found {
		return nil
	}
	before := s.items[i]
	s.mine()
	s.items = slices.Delete(s.items, i, i+1)
	s.changed(before, nil)
	return nil
}

// put adds an object, or puts it in the place of an older one. One that cannot be
// read leaves the older one where it is.
func (s *store[T, P]) put(sent any) error {
	key, err := named(sent)
	if err != nil {
		return err
	}
	after, problems := s.read(sent)
	s.source.mu.Lock()
	defer s.source.mu.Unlock()
	s.blame(key, problems)
	i, found := s.find(key)
	switch {
	case after == nil, found && equality.Semantic.DeepEqual(s.items[i], after):
		return nil
	case !found:
		s.mine()
		s.items = slices.Insert(s.items, i, after)
		s.changed(nil, after)
		return nil
	}
	before := s.items[i]
	s.mine()
	s.items[i] = after
	s.changed(before, after)
	return nil
}

// Replace implements cache.ReflectorStore: the list is all there is.
func (s *store[T, P]) Replace(list []any, _ string) error {
	var (
		items = make([]P, 0, len(list))
		wrong = map[name][]intent.Problem{}
		kept  []name // cannot be read
	)
	for _, sent := range list {
		key, err := named(sent)
		if err != nil {
			return err
		}
		o, problems := s.read(sent)
		if len(problems) > 0 {
			wrong[key] = problems
		}
		if o == nil {
			kept = append(kept, key)
			continue
		}
		items = append(items, o)
	}
	s.source.mu.Lock()
	defer s.source.mu.Unlock()
	for _, key := range kept {
		if i, found := s.find(key); found {
			items = append(items, s.items[i])
		}
	}
	slices.SortFunc(items, func(a, b P) int { return nameOf(a).compare(nameOf(b)) })
	s.inherit(items)
	if !s.synced || !maps.EqualFunc(s.wrong, wrong, slices.Equal) {
		s.source.poke(time.Now())
	}
	s.items, s.lent, s.synced, s.wrong = items, false, true, wrong
	return nil
}

// inherit puts what is known already in the place of its equal in a new list, and
// pokes if anything is left that matters.
func (s *store[T, P]) inherit(items []P) {
	known := s.items
	for i, after := range items {
		for len(known) > 0 && nameOf(known[0]).compare(nameOf(after)) < 0 {
			s.changed(known[0], nil)
			known = known[1:]
		}
		if len(known) == 0 || nameOf(known[0]) != nameOf(after) {
			s.changed(nil, after)
			continue
		}
		if equality.Semantic.DeepEqual(known[0], after) {
			items[i] = known[0]
		} else {
			s.changed(known[0], after)
		}
		known = known[1:]
	}
	for _, before := range known {
		s.changed(before, nil)
	}
}

// changed pokes for a change that matters. Before the first whole set is there none does.
func (s *store[T, P]) changed(before, after P) {
	if s.synced && s.matters(before, after) {
		s.source.poke(time.Now())
	}
}

// blame notes what is wrong with one object as it was sent last.
func (s *store[T, P]) blame(key name, problems []intent.Problem) {
	if slices.Equal(s.wrong[key], problems) {
		return
	}
	if len(problems) == 0 {
		delete(s.wrong, key)
	} else {
		s.wrong[key] = problems
	}
	s.source.poke(time.Now())
}

func (s *store[T, P]) find(key name) (int, bool) {
	return slices.BinarySearchFunc(s.items, key, func(o P, key name) int { return nameOf(o).compare(key) })
}

// mine makes items safe to change.
func (s *store[T, P]) mine() {
	if s.lent {
		s.items, s.lent = slices.Clone(s.items), false
	}
}

// lend returns the items, which stay as they are from now on.
func (s *store[T, P]) lend() []P {
	s.lent = true
	return slices.Clip(s.items)
}

// ready reports whether a whole set has been there.
func (s *store[T, P]) ready() bool { return s.synced }

// problems lists what is wrong with objects of the kind.
func (s *store[T, P]) problems() []intent.Problem {
	var all []intent.Problem
	for _, problems := range s.wrong {
		all = append(all, problems...)
	}
	return all
}

// named finds out of which object a reflector speaks.
func named(sent any) (name, error) {
	o, ok := sent.(metav1.Object)
	if !ok {
		return name{}, fmt.Errorf("the API server sent a %T, which is no object", sent)
	}
	return nameOf(o), nil
}
