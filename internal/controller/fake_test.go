package controller

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/kube"
)

// apiServer is a cluster in memory. Every write goes through its rules: the edition
// must be the newest, and no service gets an address of another one unless they share it.
type apiServer struct {
	mu         sync.Mutex // guards what follows
	rng        *rand.Rand
	version    int
	services   map[string]*corev1.Service
	pools      []*v1beta1.IPAddressPool
	namespaces []*corev1.Namespace
	retermed   map[string]time.Time // when a service changed what sharing asks for
	faults     int                  // in 10 writes, how many fail in some way
	late       bool                 // a write may be carried out after it has failed
	violations []string             // what must never be seen
	writes     int
	watchers   []*view

	sent sync.WaitGroup // writes, also those that nobody waits for any more
}

func newAPIServer(seed uint64) *apiServer {
	return &apiServer{
		rng: rand.New(rand.NewPCG(seed, 1)), services: map[string]*corev1.Service{}, retermed: map[string]time.Time{},
		namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}},
	}
}

// put creates a service, or changes all of it but what the controller writes. Without
// type LoadBalancer, or in another class, it loses its addresses.
func (a *apiServer) put(s *corev1.Service) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.version++
	s = s.DeepCopy()
	s.ResourceVersion = strconv.Itoa(a.version)
	if len(s.Spec.ClusterIPs) == 0 {
		s.Spec.ClusterIPs = []string{"10.96.0.1"}
	}
	if old := a.services[s.Name]; old != nil {
		s.UID, s.CreationTimestamp = old.UID, old.CreationTimestamp
		if balanced(s) && balanced(old) {
			s.Status = old.Status
		}
		if pool, had := old.Annotations[intent.AnnotationPool]; had {
			metav1.SetMetaDataAnnotation(&s.ObjectMeta, intent.AnnotationPool, pool)
		}
		if terms(s) != terms(old) || !slices.Equal(s.Spec.Ports, old.Spec.Ports) {
			a.retermed[s.Name] = time.Now()
		}
	} else {
		s.UID = types.UID(fmt.Sprintf("uid-%d", a.version))
		s.CreationTimestamp = metav1.NewTime(time.Unix(int64(a.version), 0))
	}
	a.services[s.Name] = s
	a.notify()
}

func (a *apiServer) delete(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.services, name)
	delete(a.retermed, name)
	a.version++
	a.notify()
}

// balanced reports whether addresses are the controller's to give.
func balanced(s *corev1.Service) bool {
	return s.Spec.Type == corev1.ServiceTypeLoadBalancer && s.Spec.LoadBalancerClass == nil
}

// terms are what services that share an address must have in common; "" is none.
func terms(s *corev1.Service) string {
	key := s.Annotations["metallb.io/allow-shared-ip"]
	if key != "" && s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
		key += " " + labels.FormatLabels(s.Spec.Selector)
	}
	return key
}

// mayShare reports whether two services may have one address.
func mayShare(a, b *corev1.Service) bool {
	return terms(a) != "" && terms(a) == terms(b) && !slices.ContainsFunc(a.Spec.Ports, func(p corev1.ServicePort) bool {
		return slices.Contains(b.Spec.Ports, p)
	})
}

// Assign implements Writer. What was sent is carried out, whether or not somebody
// waits for the answer.
func (a *apiServer) Assign(ctx context.Context, w kube.Assignment) (string, error) {
	a.mu.Lock()
	there, back, lateness := a.someTime(50), a.someTime(50), time.Duration(0)
	lost, unanswered := false, false
	if a.rng.IntN(10) < a.faults {
		lost, unanswered = a.rng.IntN(2) == 0, true
		if a.late {
			lateness = a.someTime(1000)
		}
	}
	a.mu.Unlock()
	broken := errors.New("the connection broke")
	if lost {
		return "", broken
	}
	type answer struct {
		version string
		err     error
	}
	answers := make(chan answer, 1)
	a.sent.Go(func() {
		<-time.After(there + lateness)
		version, err := a.assign(w)
		<-time.After(back)
		answers <- answer{version, err}
	})
	if unanswered {
		wait(ctx, there+back)
		return "", broken
	}
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case got := <-answers:
		return got.version, got.err
	}
}

// someTime is less than so many milliseconds.
func (a *apiServer) someTime(most int) time.Duration {
	return time.Duration(a.rng.IntN(most)) * time.Millisecond
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
	s.Status.LoadBalancer.Ingress = nil
	for _, addr := range w.Addresses {
		s.Status.LoadBalancer.Ingress = append(s.Status.LoadBalancer.Ingress, corev1.LoadBalancerIngress{IP: addr.String()})
	}
	delete(s.Annotations, intent.AnnotationPool)
	if w.Pool != "" {
		metav1.SetMetaDataAnnotation(&s.ObjectMeta, intent.AnnotationPool, w.Pool)
	}
	if equality.Semantic.DeepEqual(s, old) { // no new edition
		return s.ResourceVersion, nil
	}
	a.version++
	s.ResourceVersion = strconv.Itoa(a.version)
	a.services[w.Name] = s
	a.check(s, old)
	a.notify()
	return s.ResourceVersion, nil
}

