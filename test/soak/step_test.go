package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"frr-speaker/test/lab"
)

// step is one thing that happens.
type step struct {
	name   string
	weight int
	do     func(ctx context.Context, w *world, r *rand.Rand) (excuse, error)
}

// excuse is what a step may cost. The zero value excuses nothing: no session may end, and
// no route go that is wanted before and after.
type excuse struct {
	node     string          // whose sessions may end; "": none
	guest    bool            // the guest's sessions may end
	services map[string]bool // whose routes may come and go
	// Routes that a node which is excluded no more may announce until it has seen all that
	// happened meanwhile: it sees Nodes and endpoints by watches of their own, and after an
	// API server's death one returns seconds before the other.
	late map[string]map[netip.Prefix]bool
}

func excused(names ...string) excuse {
	e := excuse{services: map[string]bool{}}
	for _, name := range names {
		e.services[name] = true
	}
	return e
}

// The number of services goes up and down below this.
const maxServices = 200

// steps are all that can happen. Most of it is what happens in a cluster all day.
func steps() []step {
	return []step{
		{"services come", 30, addServices},
		{"services go", 28, removeServices},
		{"endpoints move", 60, moveEndpoints},
		{"a policy changes", 12, changePolicy},
		{"a node is labeled", 6, labelNode},
		{"a peer comes or goes", 5, changePeer},
		{"speaker is killed", 3, killSpeaker},
		{"speaker is stopped", 2, stopSpeaker},
		{"frr-reloader is killed with its daemons", 1, killReloader},
		{"the frr container is stopped", 1, stopReloader},
		{"bgpd is killed", 2, killDaemon("bgpd", true)},
		{"zebra is killed", 1, killDaemon("zebra", true)},
		{"staticd is killed", 1, killDaemon("staticd", false)},
		{"bfdd is killed", 1, killDaemon("bfdd", false)},
		{"a router's link flaps", 2, flapRouter},
		{"a node's link flaps", 1, flapNode},
		{"the API server is killed", 2, killAPIServer},
	}
}

// choose picks a step by weight.
func choose(r *rand.Rand, all []step) step {
	total := 0
	for _, s := range all {
		total += s.weight
	}
	n := r.IntN(total)
	for _, s := range all {
		if n < s.weight {
			return s
		}
		n -= s.weight
	}
	panic("unreachable: n is below the sum of the weights")
}

// some is how many objects a step changes: mostly one, sometimes a storm.
func some(r *rand.Rand) int {
	if r.IntN(10) == 0 {
		return 2 + r.IntN(20)
	}
	return 1
}

func addServices(ctx context.Context, w *world, r *rand.Rand) (excuse, error) {
	e := excused()
	for n := some(r); n > 0 && len(w.model.services) < maxServices; n-- {
		s := w.model.add(r)
		e.services[s.name] = true
		if err := w.api.write(ctx, s); err != nil {
			return e, err
		}
	}
	return e, nil
}

func removeServices(ctx context.Context, w *world, r *rand.Rand) (excuse, error) {
	e := excused()
	for n := some(r); n > 0 && len(w.model.services) > 1; n-- {
		s := w.model.any(r)
		delete(w.model.services, s.name)
		e.services[s.name] = true
		if err := w.api.remove(ctx, s); err != nil {
			return e, err
		}
	}
	return e, nil
}

func moveEndpoints(ctx context.Context, w *world, r *rand.Rand) (excuse, error) {
	e := excused()
	for n := some(r); n > 0 && len(w.model.services) > 0; n-- {
		s := w.model.any(r)
		w.model.scatter(r, s)
		e.services[s.name] = true
		if err := w.api.apply(ctx, slicesOf, s.slice()); err != nil {
			return e, err
		}
	}
	return e, nil
}

func changePolicy(ctx context.Context, w *world, r *rand.Rand) (excuse, error) {
	if len(w.model.services) == 0 {
		return excuse{}, nil
	}
	s := w.model.any(r)
	s.local = !s.local
	return excused(s.name), w.api.write(ctx, s)
}

