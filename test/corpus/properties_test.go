package corpus

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/intent"
	"frr-speaker/test/scenario"
)

// orders is how often the objects of each scenario are shuffled.
const orders = 5

// The order in which objects come changes nothing at all.
func TestOrderOfObjectsChangesNothing(t *testing.T) {
	seed := rand.Uint64()
	for _, s := range readScenarios(t) {
		t.Run(s.Name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 0))
			renderer := newRenderer(t)
			want := outcomeOf(t, s, renderer, func(*intent.Objects) {})
			for range orders {
				if diff := cmp.Diff(want, outcomeOf(t, s, renderer, func(o *intent.Objects) { shuffle(r, o) })); diff != "" {
					t.Fatalf("seed %d: outcome (-in order +shuffled):\n%s", seed, diff)
				}
			}
		})
	}
}

func newRenderer(t *testing.T) *frrconfig.Renderer {
	t.Helper()
	r, err := frrconfig.New()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// outcomeOf is what a scenario comes to after a change to its objects, those from
// before included.
func outcomeOf(t *testing.T, s *scenario.Scenario, r *frrconfig.Renderer, change func(*intent.Objects)) string {
	t.Helper()
	var last *intent.Intent
	var o *scenario.Outcome
	for _, section := range []string{scenario.Before, scenario.Now} {
		if section == scenario.Before && !s.Has(section) {
			continue
		}
		objs, _, err := s.Objects(section)
		if err != nil {
			t.Fatal(err)
		}
		change(&objs)
		if o, last, err = s.Decide(r, objs, last); err != nil {
			t.Fatal(err)
		}
	}
	return o.String()
}

// shuffle puts every list of objects into another order.
func shuffle(r *rand.Rand, o *intent.Objects) {
	lists := reflect.ValueOf(o).Elem()
	for i := range lists.NumField() {
		list := lists.Field(i)
		r.Shuffle(list.Len(), reflect.Swapper(list.Interface()))
	}
}

// One more service with an address of its own adds the lines of its routes to the
// text, and touches no other.
func TestOneMoreServiceAddsItsLinesAlone(t *testing.T) {
	tried := 0
	for _, s := range readScenarios(t) {
		t.Run(s.Name, func(t *testing.T) {
			objs, _, err := s.Objects(scenario.Now)
			if err != nil {
				t.Fatal(err)
			}
			renderer := newRenderer(t)
			before, last, err := s.Decide(renderer, objs, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i, node := range before.Nodes {
				more, possible := oneMore(objs, node.State)
				if !possible {
					continue
				}
				after, _, err := s.Decide(renderer, more, last)
				if err != nil {
					t.Fatal(err)
				}
				routes := count(after.Nodes[i].State) - count(node.State)
				if announced(after.Nodes[i].State) == announced(node.State) {
					continue // it conflicts with another, or is over a limit
				}
				tried++
				added, gone := lines(string(node.Text), string(after.Nodes[i].Text))
				if len(added) != routes || len(gone) != 0 {
					t.Errorf("%d routes more are lines %q more and %q less", routes, added, gone)
				}
				for _, line := range added {
					if !strings.HasPrefix(line, "  network ") {
						t.Errorf("line %q is no network", line)
					}
				}
			}
		})
	}
	if tried < 100 {
		t.Errorf("only %d scenarios could take one more service", tried)
	}
}

// oneMore adds the like of a service that is announced, with addresses that no
// other has.
func oneMore(objs intent.Objects, state announce.State) (intent.Objects, bool) {
	for _, v := range state.Verdicts {
		if !v.Announced() || shares(state.Verdicts, v) {
			continue
		}
		for _, svc := range objs.Services {
			if svc.Namespace != v.Service.Namespace || svc.Name != v.Service.Name {
				continue
			}
			twin := svc.DeepCopy()
			twin.Name = "one-more"
			for i := range twin.Status.LoadBalancer.Ingress {
				addr, err := netip.ParseAddr(twin.Status.LoadBalancer.Ingress[i].IP)
				if err != nil {
					return objs, false
				}
				twin.Status.LoadBalancer.Ingress[i].IP = further(addr).String()
			}
			objs.Services = append(append([]*corev1.Service{}, objs.Services...), twin)
			objs.EndpointSlices = append([]*discoveryv1.EndpointSlice{}, objs.EndpointSlices...)
			for _, slice := range objs.EndpointSlices {
				if slice.Namespace == svc.Namespace && slice.Labels[discoveryv1.LabelServiceName] == svc.Name {
					copied := slice.DeepCopy()
					copied.Name = "one-more-" + slice.Name
					copied.Labels[discoveryv1.LabelServiceName] = twin.Name
					objs.EndpointSlices = append(objs.EndpointSlices, copied)
				}
			}
			return objs, true
		}
	}
	return objs, false
}

// shares reports whether another service has an address of this one, and with it
// more of a route than this one alone asks for.
func shares(all []announce.Verdict, v announce.Verdict) bool {
	return slices.ContainsFunc(all, func(other announce.Verdict) bool {
		return other.Service != v.Service && slices.ContainsFunc(other.Addresses, func(a netip.Addr) bool { return slices.Contains(v.Addresses, a) })
	})
}

// further is an address that no scenario uses, in the same pool.
func further(addr netip.Addr) netip.Addr {
	for range 7 {
		addr = addr.Next()
	}
	return addr
}

func count(s announce.State) int {
	n := 0
	for _, i := range s.BGP.Instances {
		n += len(i.Routes)
	}
	return n
}

func announced(s announce.State) int {
	n := 0
	for _, v := range s.Verdicts {
		if v.Announced() {
			n++
		}
	}
	return n
}

// lines are those that only one of two texts has.
func lines(before, after string) (added, gone []string) {
	had := map[string]int{}
	for line := range strings.Lines(before) {
		had[line]++
	}
	for line := range strings.Lines(after) {
		if had[line] == 0 {
			added = append(added, strings.TrimSuffix(line, "\n"))
			continue
		}
		had[line]--
	}
	for line, n := range had {
		if n > 0 {
			gone = append(gone, strings.TrimSuffix(line, "\n"))
		}
	}
	return added, gone
}

// The name of an object is for people: where nothing refers to it, another one
// changes comments and descriptions and nothing else.
func TestNamesAreForPeople(t *testing.T) {
	tried := 0
	for _, s := range readScenarios(t) {
		t.Run(s.Name, func(t *testing.T) {
			objs, _, err := s.Objects(scenario.Now)
			if err != nil {
				t.Fatal(err)
			}
			renderer := newRenderer(t)
			before, _, err := s.Decide(renderer, objs, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(before.Problems) > 0 {
				return // of two that exclude each other the first by name wins
			}
			for what, renamed := range renames(objs) {
				after, _, err := s.Decide(renderer, renamed, nil)
				if err != nil {
					t.Fatal(err)
				}
				tried++
				for i := range before.Nodes {
					if diff := cmp.Diff(meaningful(before.Nodes[i].Text), meaningful(after.Nodes[i].Text)); diff != "" {
						t.Errorf("with another name for %s (-before +after):\n%s", what, diff)
					}
				}
			}
		})
	}
	if tried < 100 {
		t.Errorf("only %d objects were renamed", tried)
	}
}

// meaningful is a text without what it says to people.
func meaningful(text []byte) string {
	var kept strings.Builder
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		isComment := len(words) > 1 && words[0] == "!"
		isDescription := len(words) > 1 && words[0] == "description" || len(words) > 3 && words[0] == "neighbor" && words[2] == "description"
		if !isComment && !isDescription {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// renames are the objects with one of them called otherwise, for each that
// nothing refers to.
func renames(objs intent.Objects) map[string]intent.Objects {
	referred := map[string]bool{}
	for _, ad := range objs.BGPAdvertisements {
		for _, name := range ad.Spec.Peers {
			referred["BGPPeer "+name] = true
		}
		for _, name := range ad.Spec.IPAddressPools {
			referred["IPAddressPool "+name] = true
		}
	}
	all := map[string]intent.Objects{}
	try := func(kind, name string, put func(*intent.Objects)) {
		if !referred[kind+" "+name] {
			changed := objs
			put(&changed)
			all[kind+" "+name] = changed
		}
	}
	for i, p := range objs.Peers {
		try("BGPPeer", p.Name, func(o *intent.Objects) { o.Peers = swapped[v1beta2.BGPPeer](o.Peers, i, renamed(p.DeepCopy())) })
	}
	for i, p := range objs.Pools {
		try("IPAddressPool", p.Name, func(o *intent.Objects) { o.Pools = swapped[v1beta1.IPAddressPool](o.Pools, i, renamed(p.DeepCopy())) })
	}
	for i, a := range objs.BGPAdvertisements {
		try("BGPAdvertisement", a.Name, func(o *intent.Objects) {
			o.BGPAdvertisements = swapped[v1beta1.BGPAdvertisement](o.BGPAdvertisements, i, renamed(a.DeepCopy()))
		})
	}
	for i, c := range objs.Communities {
		try("Community", c.Name, func(o *intent.Objects) {
			o.Communities = swapped[v1beta1.Community](o.Communities, i, renamed(c.DeepCopy()))
		})
	}
	return all
}

func renamed[P metav1.Object](o P) P {
	o.SetName("other-" + o.GetName())
	return o
}

func swapped[T any](list []*T, at int, with *T) []*T {
	list = append([]*T{}, list...)
	list[at] = with
	return list
}
