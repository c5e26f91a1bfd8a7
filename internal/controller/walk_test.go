package controller

import (
	"flag"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/intent"
)

var (
	walks    = flag.Int("walks", 30, "how many clusters change at random")
	walkSeed = flag.Uint64("walk-seed", 0, "of the first of them; 0 is another one each time")
)

// TestNoAddressIsGivenTwiceWhateverFails lets services and pools change at random while
// writes fail, answers get lost, views lag and replicas take turns. In the end everybody
// has what there is.
func TestNoAddressIsGivenTwiceWhateverFails(t *testing.T) {
	seed := *walkSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	for i := range uint64(*walks) {
		synctest.Test(t, func(t *testing.T) { walkCluster(t, seed+i) })
		if t.Failed() {
			t.Fatalf("that was seed %d", seed+i)
		}
	}
}

func walkCluster(t *testing.T, seed uint64) {
	w := walk{apiServer: newAPIServer(seed)}
	w.faults, w.late, w.repools = w.rng.IntN(5), w.rng.IntN(2) == 0, 1+w.rng.IntN(10)
	stop := func() {}
	for step := range 200 {
		if step == 0 || w.dice(40) == 0 { // another replica leads
			stop()
			stop = newReplica(w.apiServer, w.lag(), w.lag()).start(t)
		}
		w.change()
		<-time.After(time.Duration(w.dice(60)) * time.Millisecond)
	}
	w.mu.Lock()
	w.faults = 0
	w.mu.Unlock()
	w.setPools(somePools()[1+w.dice(3)]...)
	settled()
	w.expectRest(t)
	before, writes := w.addresses(), w.writes
	stop()
	stop = newReplica(w.apiServer, time.Millisecond, time.Millisecond).start(t)
	settled()
	stop()
	for name, had := range before {
		if got := w.addresses()[name]; got != had {
			t.Errorf("a restart changes %s from %q to %q", name, had, got)
		}
	}
	if more := w.writes - writes; more > 0 {
		t.Errorf("%d writes while nothing happens", more)
	}
	for _, v := range w.violations {
		t.Error(v)
	}
}

// walk is a cluster whose users do one thing after the other.
type walk struct {
	*apiServer
	repools int // in 12 changes, how many are of pools
}

// dice is a number less than n.
func (w walk) dice(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rng.IntN(n)
}

// lag is how much later at most a replica sees something: now and then for a second.
func (w walk) lag() time.Duration {
	most := [...]time.Duration{time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond, time.Second}
	return most[w.dice(len(most))]
}

func (w walk) change() {
	if w.dice(12) < w.repools {
		w.setPools(somePools()[w.dice(4)]...)
		return
	}
	name := fmt.Sprintf("s%d", w.dice(12))
	gone := w.dice(6)
	if gone < 2 {
		w.delete(name)
	}
	if gone > 0 { // if it was gone, no view may show that
		w.put(w.someService(name))
	}
}

// somePools are few addresses, in ways that get in each other's way. The first has a mistake.
func somePools() [][]*v1beta1.IPAddressPool {
	return [][]*v1beta1.IPAddressPool{
		{addressPool("gold", "198.51.100.0/33"), addressPool("silver", "203.0.113.0/30", "2001:db8::/126")},
		{addressPool("gold", "198.51.100.0/29", "2001:db8::/126")},
		{addressPool("gold", "198.51.100.4/30"), addressPool("silver", "203.0.113.0/30", "2001:db8::/127")},
		{addressPool("bronze", "198.51.100.0/30"), addressPool("gold", "198.51.100.4/31", "2001:db8::/127")},
	}
}

