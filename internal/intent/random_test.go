package intent

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
)

// marker is part of every random password that is one.
const marker = "hunter2"

// vocabulary makes random objects refer to each other, and be valid now and then.
var vocabulary = map[string][]string{
	"Name":           {"a", "b", "c", "d", "e", "bgpextras", "Bad Name", "x\ny"},
	"Namespace":      {"metallb-system", "metallb-system", "metallb-system", "", "default", "no\nname"},
	"Address":        {"192.0.2.1", "2001:db8::1", "fe80::1%eth0", "192.0.2.256", "::ffff:192.0.2.2", ""},
	"SrcAddress":     {"192.0.2.9", "2001:db8::9", "", "", "x"},
	"RouterID":       {"10.0.0.1", "", "", "::1"},
	"Interface":      {"eth0", "", "", "swp1/2", "a b"},
	"VRFName":        {"red", "default", "", "", "r\nx"},
	"DynamicASN":     {"internal", "external", "", "", "both"},
	"BFDProfile":     {"a", "b", "c", "", ""},
	"Password":       {marker, "", "", marker + "\n", "\n" + marker, marker + " x", "ä" + marker},
	"Addresses":      {"192.0.2.0/24", "192.0.2.0/25", "198.51.100.1-198.51.100.9", "2001:db8::/64", "192.0.2.1", "10.0.0.0/8", "1.1.1.1-::1", "::-::ff"},
	"Communities":    {"no-export", "blue", "64512:1", "large:1:2:3", "1:2:3", "65536:1", "a", "b"},
	"Value":          {"no-export", "64512:1", "large:1:2:3", "1:2:3:4", ""},
	"IPAddressPools": {"a", "b", "c", "z"},
	"Peers":          {"a", "b", "c", "z"},
	"Operator":       {"In", "NotIn", "Exists", "DoesNotExist", "Like"},
	"Type":           {"LoadBalancer", "LoadBalancer", "ClusterIP", "kubernetes.io/basic-auth", "NetworkUnavailable"},
	"IP":             {"192.0.2.1", "2001:db8::1", "", "x", "fe80::1%e"},
	"Data":           {"log syslog", "a\x00b", "a\r\nb"},
	"Status":         {"True", "False", "Unknown"},
	"Labels":         {"a", "b", ""},
}

// keys are those of random maps: labels, data, annotations.
var keys = []string{"a", "kubernetes.io/service-name", "extras", "password", "metallb.io/allow-shared-ip", "not a label!"}

var numbers = []int64{0, 0, 1, 2, 3, 10, 24, 26, 32, 64, 128, 300, 64512, 65001, int64(3e9), int64(9e10), int64(5e8), -1}

// generator makes random objects.
type generator struct {
	*rand.Rand
	extra string // one more value for every string
}

func newGenerator(seed uint64, extra string) generator {
	return generator{rand.New(rand.NewPCG(seed, 0)), extra}
}

// objects makes a set with a few of everything: some valid, some nearly so, some not at all.
func (g generator) objects() Objects {
	var objs Objects
	fields := reflect.ValueOf(&objs).Elem()
	for i := range fields.NumField() {
		list := fields.Field(i)
		for range g.IntN(6) {
			list.Set(reflect.Append(list, g.object(list.Type().Elem())))
		}
	}
	return objs
}

func (g generator) object(pointer reflect.Type) reflect.Value {
	if pointer.Kind() == reflect.String { // the name of a node
		return reflect.ValueOf(vocabulary["Name"][g.IntN(5)])
	}
	kind := g.IntN(8)
	if kind == 0 {
		return reflect.Zero(pointer)
	}
	valid := g.valid(pointer)
	if kind == 1 || !valid.IsValid() {
		object := reflect.New(pointer.Elem())
		g.fill(object.Elem(), "", 0)
		return object
	}
	name := vocabulary["Name"][g.IntN(5)]
	if pointer == reflect.TypeFor[*corev1.ConfigMap]() {
		name = rawConfigMap
	}
	valid.Elem().FieldByName("Name").SetString(name)
	if spec := valid.Elem().FieldByName("Spec"); spec.IsValid() {
		for range g.IntN(3) {
			i := g.IntN(spec.NumField())
			g.fill(spec.Field(i), spec.Type().Field(i).Name, 0)
		}
	}
	return valid
}

