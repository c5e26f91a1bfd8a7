package ipam

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"frr-speaker/internal/bgp"
	"frr-speaker/internal/intent"
)

// use is an address in use: by one service, or by several that share it.
type use struct {
	first *intent.Request // who had it first; the others are like it in what sharing asks for
	more  []*intent.Request
}

// obstacle is why a service cannot have an address that another one has. The
// zero value is none.
type obstacle struct {
	kind  obstacleKind
	other *intent.Request
	port  intent.Port
}

type obstacleKind uint8

const (
	noObstacle obstacleKind = iota
	otherIsAlone
	asksAlone
	otherKey
	otherBackend
	portInUse
)

// obstacle says why a service cannot join those that use the address.
func (u *use) obstacle(r *intent.Request) obstacle {
	switch {
	case u.first.SharingKey == "":
		return obstacle{kind: otherIsAlone, other: u.first}
	case r.SharingKey == "":
		return obstacle{kind: asksAlone, other: u.first}
	case u.first.SharingKey != r.SharingKey:
		return obstacle{kind: otherKey, other: u.first}
	case u.first.BackendKey != r.BackendKey:
		return obstacle{kind: otherBackend, other: u.first}
	}
	if port, clash := firstCommon(u.first.Ports, r.Ports); clash {
		return obstacle{kind: portInUse, other: u.first, port: port}
	}
	for _, other := range u.more {
		if port, clash := firstCommon(other.Ports, r.Ports); clash {
			return obstacle{kind: portInUse, other: other, port: port}
		}
	}
	return obstacle{}
}

func firstCommon(a, b []intent.Port) (intent.Port, bool) {
	for _, port := range a {
		if slices.Contains(b, port) {
			return port, true
		}
	}
	return intent.Port{}, false
}

// about words the obstacle.
func (o obstacle) about(a netip.Addr, r *intent.Request) string {
	other := o.other.Service
	switch o.kind {
	case otherIsAlone:
		return fmt.Sprintf("%s is in use by %s, which does not share it; give both the same annotation metallb.io/allow-shared-ip", a, other)
	case asksAlone:
		return fmt.Sprintf("%s is in use by %s; give the service the same annotation metallb.io/allow-shared-ip to share it", a, other)
	case otherKey:
		return fmt.Sprintf("%s is in use by %s, whose sharing key %q is not %q", a, other, o.other.SharingKey, r.SharingKey)
	case otherBackend:
		return fmt.Sprintf("%s is in use by %s, which has another externalTrafficPolicy, or Local and other pods", a, other)
	case portInUse:
		return fmt.Sprintf("port %s of %s is in use by %s", o.port, a, other)
	default:
		return ""
	}
}

// circle is who may share addresses of one pool and family with each other.
type circle struct {
	space            int
	family           bgp.Family
	sharing, backend string
}

// shared are the addresses that a circle has.
type shared struct {
	places   []place
	unsorted bool
	// seen says for services with the same ports up to where no address takes one
	// more of them. What takes none now takes none later: uses only grow.
	seen map[string]place
}

// add enters an address.
func (s *shared) add(at place) {
	if n := len(s.places); n > 0 && at.before(s.places[n-1]) {
		s.unsorted = true
	}
	s.places = append(s.places, at)
}

// first finds the first address, in the order of giving out, that fits. With a
// limit it must come before that.
func (s *shared) first(ports string, limit *place, fits func(netip.Addr) bool) (place, bool) {
	if s.unsorted {
		slices.SortFunc(s.places, place.compare)
		s.unsorted = false
	}
	start, seen := slices.BinarySearchFunc(s.places, s.seen[ports], place.compare)
	if seen {
		start++
	}
	for _, at := range s.places[start:] {
		if limit != nil && !at.before(*limit) {
			break
		}
		if fits(at.addr) {
			return at, true
		}
		s.seen[ports] = at
	}
	return place{}, false
}

// portsKey is equal for equal ports.
func portsKey(ports []intent.Port) string {
	var b strings.Builder
	for _, p := range ports {
		b.WriteString(p.String())
		b.WriteByte(' ')
	}
	return b.String()
}
