package intent

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"frr-speaker/api/v1beta2"
)

// A Reader gives what Parse gives, whatever changed between two passes.
func TestReaderAgreesWithParse(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	updates, shared := 0, 0
	for i := range uint64(50) {
		g := newGenerator(seed+i, "")
		objs := g.objects()
		objs.Services, objs.EndpointSlices = nil, nil
		u, s := walk(t, seed+i, 40, func(step int) Objects {
			if g.IntN(3) == 0 { // any kind, valid or not
				g.replaceOne(&objs)
			}
			if step%20 < 10 || g.IntN(2) == 0 { // so that there are passes on which services alone change
				objs.Services = g.someServices(objs.Services)
				objs.EndpointSlices = g.someSlices(objs.EndpointSlices)
			}
			return objs
		})
		updates, shared = updates+u, shared+s
	}
	if updates == 0 || shared == 0 { // of one walk alone it may be
		t.Error("the Reader never had anything to remember")
	}
}

// Problems that are repeated are said once, and the same on the next pass.
func TestReaderRepeatsNoProblem(t *testing.T) {
	objs := Objects{Peers: []*v1beta2.BGPPeer{{ObjectMeta: meta("Bad Name")}, {ObjectMeta: meta("Bad Name")}, {ObjectMeta: meta("Worse Name")}}}
	reader := NewReader()
	prev, want := reader.Parse(objs, Options{}, nil)
	if len(want) != 2 {
		t.Fatalf("problems %v, want two", want)
	}
	for range 2 {
		var got []Problem
		prev, got = reader.Parse(objs, Options{}, prev)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("problems of the same objects (-want +got):\n%s", diff)
		}
	}
}

// Another object of any kind is noticed, of kinds that come later too.
func TestReaderLooksAtEveryKind(t *testing.T) {
	same := reflect.TypeFor[Objects]()
	for i := range same.NumField() {
		name, list := same.Field(i).Name, same.Field(i).Type
		if name == "Services" || name == "EndpointSlices" {
			continue // looked at one by one
		}
		var a, b Objects
		for _, objs := range []*Objects{&a, &b} {
			element := reflect.New(list.Elem()).Elem()
			if list.Elem().Kind() == reflect.Pointer {
				element = reflect.New(list.Elem().Elem())
			}
			reflect.ValueOf(objs).Elem().Field(i).Set(reflect.Append(reflect.Zero(list), element))
		}
		if name == "Members" {
			b.Members = nil
		}
		if sameConfiguration(a, b) {
			t.Errorf("%s: another object passes for the same", name)
		}
		if !sameConfiguration(a, a) {
			t.Errorf("%s: the same object passes for another", name)
		}
	}
}

// walk compares a Reader with Parse over a history. It returns how often the Reader had
// something to remember, and how much of it was the same.
func walk(t *testing.T, seed uint64, steps int, next func(step int) Objects) (updates, shared int) {
	t.Helper()
	var (
		reader           = NewReader()
		prev, prevReader *Intent
	)
	for step := range steps {
		objs := next(step)
		if step%7 == 6 { // as after a restart without memory
			prev, prevReader = nil, nil
		}
		before := reader.services.objects
		want, problems := Parse(objs, Options{}, prev)
		got, itsProblems := reader.Parse(objs, Options{}, prevReader)
		same(t, seed, fmt.Sprintf("step %d", step), want, got)
		same(t, seed, fmt.Sprintf("step %d: problems", step), problems, itsProblems)
		if prev != nil && len(before) > 0 && reader.services.simple {
			updates++
		}
		if prev != nil {
			shared += expectSame(t, fmt.Sprintf("seed %d, step %d", seed, step), prevReader, got, prev, want)
		}
		prev, prevReader = want, got
	}
	return updates, shared
}

// replaceOne changes one list: an object more, one less, or another one in its place.
func (g generator) replaceOne(objs *Objects) {
	fields := reflect.ValueOf(objs).Elem()
	list := fields.Field(g.IntN(fields.NumField()))
	changed := reflect.MakeSlice(list.Type(), 0, list.Len()+1)
	at, more := g.IntN(list.Len()+1), g.IntN(3)
	for i := range list.Len() {
		if i == at && more != 0 {
			changed = reflect.Append(changed, g.object(list.Type().Elem()))
		}
		if i != at || more == 1 {
			changed = reflect.Append(changed, list.Index(i))
		}
	}
	if at == list.Len() {
		changed = reflect.Append(changed, g.object(list.Type().Elem()))
	}
	list.Set(changed)
}