// check looks for others that have the addresses that a service just got, and may not
// share them. The controller may not have seen yet that one of them changed its mind.
func (a *apiServer) check(s, old *corev1.Service) {
	const unseen = 2 * time.Second
	had := ingress(old)
	for name, other := range a.services {
		if name == s.Name || mayShare(s, other) ||
			time.Since(a.retermed[s.Name]) < unseen || time.Since(a.retermed[name]) < unseen {
			continue
		}
		for _, ip := range ingress(s) {
			if !slices.Contains(had, ip) && slices.Contains(ingress(other), ip) {
				a.violations = append(a.violations, fmt.Sprintf("%s gets %s, which %s has", s.Name, ip, name))
			}
		}
	}
}

// ingress lists the addresses of a service.
func ingress(s *corev1.Service) []string {
	var all []string
	for _, i := range s.Status.LoadBalancer.Ingress {
		all = append(all, i.IP)
	}
	return all
}

// Count implements Writer.
func (a *apiServer) Count(_ context.Context, pool string, s v1beta1.IPAddressPoolStatus) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, p := range a.pools {
		if p.Name == pool {
			a.pools = slices.Clone(a.pools)
			a.pools[i] = p.DeepCopy()
			a.pools[i].Status = s
		}
	}
	a.version++
	a.notify()
	return nil
}

func (a *apiServer) setPools(pools ...*v1beta1.IPAddressPool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pools = pools
	a.version++
	a.notify()
}

func (a *apiServer) notify() {
	for _, v := range a.watchers {
		for _, f := range v.feeds {
			select {
			case f.behind <- struct{}{}:
			default:
			}
		}
	}
}

// addresses lists who has what.
func (a *apiServer) addresses() map[string]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	got := map[string]string{}
	for name, s := range a.services {
		got[name] = strings.Join(ingress(s), " ")
	}
	return got
}

// list is what is there at this moment, and which moment it is.
func (a *apiServer) list() (intent.Objects, int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	objs := intent.Objects{Pools: a.pools, Namespaces: a.namespaces}
	for _, s := range a.services {
		if _, given := s.Annotations[intent.AnnotationPool]; s.Spec.Type != corev1.ServiceTypeLoadBalancer && !given {
			// Of a service that is of no concern the source keeps no more.
			s = &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: s.Name, ResourceVersion: s.ResourceVersion}}
		}
		objs.Services = append(objs.Services, s)
	}
	return objs, a.version
}

// view is what one replica sees: services and pools, each late by a time of its own,
// and not every step. What it has seen it sees, no view goes back.
type view struct {
	server  *apiServer
	feeds   []*feed
	changed chan struct{}

	mu   sync.Mutex // guards what follows, and what the feeds show
	objs intent.Objects
}

// feed follows one kind of objects.
type feed struct {
	lag    time.Duration // at most
	behind chan struct{}
	show   func(now intent.Objects)
	at     int // the moment that is shown
}

func (a *apiServer) newView(services, pools time.Duration) *view {
	v := &view{server: a, changed: make(chan struct{}, 1)}
	v.feeds = []*feed{
		{lag: services, behind: make(chan struct{}, 1), show: func(now intent.Objects) { v.objs.Services = now.Services }},
		{lag: pools, behind: make(chan struct{}, 1), show: func(now intent.Objects) { v.objs.Pools, v.objs.Namespaces = now.Pools, now.Namespaces }},
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.watchers = append(a.watchers, v)
	return v
}

// run follows the cluster.
func (v *view) run(ctx context.Context) {
	var following sync.WaitGroup
	for _, f := range v.feeds {
		following.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-f.behind:
					v.catchUp(ctx, f)
				}
			}
		})
	}
	following.Wait()
}

// catchUp shows what is there now, in a while.
func (v *view) catchUp(ctx context.Context, f *feed) {
	now, at := v.server.list()
	v.server.mu.Lock()
	lag := v.server.someTime(int(f.lag.Milliseconds()) + 1)
	v.server.mu.Unlock()
	wait(ctx, lag)
	v.mu.Lock()
	defer v.mu.Unlock()
	if at > f.at {
		f.show(now)
		f.at = at
	}
	select {
	case v.changed <- struct{}{}:
	default:
	}
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
	for _, f := range v.feeds {
		v.catchUp(ctx, f)
	}
	return ctx.Err()
}