// someService has a type, families, terms of sharing and a wish, all at random.
func (w walk) someService(name string) *corev1.Service {
	s := balancer(name)
	switch w.dice(12) {
	case 0:
		s.Spec.Type = corev1.ServiceTypeClusterIP
	case 1:
		s.Spec.LoadBalancerClass = new("another")
	}
	const v4, v6 = "10.96.0.1", "fd00::1"
	dual := [...]corev1.IPFamilyPolicy{corev1.IPFamilyPolicyPreferDualStack, corev1.IPFamilyPolicyRequireDualStack}
	switch n := w.dice(8); n {
	case 0, 1:
		s.Spec.ClusterIPs, s.Spec.IPFamilyPolicy = []string{v4, v6}, &dual[n]
	case 2:
		s.Spec.ClusterIPs = []string{v6}
	default:
		s.Spec.ClusterIPs = []string{v4}
	}
	annotate := func(name, value string) { metav1.SetMetaDataAnnotation(&s.ObjectMeta, "metallb.io/"+name, value) }
	if n := w.dice(6); n < 2 {
		annotate("allow-shared-ip", [...]string{"k", "l"}[n])
		s.Spec.Ports[0].Port = 80 + int32(w.dice(2))
		if w.dice(4) == 0 {
			s.Spec.ExternalTrafficPolicy, s.Spec.Selector = corev1.ServiceExternalTrafficPolicyLocal, map[string]string{"app": name}
		}
	}
	switch w.dice(8) {
	case 0, 1, 2:
		annotate("loadBalancerIPs", fmt.Sprintf("198.51.100.%d", w.dice(8)))
	case 3:
		annotate("loadBalancerIPs", fmt.Sprintf("198.51.100.%d, 2001:db8::%d", w.dice(8), 1+w.dice(3)))
	case 4:
		annotate("address-pool", "silver")
	}
	return s
}

// expectRest checks that services have what they can have, and others nothing.
func (w walk) expectRest(t *testing.T) {
	t.Helper()
	for name, s := range w.services {
		pool, marked := s.Annotations[intent.AnnotationPool]
		switch has := ingress(s); {
		case !balanced(s):
			if len(has) > 0 || marked && s.Spec.Type == corev1.ServiceTypeClusterIP {
				t.Errorf("%s is no load balancer of ours and has %s of pool %q", name, has, pool)
			}
		case len(has) > 0:
			if !slices.ContainsFunc(w.pools, func(p *v1beta1.IPAddressPool) bool { return p.Name == pool && gives(p, has...) }) {
				t.Errorf("%s has %s, which are not of pool %q", name, has, pool)
			}
			for other, o := range w.services {
				if other != name && !mayShare(s, o) && slices.ContainsFunc(has, func(ip string) bool { return slices.Contains(ingress(o), ip) }) {
					t.Errorf("%s and %s have one address", name, other)
				}
			}
		default:
			for _, p := range w.pools {
				if w.canServe(p, s) {
					t.Errorf("%s has no address, and pool %s has what it needs", name, p.Name)
				}
			}
		}
	}
}

// gives reports whether a pool has all of some addresses.
func gives(p *v1beta1.IPAddressPool, addresses ...string) bool {
	return !slices.ContainsFunc(addresses, func(ip string) bool {
		return !slices.ContainsFunc(p.Spec.Addresses, func(prefix string) bool {
			return netip.MustParsePrefix(prefix).Contains(netip.MustParseAddr(ip))
		})
	})
}

// canServe reports whether a pool has addresses left that are all that a service needs.
func (w walk) canServe(p *v1beta1.IPAddressPool, s *corev1.Service) bool {
	if asked := s.Annotations["metallb.io/address-pool"]; asked != "" && asked != p.Name {
		return false
	}
	left := func(ip string) bool {
		for _, o := range w.services {
			if o.Name != s.Name && slices.Contains(ingress(o), ip) && !mayShare(s, o) {
				return false
			}
		}
		return gives(p, ip)
	}
	need := map[bool]bool{} // whether IPv6
	for _, ip := range s.Spec.ClusterIPs {
		need[netip.MustParseAddr(ip).Is6()] = true
	}
	if asked := s.Annotations["metallb.io/loadBalancerIPs"]; asked != "" {
		addresses := strings.Split(asked, ", ")
		for _, ip := range addresses {
			if !need[netip.MustParseAddr(ip).Is6()] || !left(ip) {
				return false
			}
		}
		return len(addresses) == len(need)
	}
	has := map[bool]bool{}
	for _, text := range p.Spec.Addresses {
		prefix := netip.MustParsePrefix(text)
		for ip := prefix.Addr(); prefix.Contains(ip); ip = ip.Next() {
			if is6 := ip.Is6(); need[is6] && left(ip.String()) {
				has[is6] = true
			}
		}
	}
	preferred := s.Spec.IPFamilyPolicy != nil && *s.Spec.IPFamilyPolicy == corev1.IPFamilyPolicyPreferDualStack
	return len(has) == len(need) || preferred && len(has) > 0
}