// someServices replaces, adds and drops a few services, mostly in order and with names of their own.
func (g generator) someServices(from []*corev1.Service) []*corev1.Service {
	byName := map[string]*corev1.Service{}
	for _, o := range from {
		if o != nil {
			byName[o.Name] = o
		}
	}
	for range g.IntN(3) {
		name := fmt.Sprintf("s-%02d", g.IntN(20))
		if g.IntN(3) == 0 {
			delete(byName, name)
			continue
		}
		o := service(name, fmt.Sprintf("192.0.2.%d", g.IntN(20)))
		switch g.IntN(6) {
		case 0:
			o.Spec.Type = corev1.ServiceTypeClusterIP
		case 1:
			o.Status.LoadBalancer.Ingress[0].IP = "nonsense"
		}
		byName[name] = o
	}
	var out []*corev1.Service
	for n := range 20 {
		if o := byName[fmt.Sprintf("s-%02d", n)]; o != nil {
			out = append(out, o)
		}
	}
	if len(out) == 0 {
		return out
	}
	switch g.IntN(20) {
	case 0:
		g.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	case 1:
		out = append(out, out[g.IntN(len(out))].DeepCopy()) // two of one name
	case 2:
		out = append(out, nil)
	case 3:
		out = append(out, service("Bad Name", "192.0.2.1"))
	case 4: // two of one name, one of them not ours
		other := out[g.IntN(len(out))].DeepCopy()
		other.Spec.Type = corev1.ServiceTypeClusterIP
		out = append(out, other)
	}
	return out
}

// someSlices replaces, adds and drops a few slices of those services.
func (g generator) someSlices(from []*discoveryv1.EndpointSlice) []*discoveryv1.EndpointSlice {
	out := append([]*discoveryv1.EndpointSlice(nil), from...)
	for range g.IntN(3) {
		if len(out) > 0 && g.IntN(3) == 0 {
			i := g.IntN(len(out))
			out = append(out[:i:i], out[i+1:]...)
			continue
		}
		o := endpointSlice("shop", fmt.Sprintf("s-%02d", g.IntN(20)), endpoint(string(rune('a'+g.IntN(5))), g.IntN(4) > 0))
		if g.IntN(10) == 0 {
			o = nil
		}
		at := g.IntN(len(out) + 1)
		out = append(out[:at:at], append([]*discoveryv1.EndpointSlice{o}, out[at:]...)...)
	}
	return out
}

// BenchmarkReadOneChange is what one service more costs in the largest cluster that the targets speak of.
func BenchmarkReadOneChange(b *testing.B) {
	objs := largeCluster(10_000, 3, 1_000)
	with := objs
	with.Services = append(objs.Services[:5000:5000], append([]*corev1.Service{service("one-more", "10.200.0.1")}, objs.Services[5000:]...)...)
	reader := NewReader()
	var prev *Intent
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		next := objs
		if n%2 == 1 {
			next = with
		}
		got, problems := reader.Parse(next, Options{}, prev)
		if len(problems) > 0 || len(got.Services) != len(next.Services) {
			b.Fatalf("%d services, %v", len(got.Services), problems)
		}
		prev = got
	}
}

// BenchmarkReadTwoChanges is what two services cost that change at once, one near the
// beginning of the list and one near its end.
func BenchmarkReadTwoChanges(b *testing.B) {
	objs := largeCluster(10_000, 3, 1_000)
	slices.SortFunc(objs.Services, func(a, b *corev1.Service) int { return strings.Compare(a.Name, b.Name) })
	reader := NewReader()
	var prev *Intent
	b.ReportAllocs()
	for b.Loop() {
		objs.Services = slices.Clone(objs.Services)
		for _, i := range []int{10, 9_990} {
			objs.Services[i] = objs.Services[i].DeepCopy()
		}
		got, problems := reader.Parse(objs, Options{}, prev)
		if len(problems) > 0 || len(got.Services) != len(objs.Services) {
			b.Fatalf("%d services, %v", len(got.Services), problems)
		}
		prev = got
	}
}
