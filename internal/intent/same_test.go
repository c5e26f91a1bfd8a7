package intent

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// A Service with another value in any field is not the same, nor one whose value is another in memory.
func TestSameLooksAtEveryField(t *testing.T) {
	full := func() Service {
		return Service{
			Ref: Ref{Kind: "Service", Namespace: "shop", Name: "web"}, Labels: labels.Set{"tier": "front"},
			Addresses: []netip.Addr{netip.MustParseAddr("203.0.113.1")}, TrafficPolicy: TrafficPolicyLocal,
			Endpoints: Endpoints{Serving: 1, Nodes: []string{"node-a"}}, SharingKey: "key",
		}
	}
	one := full()
	if copied := one; !one.Same(&copied) {
		t.Error("a copy passes for another service")
	}
	other := full()
	for _, path := range fieldsOf(reflect.TypeFor[Service]()) {
		changed := one
		if field := reflect.ValueOf(&changed).Elem().FieldByIndex(path); field.Kind() == reflect.Slice || field.Kind() == reflect.Map {
			field.Set(reflect.ValueOf(other).FieldByIndex(path)) // as long, and elsewhere
		} else {
			field.SetZero()
		}
		if one.Same(&changed) {
			t.Errorf("another %s passes for the same", reflect.TypeFor[Service]().FieldByIndex(path).Name)
		}
	}
}

// An Intent with another list of any kind is not the same, but for services and raw text.
func TestSameButServicesLooksAtEveryKind(t *testing.T) {
	of := reflect.TypeFor[Intent]()
	for i := range of.NumField() {
		var a, b Intent
		for _, in := range []*Intent{&a, &b} {
			if of.Field(i).Type.Kind() == reflect.Slice {
				reflect.ValueOf(in).Elem().Field(i).Set(reflect.MakeSlice(of.Field(i).Type, 1, 1))
			}
		}
		a.RawConfig = "a"
		name := of.Field(i).Name
		if got, want := a.SameButServices(&b), slices.Contains([]string{"Services", "RawConfig"}, name); got != want {
			t.Errorf("another list of %s: the same is %v, want %v", name, got, want)
		}
		if copied := a; !a.SameButServices(&copied) {
			t.Errorf("%s: a copy passes for another intent", name)
		}
	}
}

// fieldsOf lists the fields of a struct, and of the structs in it.
func fieldsOf(of reflect.Type) [][]int {
	var paths [][]int
	for i := range of.NumField() {
		if of.Field(i).Type.Kind() != reflect.Struct {
			paths = append(paths, []int{i})
			continue
		}
		for _, inner := range fieldsOf(of.Field(i).Type) {
			paths = append(paths, append([]int{i}, inner...))
		}
	}
	return paths
}

// expectSame sees that services which are the same as before are equal, and returns how many there are.
func expectSame(t *testing.T, step string, before, after, wantBefore, want *Intent) (shared int) {
	t.Helper()
	for i := range before.Services {
		j := slices.IndexFunc(after.Services, func(s Service) bool { return s.Ref == before.Services[i].Ref })
		if j < 0 || !before.Services[i].Same(&after.Services[j]) {
			continue
		}
		shared++
		if diff := cmp.Diff(wantBefore.Services[i], want.Services[j], comparison); diff != "" {
			t.Errorf("%s: %v passes for the same (-was +is):\n%s", step, before.Services[i].Ref, diff)
		}
	}
	return shared
}

// A Reader shares what has not changed, so that whoever comes next need not look at it.
func TestAReaderSharesWhatHasNotChanged(t *testing.T) {
	objs := Objects{Services: []*corev1.Service{{ObjectMeta: meta("a")}, {ObjectMeta: meta("b")}, {ObjectMeta: meta("c")}}}
	for _, s := range objs.Services {
		s.Namespace, s.Spec.Type = "shop", corev1.ServiceTypeLoadBalancer
		s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: "203.0.113.1"}}
	}
	reader := NewReader()
	before, _ := reader.Parse(objs, Options{}, nil)
	next := objs
	next.Services = slices.Clone(objs.Services)
	next.Services[1] = next.Services[1].DeepCopy()
	after, _ := reader.Parse(next, Options{}, before)
	for i, want := range []bool{true, false, true} {
		if got := before.Services[i].Same(&after.Services[i]); got != want {
			t.Errorf("service %d: the same is %v, want %v", i, got, want)
		}
	}
	if !before.SameButServices(after) {
		t.Error("nothing but a service has changed, and the intents pass for others")
	}
}