func labelNode(ctx context.Context, w *world, r *rand.Rand) (excuse, error) {
	node := w.nodes[r.IntN(len(w.nodes))].Name()
	w.model.excluded[node] = !w.model.excluded[node]
	return excuse{late: map[string]map[netip.Prefix]bool{node: w.model.hidden[node]}}, w.api.writeNode(ctx, node, w.model.excluded[node])
}

func changePeer(ctx context.Context, w *world, _ *rand.Rand) (excuse, error) {
	w.model.guest = !w.model.guest
	router := w.routers[guest]
	if w.model.guest {
		return excuse{guest: true}, w.writePeer(ctx, router)
	}
	return excuse{guest: true}, w.api.delete(ctx, peers, namespace, router.Name())
}

func anyNode(w *world, r *rand.Rand) *lab.Node { return w.nodes[r.IntN(len(w.nodes))] }

func killSpeaker(_ context.Context, w *world, r *rand.Rand) (excuse, error) {
	node := anyNode(w, r)
	return excuse{}, errors.Join(node.KillSpeaker(), node.StartSpeaker())
}

func stopSpeaker(ctx context.Context, w *world, r *rand.Rand) (excuse, error) {
	node := anyNode(w, r)
	return excuse{}, errors.Join(node.StopSpeaker(ctx), node.StartSpeaker())
}

func killReloader(_ context.Context, w *world, r *rand.Rand) (excuse, error) {
	node := anyNode(w, r)
	return excuse{node: node.Name()}, errors.Join(node.KillReloader(), node.StartReloader())
}

func stopReloader(ctx context.Context, w *world, r *rand.Rand) (excuse, error) {
	node := anyNode(w, r)
	return excuse{node: node.Name()}, errors.Join(node.StopReloader(ctx), node.StartReloader())
}

func killDaemon(daemon string, costly bool) func(context.Context, *world, *rand.Rand) (excuse, error) {
	return func(ctx context.Context, w *world, r *rand.Rand) (excuse, error) {
		node := anyNode(w, r)
		var e excuse
		if costly {
			e.node = node.Name()
		}
		// The step before may have killed it, too, and cost no route: then it is on its way back.
		return e, lab.Eventually(ctx, settleTimeout, func() error { return node.KillDaemon(daemon) })
	}
}

// flapRouter unplugs a router for less than the hold time: nobody is to notice.
func flapRouter(ctx context.Context, w *world, r *rand.Rand) (excuse, error) {
	router := w.routers[r.IntN(guest)]
	return excuse{}, flap(ctx, router.SetLink, w.network)
}

// flapNode takes a node its carrier: FRR ends the sessions of a directly connected neighbor at once.
func flapNode(ctx context.Context, w *world, r *rand.Rand) (excuse, error) {
	node := anyNode(w, r)
	return excuse{node: node.Name()}, flap(ctx, node.SetLink, w.network)
}

// unplugged is how long a link is down.
const unplugged = 2 * time.Second

func flap(ctx context.Context, set func(*lab.Network, bool) error, network *lab.Network) error {
	if err := set(network, false); err != nil {
		return err
	}
	pause(ctx, unplugged)
	return set(network, true)
}

// away is how long the API server is.
const away = 5 * time.Second

// killAPIServer takes the API server away and, half of the times, a speaker, which has
// nobody to ask when it is back.
func killAPIServer(ctx context.Context, w *world, r *rand.Rand) (excuse, error) {
	if err := w.cluster.KillAPIServer(); err != nil {
		return excuse{}, err
	}
	if r.IntN(2) == 0 {
		if _, err := killSpeaker(ctx, w, r); err != nil {
			return excuse{}, err
		}
	}
	pause(ctx, away)
	if err := w.cluster.StartAPIServer(ctx); err != nil {
		return excuse{}, fmt.Errorf("start the API server: %w", err)
	}
	return excuse{}, nil
}

// pause is how long something lasts that is part of a step.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
