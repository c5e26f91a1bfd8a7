package kube

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
)

// shelf holds the objects of one kind that the cluster has for this node, as the
// watch and the answers to writes tell. It implements cache.TransformingStore.
type shelf struct {
	poke func() // something changed

	mu     sync.Mutex // guards what follows
	items  map[string]statusObject
	synced bool
	serial int // of the last change
}

func newShelf(poke func()) *shelf { return &shelf{poke: poke, items: map[string]statusObject{}} }

// follow keeps the shelf as the cluster is, until ctx ends.
func (s *shelf) follow(ctx context.Context, k statusKind, log *slog.Logger) {
	from := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			return k.list(ctx, options)
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			options.Watch = true
			return k.request(k.client.Get(), options).Watch(ctx)
		},
	}
	quiet := quietLog(log)
	cache.NewReflectorWithOptions(from, k.newObject(), s, cache.ReflectorOptions{
		Logger: &quiet, Name: k.resource, TypeDescription: k.resource,
	}).RunWithContext(ctx)
}

// get returns what the cluster has under a name, nil if nothing.
func (s *shelf) get(name string) statusObject {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.items[name]
}

// look calls f with what there is, which f must not keep; false, without a call,
// until a whole set has been there.
func (s *shelf) look(f func(items map[string]statusObject)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.synced {
		f(s.items)
	}
	return s.synced
}

// changes counts what has changed.
func (s *shelf) changes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.serial
}

// put notes an object, unless something newer is known. It reports whether that is news.
func (s *shelf) put(o statusObject) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if have := s.items[o.GetName()]; have != nil && !newer(o, have) {
		return false
	}
	s.items[o.GetName()] = o
	s.serial++
	return true
}

// drop forgets an object, unless something newer than its end is known.
func (s *shelf) drop(o statusObject) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if have := s.items[o.GetName()]; have != nil && !newer(have, o) {
		delete(s.items, o.GetName())
		s.serial++
	}
}

// newer compares the editions of an object. Two that cannot be compared go by the
// order in which they come.
func newer(a, b statusObject) bool {
	order, err := resourceversion.CompareResourceVersion(a.GetResourceVersion(), b.GetResourceVersion())
	return err != nil || order > 0
}

// Transformer implements cache.TransformingStore: what nothing is compared with goes.
func (s *shelf) Transformer() cache.TransformFunc {
	return func(o any) (any, error) { return trimStatus(o) }
}

func trimStatus(sent any) (statusObject, error) {
	o, ok := sent.(statusObject)
	if !ok {
		return nil, fmt.Errorf("the API server sent a %T, which is no status object", sent)
	}
	o.SetManagedFields(nil)
	o.SetAnnotations(nil)
	return o, nil
}

// Add implements cache.ReflectorStore.
func (s *shelf) Add(sent any) error { return s.Update(sent) }

// Update implements cache.ReflectorStore.
func (s *shelf) Update(sent any) error {
	o, err := trimStatus(sent)
	if err != nil {
		return err
	}
	if s.put(o) {
		s.poke()
	}
	return nil
}

// Delete implements cache.ReflectorStore.
func (s *shelf) Delete(sent any) error {
	o, err := trimStatus(sent)
	if err != nil {
		return err
	}
	s.drop(o)
	s.poke()
	return nil
}

// Resync implements cache.ReflectorStore.
func (s *shelf) Resync() error { return nil }

// Replace implements cache.ReflectorStore: the list is all there is, but for what was
// written after it was made.
func (s *shelf) Replace(list []any, version string) error {
	items := make(map[string]statusObject, len(list))
	for _, sent := range list {
		o, err := trimStatus(sent)
		if err != nil {
			return err
		}
		items[o.GetName()] = o
	}
	s.mu.Lock()
	for name, have := range s.items {
		order, err := resourceversion.CompareResourceVersion(have.GetResourceVersion(), version)
		if err == nil && order > 0 {
			items[name] = have
		}
	}
	s.items, s.synced = items, true
	s.serial++
	s.mu.Unlock()
	s.poke()
	return nil
}
