package controller

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/kube"
)

// apiServer is a cluster in memory. Every write goes through its rules: the edition
// must be the newest, and no two services may have one address unless they share it.
type apiServer struct {
	mu         sync.Mutex // guards what follows
	rng        *rand.Rand
	version    int
	services   map[string]*corev1.Service
	pools      []*v1beta1.IPAddressPool
	faults     int      // in 10 writes, how many fail in some way
	violations []string // what must never be seen
	writes     int
	watchers   []*view
}

func newAPIServer(seed uint64) *apiServer {
	return &apiServer{rng: rand.New(rand.NewPCG(seed, 1)), services: map[string]*corev1.Service{}}
}

// put creates a service, or changes all of it but its status.
func (a *apiServer) put(s *corev1.Service) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.version++
	s = s.DeepCopy()
	s.ResourceVersion = strconv.Itoa(a.version)
	s.Spec.ClusterIPs = []string{"10.96.0.1"}
	if old := a.services[s.Name]; old != nil {
		s.UID, s.Status, s.CreationTimestamp = old.UID, old.Status, old.CreationTimestamp
		if pool, had := old.Annotations[intent.AnnotationPool]; had {
			metav1.SetMetaDataAnnotation(&s.ObjectMeta, intent.AnnotationPool, pool)
		}
	} else {
		s.UID = types.UID(fmt.Sprintf("uid-%d", a.version))
		s.CreationTimestamp = metav1.NewTime(time.Unix(int64(a.version), 0))
	}
	a.services[s.Name] = s
	a.check(s)
	a.notify()
}

func (a *apiServer) delete(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.services, name)
	a.version++
	a.notify()
}

// Assign implements Writer.
func (a *apiServer) Assign(ctx context.Context, w kube.Assignment) (string, error) {
	a.mu.Lock()
	delay := time.Duration(a.rng.IntN(50)) * time.Millisecond
	fault := -1
	if a.rng.IntN(10) < a.faults {
		fault = a.rng.IntN(2)
	}
	a.mu.Unlock()
	if fault == 0 {
		return "", fmt.Errorf("the connection broke before the request was carried out")
	}
	wait(ctx, delay)
	version, err := a.assign(w)
	wait(ctx, delay)
	if fault == 1 {
		return "", fmt.Errorf("the connection broke after the request was carried out")
	}
	return version, err
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (a *apiServer) assign(w kube.Assignment) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.writes++
	resource := schema.GroupResource{Resource: "services"}
	old := a.services[w.Name]
	switch {
	case old == nil:
		return "", apierrors.NewNotFound(resource, w.Name)
	case old.ResourceVersion != w.Version:
		return "", apierrors.NewConflict(resource, w.Name, fmt.Errorf("version %s is not %s", w.Version, old.ResourceVersion))
	}
	s := old.DeepCopy()
	a.version++
	s.ResourceVersion = strconv.Itoa(a.version)
	s.Status.LoadBalancer.Ingress = nil
	for _, addr := range w.Addresses {
		s.Status.LoadBalancer.Ingress = append(s.Status.LoadBalancer.Ingress, corev1.LoadBalancerIngress{IP: addr.String()})
	}
	delete(s.Annotations, intent.AnnotationPool)
	if w.Pool != "" {
		metav1.SetMetaDataAnnotation(&s.ObjectMeta, intent.AnnotationPool, w.Pool)
	}
	a.services[w.Name] = s
	a.check(s)
	a.notify()
	return s.ResourceVersion, nil
}

// check looks for others that have the addresses that were just written. Services
// that share may differ in key for as long as the controller has not seen it.
func (a *apiServer) check(s *corev1.Service) {
	for name, other := range a.services {
		if name == s.Name || shared(s) != "" && shared(other) != "" {
			continue
		}
		for _, ingress := range s.Status.LoadBalancer.Ingress {
			if slices.ContainsFunc(other.Status.LoadBalancer.Ingress, func(i corev1.LoadBalancerIngress) bool { return i.IP == ingress.IP }) {
				a.violations = append(a.violations, fmt.Sprintf("%s and %s have %s", s.Name, name, ingress.IP))
			}
		}
	}
}

func shared(s *corev1.Service) string { return s.Annotations["metallb.io/allow-shared-ip"] }

// Count implements Writer.
func (a *apiServer) Count(_ context.Context, pool string, s v1beta1.IPAddressPoolStatus) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, p := range a.pools {
		if p.Name == pool {
			a.pools[i] = p.DeepCopy()
			a.pools[i].Status = s
		}
	}
	a.notify()
	return nil
}

func (a *apiServer) setPools(pools ...*v1beta1.IPAddressPool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pools = pools
	a.notify()
}

func (a *apiServer) notify() {
	for _, v := range a.watchers {
		select {
		case v.behind <- struct{}{}:
		default:
		}
	}
}

// addresses lists who has what.
func (a *apiServer) addresses() map[string]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	got := map[string]string{}
	for name, s := range a.services {
		got[name] = ""
		for _, i := range s.Status.LoadBalancer.Ingress {
			got[name] += netip.MustParseAddr(i.IP).String() + " "
		}
	}
	return got
}

// view is what one replica sees: late, and sometimes not every step.
type view struct {
	server  *apiServer
	lag     time.Duration
	behind  chan struct{}
	changed chan struct{}

	mu   sync.Mutex // guards what follows
	objs intent.Objects
}

func (a *apiServer) newView(lag time.Duration) *view {
	v := &view{server: a, lag: lag, behind: make(chan struct{}, 1), changed: make(chan struct{}, 1)}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.watchers = append(a.watchers, v)
	return v
}

// run follows the cluster.
func (v *view) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-v.behind:
			objs := v.server.list()
			wait(ctx, v.lag)
			v.show(objs)
		}
	}
}

func (v *view) show(objs intent.Objects) {
	v.mu.Lock()
	v.objs = objs
	v.mu.Unlock()
	select {
	case v.changed <- struct{}{}:
	default:
	}
}

func (a *apiServer) list() intent.Objects {
	a.mu.Lock()
	defer a.mu.Unlock()
	objs := intent.Objects{Pools: slices.Clone(a.pools)}
	for _, s := range a.services {
		objs.Services = append(objs.Services, s)
	}
	return objs
}

// Changed implements Source.
func (v *view) Changed() <-chan struct{} { return v.changed }

// Snapshot implements Source.
func (v *view) Snapshot() (intent.Objects, []intent.Problem, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.objs, nil, v.objs.Pools != nil
}

// CatchUp implements Source.
func (v *view) CatchUp(ctx context.Context) error {
	v.show(v.server.list())
	return ctx.Err()
}
