package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"

	"frr-speaker/internal/intent"
)

// kind follows the objects of one kind.
type kind struct {
	resource  schema.GroupVersionResource
	namespace string // "" for all
	fields    string // field selector, for the API server to apply
	labels    string // label selector, likewise
	example   runtime.Object
	requests  requests
	store     anyStore
	poke      func()
	log       klog.Logger

	mu     sync.Mutex // guards what follows
	reason refusal    // why the API server does not give the objects, or zero
	began  time.Time  // when they were asked for first
}

// requests are how a kind is asked for.
type requests struct {
	list  func(context.Context, metav1.ListOptions) (runtime.Object, error)
	watch func(context.Context, metav1.ListOptions) (watch.Interface, error)
}

// anyStore is a store, of whatever objects.
type anyStore interface {
	cache.TransformingStore
	ready() bool
	problems() []intent.Problem
}

// refusal is an answer that is no list of objects.
type refusal struct {
	status  int32 // of HTTP; 0: the answer could not be read
	message string
}

// run follows the kind until ctx ends.
func (k *kind) run(ctx context.Context) {
	k.mu.Lock()
	k.began = time.Now()
	k.mu.Unlock()
	from := &cache.ListWatch{ListWithContextFunc: k.list, WatchFuncWithContext: k.watch}
	reflector := cache.NewReflectorWithOptions(from, k.example, k.store, cache.ReflectorOptions{
		Logger: &k.log, Name: k.resource.Resource, TypeDescription: k.resource.GroupResource().String(),
	})
	reflector.RunWithContext(ctx)
}

func (k *kind) list(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
	options.FieldSelector, options.LabelSelector = k.fields, k.labels
	list, err := k.requests.list(ctx, options)
	k.answered(err)
	return list, err
}

// watch opens a watch. One that asks for the objects that are there already may fail
// where the API server does not know how; then the reflector lists them.
func (k *kind) watch(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	options.FieldSelector, options.LabelSelector = k.fields, k.labels
	w, err := k.requests.watch(ctx, options)
	if err == nil || options.SendInitialEvents == nil {
		k.answered(err)
	}
	return w, err
}

// answered notes how the API server takes requests for this kind.
func (k *kind) answered(err error) {
	now := refused(err)
	k.mu.Lock()
	changed := k.reason != now
	k.reason = now
	k.mu.Unlock()
	if changed {
		k.poke()
	}
}

// refused takes from an error what lasts. That the API server is away, or that a watch
// has to begin anew, is not for one kind to say.
func refused(err error) refusal {
	var (
		status    apierrors.APIStatus
		transport *url.Error
	)
	switch {
	case err == nil, errors.As(err, &transport), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return refusal{}
	case !errors.As(err, &status):
		return refusal{message: err.Error()}
	}
	s := status.Status()
	switch s.Code {
	case http.StatusGone, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return refusal{}
	}
	return refusal{s.Code, s.Message}
}

// patience is how long the first set of objects may take before it is said that it is missing.
const patience = 15 * time.Second

// problems lists what is wrong with the objects of the kind, or with getting them.
func (k *kind) problems(now time.Time) []intent.Problem {
	problems := k.store.problems()
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.reason != (refusal{}):
		return append(problems, k.complaint())
	case !k.store.ready() && !k.began.IsZero() && now.Sub(k.began) > patience:
		return append(problems, k.trouble("has not come as a whole yet"))
	}
	return problems
}

func (k *kind) trouble(message string) intent.Problem {
	return intent.Problem{
		Object:  intent.Ref{Kind: "APIResource", Name: k.resource.GroupResource().String()},
		Message: message,
		Effect:  "speaker goes on with what it knows; after a start it waits, and announces nothing new",
		Remedy:  "speaker asks again within a minute",
	}
}

// complaint says why the objects are not there. The lock is held.
func (k *kind) complaint() intent.Problem {
	p := k.trouble(fmt.Sprintf("the API server refuses it with status %d: %s", k.reason.status, k.reason.message))
	switch k.reason.status {
	case 0:
		p.Message = "cannot be read: " + k.reason.message
	case http.StatusNotFound:
		p.Object.Kind = "CustomResourceDefinition"
		p.Message = "is not installed, or not in version " + k.resource.Version
		p.Remedy = "kubectl apply -k deploy/frr-mode/crds; " + p.Remedy
	case http.StatusForbidden, http.StatusUnauthorized:
		p.Remedy = "kubectl apply the ClusterRole, Role and bindings that come with speaker; " + p.Remedy
	}
	return p
}
