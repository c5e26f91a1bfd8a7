package kube

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/intent"
)

// SourceOptions say what to follow.
type SourceOptions struct {
	// Namespace is where metallb.io objects, Secrets and ConfigMaps are; "" is metallb-system.
	Namespace string
	// OwnNode, if set, is the only Node that is followed.
	OwnNode string
	Log     *slog.Logger
	// Beat, if set, is called at least once in checkInterval while the source is alive.
	Beat func()
}

// Source follows the objects of a cluster.
type Source struct {
	client  *Client
	opts    SourceOptions
	kinds   []*kind
	changes chan struct{}

	peers             *store[v1beta2.BGPPeer, *v1beta2.BGPPeer]
	bgpAdvertisements *store[v1beta1.BGPAdvertisement, *v1beta1.BGPAdvertisement]
	l2Advertisements  *store[v1beta1.L2Advertisement, *v1beta1.L2Advertisement]
	pools             *store[v1beta1.IPAddressPool, *v1beta1.IPAddressPool]
	bfdProfiles       *store[v1beta1.BFDProfile, *v1beta1.BFDProfile]
	communities       *store[v1beta1.Community, *v1beta1.Community]
	services          *store[corev1.Service, *corev1.Service]
	endpointSlices    *store[discoveryv1.EndpointSlice, *discoveryv1.EndpointSlice]
	nodes             *store[corev1.Node, *corev1.Node]
	secrets           *store[corev1.Secret, *corev1.Secret]
	configMaps        *store[corev1.ConfigMap, *corev1.ConfigMap]

	mu     sync.Mutex // guards what follows, and the contents of all stores
	oldest time.Time  // when the first poke came that no snapshot has seen yet; zero: none
	taken  time.Time  // the same of the last snapshot
}

// checkInterval is how often the source looks at itself and at its contact with the API server.
const checkInterval = time.Second

// NewSource returns a source of the objects that the client reaches. It sends nothing before Run.
func NewSource(client *Client, opts SourceOptions) (*Source, error) {
	if opts.Namespace == "" {
		opts.Namespace = intent.DefaultNamespace
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	s := &Source{client: client, opts: opts, changes: make(chan struct{}, 1)}
	if err := s.follow(); err != nil {
		return nil, err
	}
	client.contact.watch(func() { s.poked() })
	return s, nil
}

// String names the source.
func (s *Source) String() string { return "API server " + s.client.Host() }

// Changed pokes when Snapshot has something new. The poke carries nothing.
func (s *Source) Changed() <-chan struct{} { return s.changes }

// Run follows the cluster until ctx ends; then it returns nil. An API server that is
// away, or lacks a kind, is no error: it is waited for.
func (s *Source) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(withQuietLog(ctx, s.opts.Log))
	for _, k := range s.kinds {
		group.Go(func() error { k.run(ctx); return nil })
	}
	group.Go(func() error { s.watchItself(ctx); return nil })
	return group.Wait()
}

// watchItself beats for as long as the lock can be had.
func (s *Source) watchItself(ctx context.Context) {
	ticker := time.NewTicker(checkInterval)
	defer ticker.Stop()
	for {
		s.client.contact.check()
		if !s.complete() {
			s.poked() // what is missing may be a problem by now
		}
		if s.opts.Beat != nil {
			s.opts.Beat()
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// complete reports whether all kinds have been there as a whole.
func (s *Source) complete() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.kinds {
		if !k.store.ready() {
			return false
		}
	}
	return true
}

// Snapshot returns all objects, and what is wrong with them or with reading them;
// false until all kinds have been there as a whole. The objects are shared and must
// not be changed. One of which nothing changed that a pass reads is the same pointer
// as in the snapshot before.
func (s *Source) Snapshot() (intent.Objects, []intent.Problem, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken, s.oldest = s.oldest, time.Time{}
	now, complete := time.Now(), true
	var problems []intent.Problem
	for _, k := range s.kinds {
		complete = complete && k.store.ready()
		problems = append(problems, k.problems(now)...)
	}
	if problem, away := s.client.contact.problem(); away {
		problems = append(problems, problem)
	}
	if !complete {
		return intent.Objects{}, problems, false
	}
	return s.objects(), problems, true
}

func (s *Source) objects() intent.Objects {
	return intent.Objects{
		Peers:             s.peers.lend(),
		BGPAdvertisements: s.bgpAdvertisements.lend(),
		L2Advertisements:  s.l2Advertisements.lend(),
		Pools:             s.pools.lend(),
		BFDProfiles:       s.bfdProfiles.lend(),
		Communities:       s.communities.lend(),
		Services:          s.services.lend(),
		EndpointSlices:    s.endpointSlices.lend(),
		Nodes:             s.nodes.lend(),
		Secrets:           s.secrets.lend(),
		ConfigMaps:        s.configMaps.lend(),
	}
}

// Oldest is when the first event came that the last snapshot had and none before it;
// zero if there was none.
func (s *Source) Oldest() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}

// poke wakes the reader for an event that came now. The lock is held.
func (s *Source) poke(now time.Time) {
	if s.oldest.IsZero() {
		s.oldest = now
	}
	s.poked()
}

// poked wakes the reader.
func (s *Source) poked() {
	select {
	case s.changes <- struct{}{}:
	default:
	}
}
