package ipam

import (
	"net/netip"
	"slices"
	"strings"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

// table is who has which address.
type table struct {
	spaces []space // in the order of the pools' names
	atlas  atlas
	uses   map[netip.Addr]*use
	shared map[circle]*shared
}

func newTable(pools []intent.Pool, services int) *table {
	t := &table{
		spaces: make([]space, len(pools)),
		uses:   make(map[netip.Addr]*use, services),
		shared: map[circle]*shared{},
	}
	for i := range pools {
		t.spaces[i] = newSpace(&pools[i])
	}
	t.atlas = newAtlas(t.spaces)
	return t
}

// taken reports whether anybody has an address.
func (t *table) taken(a netip.Addr) bool { return t.uses[a] != nil }

// obstacle says why a service cannot have an address because of those that have it.
func (t *table) obstacle(a netip.Addr, r *intent.Request) obstacle {
	if u := t.uses[a]; u != nil {
		return u.obstacle(r)
	}
	return obstacle{}
}

// owner returns the pool that may give out all of some addresses, and where they
// are in it.
func (t *table) owner(addresses []netip.Addr) (spaceAt int, places []place, found bool) {
	for i, a := range addresses {
		s, at, owned := t.atlas.find(a)
		if !owned || !t.spaces[s].gives(a) || i > 0 && s != spaceAt {
			return 0, nil, false
		}
		spaceAt, places = s, append(places, at)
	}
	return spaceAt, places, len(places) > 0
}

// book gives a service addresses of a pool which have no obstacle.
func (t *table) book(r *intent.Request, spaceAt int, places ...place) {
	s := &t.spaces[spaceAt]
	for _, at := range places {
		if !t.occupy(at.addr, r) {
			continue
		}
		f := bgp.FamilyOf(at.addr)
		s.family(f).used++
		if r.SharingKey != "" {
			t.circleOf(spaceAt, f, r).add(at)
		}
	}
}

// occupy notes that a service has an address, and reports whether it is the first to.
func (t *table) occupy(a netip.Addr, r *intent.Request) bool {
	if u := t.uses[a]; u != nil {
		u.more = append(u.more, r)
		return false
	}
	t.uses[a] = &use{first: r}
	return true
}

// circleOf returns the addresses that a service may come to share, of one pool and family.
func (t *table) circleOf(spaceAt int, f bgp.Family, r *intent.Request) *shared {
	c := circle{space: spaceAt, family: f, sharing: r.SharingKey, backend: r.BackendKey}
	s := t.shared[c]
	if s == nil {
		s = &shared{seen: map[string]place{}}
		t.shared[c] = s
	}
	return s
}

// pick finds the first address of a pool and family that a service can have: one
// that is free, or one that it can share.
func (t *table) pick(spaceAt int, f bgp.Family, r *intent.Request) (place, bool) {
	free, found := t.spaces[spaceAt].free(f, t.taken)
	if r.SharingKey == "" {
		return free, found
	}
	limit := &free
	if !found {
		limit = nil
	}
	fits := func(a netip.Addr) bool { return t.uses[a].obstacle(r).kind == noObstacle }
	if at, found := t.circleOf(spaceAt, f, r).first(portsKey(r.Ports), limit, fits); found {
		return at, true
	}
	return free, found
}

// byName returns the number of a pool.
func (t *table) byName(name string) (int, bool) {
	return slices.BinarySearchFunc(t.spaces, name, func(s space, name string) int {
		return strings.Compare(s.pool.Name, name)
	})
}