// valid makes a valid object of a type, or none of a type that Parse does not read.
func (g generator) valid(pointer reflect.Type) reflect.Value {
	block := g.IntN(8)
	for _, object := range []any{
		torA(),
		pool("", fmt.Sprintf("10.%d.0.0/17", block), fmt.Sprintf("2001:db8:%d::/64", block)),
		advertisement("", func(s *adSpec) { s.LocalPref = uint32(g.IntN(2)) }),
		profile(""),
		l2Advertisement("", func(s *l2Spec) { s.Interfaces = []string{"eth0"} }),
		&v1beta1.Community{ObjectMeta: meta(""), Spec: v1beta1.CommunitySpec{Communities: []v1beta1.CommunityAlias{{Name: "blue", Value: "64512:7"}}}},
		service("", fmt.Sprintf("10.%d.0.1", block)),
		endpointSlice("shop", vocabulary["Name"][g.IntN(5)], endpoint("a", true), endpoint("b", g.IntN(2) == 0)),
		&corev1.Node{},
		secret("", marker),
		extras("log syslog"),
	} {
		if reflect.TypeOf(object) == pointer {
			return reflect.ValueOf(object)
		}
	}
	return reflect.Value{}
}

const maxDepth = 7

// fill sets a value that belongs to a field of some name.
func (g generator) fill(v reflect.Value, field string, depth int) {
	switch v.Interface().(type) {
	case metav1.Time, metav1.FieldsV1:
		return // neither is a matter of random fields
	}
	if depth > maxDepth {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(g.text(field))
	case reflect.Bool:
		v.SetBool(g.IntN(4) == 0)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(g.number(v.OverflowInt))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(g.number(func(n int64) bool { return n < 0 || v.OverflowUint(uint64(n)) })))
	case reflect.Pointer:
		if g.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			g.fill(v.Elem(), field, depth+1)
		}
	case reflect.Slice:
		g.fillSlice(v, field, depth)
	case reflect.Map:
		g.fillMap(v, field, depth)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				g.fill(v.Field(i), v.Type().Field(i).Name, depth+1)
			}
		}
	default: // API types have nothing else that Parse reads
	}
}

func (g generator) fillSlice(v reflect.Value, field string, depth int) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		v.SetBytes([]byte(g.text("Password")))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), g.IntN(3), 3))
	for i := range v.Len() {
		g.fill(v.Index(i), field, depth+1)
	}
}

func (g generator) fillMap(v reflect.Value, field string, depth int) {
	v.Set(reflect.MakeMap(v.Type()))
	for range g.IntN(4) {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		if key.Kind() != reflect.String {
			return
		}
		key.SetString(keys[g.IntN(len(keys))])
		g.fill(value, field, depth+1)
		v.SetMapIndex(key, value)
	}
}

func (g generator) text(field string) string {
	if g.extra != "" && g.IntN(8) == 0 {
		return g.extra
	}
	words := vocabulary[field]
	if len(words) == 0 {
		words = keys
	}
	return words[g.IntN(len(words))]
}

func (g generator) number(overflows func(int64) bool) int64 {
	n := numbers[g.IntN(len(numbers))]
	if overflows(n) {
		return 0
	}
	return n
}

// shuffled is the same set in another order.
func (g generator) shuffled(objs Objects) Objects {
	fields := reflect.ValueOf(&objs).Elem()
	for i := range fields.NumField() {
		list := fields.Field(i)
		if list.IsNil() {
			continue // of members it means something else than an empty list
		}
		mixed := reflect.MakeSlice(list.Type(), 0, list.Len())
		for _, j := range g.Perm(list.Len()) {
			mixed = reflect.Append(mixed, list.Index(j))
		}
		list.Set(mixed)
	}
	return objs
}

// isSorted reports whether a list is in strictly ascending order of its names.
func isSorted[T any](list []T, name func(T) string) bool {
	for i := 1; i < len(list); i++ {
		if name(list[i-1]) >= name(list[i]) {
			return false
		}
	}
	return true
}

// hasAll reports whether every one of some names is a name in a list.
func hasAll[T any](wanted []string, list []T, name func(T) string) bool {
	for _, w := range wanted {
		if !slices.ContainsFunc(list, func(one T) bool { return name(one) == w }) {
			return false
		}
	}
	return true
}
