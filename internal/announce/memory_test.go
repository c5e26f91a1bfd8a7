package announce

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"

	"frr-speaker/internal/intent"
)

// TestADeciderFollowsServicesAsIfItDecidedAnew lets services come, go and change under one
// decider. Most decisions build upon the one before, and none of those that were given
// away changes any more.
func TestADeciderFollowsServicesAsIfItDecidedAnew(t *testing.T) {
	var upon, reread, anew int
	eachRandom(t, func(t *testing.T, r *rand.Rand, in *intent.Intent) {
		crowd(r, in)
		d := NewDecider()
		given := d.Decide(in, "node-a")
		for step := range 20 {
			before := *in
			next := before
			next.Services = changedServices(r, before.Services)
			again := r.IntN(10) == 0
			if again {
				next.BGPAdvertisements = slices.Clone(before.BGPAdvertisements)
			}
			memory := d.before
			got := d.Decide(&next, "node-a")
			switch {
			case d.before == memory:
				upon++
			case again:
				reread++
			default:
				anew++
			}
			if diff := cmp.Diff(Decide(&next, "node-a"), got, compareAddrs); diff != "" {
				t.Fatalf("step %d: state (-anew +remembering):\n%s", step, diff)
			}
			if diff := cmp.Diff(Decide(&before, "node-a"), given, compareAddrs); diff != "" {
				t.Fatalf("step %d: the state of the step before has changed (-then +now):\n%s", step, diff)
			}
			in, given = &next, got
		}
	})
	t.Logf("%d decisions built upon the one before, %d were made anew and %d after all was read again", upon, anew, reread)
	if min(upon, anew, reread) < rounds {
		t.Error("the generator is too tame")
	}
}

// crowd makes services meet at few addresses: they aggregate, and those of the front want
// other things than those of the back that share an address with them.
func crowd(r *rand.Rand, in *intent.Intent) {
	pools := []string{"bronze", "gold"}
	in.Peers = []intent.Peer{peer("p8", "192.0.2.8", dualStack), peer("p9", "192.0.2.9", inVRFRed)}
	in.BGPAdvertisements = []intent.BGPAdvertisement{
		advertisement32("back", pools, func(a *intent.BGPAdvertisement) { a.Services = selector("tier=back") }),
		advertisement32("front", pools, func(a *intent.BGPAdvertisement) {
			a.Services, a.LocalPref, a.Peers = selector("tier=front"), 300, []string{[]string{"p8", "p9"}[r.IntN(2)]}
		}),
		advertisement32("together", pools[1:], func(a *intent.BGPAdvertisement) { a.AggregationV4, a.AggregationV6 = 29, 124 }),
	}
	in.Services = nil
	for i := range r.IntN(6) {
		in.Services = append(in.Services, crowdedService(r, fmt.Sprintf("s%d", i)))
	}
}

func crowdedService(r *rand.Rand, name string) intent.Service {
	pool := []string{"203.0.113.%d 2001:db8:2::%d", "198.51.100.%d 2001:db8:1::%d"}[r.IntN(2)]
	addresses := strings.Fields(fmt.Sprintf(pool, r.IntN(2), r.IntN(2)))
	switch r.IntN(4) {
	case 0:
		addresses = addresses[:1]
	case 1:
		addresses = addresses[1:]
	}
	s := service(name, addresses...)
	s.Labels = labels.Set{"tier": []string{"front", "back"}[r.IntN(2)]}
	if r.IntN(8) == 0 {
		s.Endpoints = intent.Endpoints{}
	}
	return s
}

// changedServices returns a list in which some services are others, as a Reader would:
// what has not changed is shared.
func changedServices(r *rand.Rand, before []intent.Service) []intent.Service {
	after := slices.Clone(before)
	for range r.IntN(3) {
		svc := crowdedService(r, fmt.Sprintf("s%d", r.IntN(6)))
		at, found := slices.BinarySearchFunc(after, svc, func(a, b intent.Service) int { return strings.Compare(a.Ref.Name, b.Ref.Name) })
		switch {
		case !found:
			after = slices.Insert(after, at, svc)
		case r.IntN(2) == 0:
			after[at] = svc
		default:
			after = slices.Delete(after, at, at+1)
		}
	}
	return after
}
