package corpus

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/objects"
	"frr-speaker/internal/speaker"
)

// A setting is a value of a field that must show somewhere: in the text of a
// node, in what it answers for on its links, in a verdict or in a problem.
type setting struct {
	value any
	// also are fields that change together with it, because two exclude each other
	// or one means nothing alone; nil removes one. Their effect does not count.
	also map[string]any
}

// base are objects that mean something, by API version and kind. The speaker
// reads them with the fixed ones beside them.
func base() map[string]map[string]any {
	peer := func() map[string]any {
		return map[string]any{"myASN": 64512, "peerASN": 65001, "peerAddress": "192.0.2.1"}
	}
	return map[string]map[string]any{
		"v1beta1/BGPPeer":          peer(),
		"v1beta2/BGPPeer":          peer(),
		"v1beta1/BGPAdvertisement": {"communities": []any{"64512:1"}},
		"v1beta1/L2Advertisement":  {"interfaces": []any{"eth0"}},
		"v1beta1/BFDProfile":       {"receiveInterval": 100},
		"v1beta1/Community":        {"communities": []any{map[string]any{"name": "mine", "value": "64512:1"}}},
		"v1beta1/IPAddressPool":    {"addresses": []any{"198.51.100.0/24", "2001:db8:1::/64"}},
	}
}

// kinds are the types that the speaker reads.
func kinds() map[string]reflect.Type {
	return map[string]reflect.Type{
		"v1beta1/BGPPeer":          reflect.TypeFor[v1beta1.BGPPeerSpec](),
		"v1beta2/BGPPeer":          reflect.TypeFor[v1beta2.BGPPeerSpec](),
		"v1beta1/BGPAdvertisement": reflect.TypeFor[v1beta1.BGPAdvertisementSpec](),
		"v1beta1/L2Advertisement":  reflect.TypeFor[v1beta1.L2AdvertisementSpec](),
		"v1beta1/BFDProfile":       reflect.TypeFor[v1beta1.BFDProfileSpec](),
		"v1beta1/Community":        reflect.TypeFor[v1beta1.CommunitySpec](),
		"v1beta1/IPAddressPool":    reflect.TypeFor[v1beta1.IPAddressPoolSpec](),
	}
}

// settings are the values, by kind and field.
func settings() map[string]map[string]setting {
	selector := func(key, value string) []any {
		return []any{map[string]any{"matchLabels": map[string]any{key: value}}}
	}
	peer := map[string]setting{
		"myASN":                    {value: 64999},
		"peerASN":                  {value: 65009},
		"peerAddress":              {value: "192.0.2.9"},
		"sourceAddress":            {value: "192.0.2.100"},
		"peerPort":                 {value: 1179},
		"holdTime":                 {value: "30s"},
		"keepaliveTime":            {value: "20s"},
		"routerID":                 {value: "10.0.0.7"},
		"nodeSelectors":            {value: selector("rack", "two")},
		"password":                 {value: "hidden"},
		"bfdProfile":               {value: "other"},
		"ebgpMultiHop":             {value: true},
		"dynamicASN":               {value: "external", also: map[string]any{"peerASN": nil}},
		"localASN":                 {value: 64999},
		"interface":                {value: "eth0", also: map[string]any{"peerAddress": nil}},
		"connectTime":              {value: "7s"},
		"passwordSecret.name":      {value: "tor"},
		"passwordSecret.namespace": {value: "elsewhere", also: map[string]any{"passwordSecret.name": "tor"}},
		"enableGracefulRestart":    {value: true},
		"vrf":                      {value: "red"},
		"disableMP":                {value: true},
		"dualStackAddressFamily":   {value: true},
	}
	return map[string]map[string]setting{
		"v1beta1/BGPPeer": peer,
		"v1beta2/BGPPeer": peer,
		"v1beta1/BGPAdvertisement": {
			"aggregationLength":      {value: 26},
			"aggregationLengthV6":    {value: 80},
			"localPref":              {value: 150},
			"communities":            {value: []any{"64512:2", "large:64512:1:2"}},
			"ipAddressPools":         {value: []any{"other"}},
			"ipAddressPoolSelectors": {value: selector("tier", "back")},
			"nodeSelectors":          {value: selector("rack", "two")},
			"peers":                  {value: []any{"nobody"}},
			"serviceSelectors":       {value: selector("tier", "back")},
		},
		"v1beta1/L2Advertisement": {
			"ipAddressPools":         {value: []any{"other"}},
			"ipAddressPoolSelectors": {value: selector("tier", "back")},
			"nodeSelectors":          {value: selector("rack", "two")},
			"interfaces":             {value: []any{"eth1"}},
			"serviceSelectors":       {value: selector("tier", "back")},
			"preferredNodeSelectors[0].weight": {value: 100, also: map[string]any{
				"preferredNodeSelectors[0].preference": selector("rack", "two")[0],
			}},
			"preferredNodeSelectors[0].preference": {value: selector("rack", "two")[0], also: map[string]any{
				"preferredNodeSelectors[0].weight": 100,
			}},
		},
		"v1beta1/BFDProfile": {
			"receiveInterval":  {value: 200},
			"transmitInterval": {value: 200},
			"detectMultiplier": {value: 5},
			"echoInterval":     {value: 60},
			"echoMode":         {value: true},
			"passiveMode":      {value: true},
			"minimumTtl":       {value: 250},
		},
		"v1beta1/Community": {
			"communities[0].name":  {value: "other", also: map[string]any{"communities[0].value": "64512:1"}},
			"communities[0].value": {value: "64512:7", also: map[string]any{"communities[0].name": "mine"}},
		},
		"v1beta1/IPAddressPool": {
			"addresses": {value: []any{"203.0.113.0/24"}},
		},
	}
}

// silent are the fields that show nowhere, and why that is right.
func silent() map[string]map[string]string {
	const assigns = "whoever assigns addresses reads it; a speaker announces what is assigned"
	return map[string]map[string]string{
		"v1beta1/IPAddressPool": {
			"autoAssign":                           assigns,
			"avoidBuggyIPs":                        assigns,
			"serviceAllocation.priority":           assigns,
			"serviceAllocation.namespaces":         assigns,
			"serviceAllocation.namespaceSelectors": assigns,
			"serviceAllocation.serviceSelectors":   assigns,
		},
	}
}

// beside are the objects around the one that changes.
const beside = `
apiVersion: v1
kind: Node
metadata: {name: node-a, labels: {rack: one}} # owns 198.51.100.10
---
apiVersion: v1
kind: Node
metadata: {name: node-b, labels: {rack: two}}
---
apiVersion: metallb.io/v1beta1
kind: BFDProfile
metadata: {name: other, namespace: metallb-system}
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: beside, namespace: metallb-system}
spec: {myASN: 64512, peerASN: 65001, peerAddress: "2001:db8::2"}
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: {name: beside, namespace: metallb-system}
spec: {communities: [mine]}
---
apiVersion: v1
kind: Secret
metadata: {name: tor, namespace: metallb-system}
type: kubernetes.io/basic-auth
stringData: {password: hidden}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default, labels: {tier: front}}
spec: {type: LoadBalancer}
status: {loadBalancer: {ingress: [{ip: 198.51.100.10}, {ip: "2001:db8:1::10"}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [10.0.0.1], nodeName: node-a}]
`

// Every field of the API that the speaker reads shows: whoever adds one has to
// say here how, or why not.
func TestEveryFieldShows(t *testing.T) {
	given, excused := settings(), silent()
	for kind, spec := range kinds() {
		var fields []string
		collect(spec, "", &fields)
		known := map[string]bool{}
		for _, field := range fields {
			known[field] = true
			t.Run(kind+" "+field, func(t *testing.T) {
				set, is := given[kind][field]
				why, not := excused[kind][field]
				switch {
				case is && not:
					t.Fatalf("has a setting, and an excuse: %s", why)
				case not:
					return
				case !is:
					t.Fatal("has neither a setting that shows nor a reason why it does not")
				}
				without := state(t, kind, set.also)
				with := maps.Clone(set.also)
				if with == nil {
					with = map[string]any{}
				}
				with[field] = set.value
				if got := state(t, kind, with); got == without {
					t.Errorf("setting it to %v changes nothing of\n%s", set.value, got)
				}
			})
		}
		for field := range given[kind] {
			if !known[field] {
				t.Errorf("%s has no field %s", kind, field)
			}
		}
	}
}

// A field that has no meaning for a speaker changes nothing.
func TestExcusedFieldsShowNowhere(t *testing.T) {
	const kind = "v1beta1/IPAddressPool"
	values := map[string]any{
		"autoAssign": false, "avoidBuggyIPs": true, "serviceAllocation.priority": 5, "serviceAllocation.namespaces": []any{"a"},
		"serviceAllocation.namespaceSelectors": []any{map[string]any{}}, "serviceAllocation.serviceSelectors": []any{map[string]any{}},
	}
	without := state(t, kind, nil)
	for field := range silent()[kind] {
		if _, has := values[field]; !has {
			t.Errorf("%s is not tried", field)
		}
		if got := state(t, kind, map[string]any{field: values[field]}); got != without {
			t.Errorf("setting %s to %v shows:\n%s", field, values[field], got)
		}
	}
}

// collect lists the fields of a type by their JSON names. Lists of structures of
// the project's own API are looked into.
func collect(t reflect.Type, path string, into *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		here := strings.TrimPrefix(path+"."+name, ".")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case inner.Kind() == reflect.Slice && inner.Elem().Kind() == reflect.Struct && strings.HasPrefix(inner.Elem().PkgPath(), "frr-speaker/"):
			collect(inner.Elem(), here+"[0]", into)
		case inner.Kind() == reflect.Struct && inner.Name() != "Duration" && inner.Name() != "LabelSelector":
			collect(inner, here, into)
		default:
			*into = append(*into, here)
		}
	}
}

// state is what a node makes of the objects when one of them has changed.
func state(t *testing.T, kind string, changes map[string]any) string {
	t.Helper()
	objs, unread := changed(t, kind, changes)
	if len(unread) > 0 {
		t.Fatalf("objects with %v: %v", changes, unread)
	}
	decided, problems, text := decide(t, objs)
	return fmt.Sprintf("%v\n%v\n%v\n%v\n%s", problems, decided.Problems, decided.Verdicts, decided.L2, text)
}

// textOf is the configuration alone, whether or not all of the objects can be read.
func textOf(t *testing.T, kind string, changes map[string]any) string {
	t.Helper()
	objs, _ := changed(t, kind, changes)
	_, _, text := decide(t, objs)
	return text
}

// changed are the objects when one of them has changed.
func changed(t *testing.T, kind string, changes map[string]any) (intent.Objects, []intent.Problem) {
	t.Helper()
	var all strings.Builder
	all.WriteString(beside)
	specs := base()
	for _, field := range slices.Sorted(maps.Keys(changes)) {
		set(specs[kind], strings.Split(strings.ReplaceAll(field, "[", ".["), "."), changes[field])
	}
	for _, k := range slices.Sorted(maps.Keys(specs)) {
		if strings.HasSuffix(k, "/BGPPeer") && k != kind && (k == "v1beta1/BGPPeer" || strings.HasSuffix(kind, "/BGPPeer")) {
			continue // the two versions are one object
		}
		version, name, _ := strings.Cut(k, "/")
		text, err := yaml.Marshal(map[string]any{
			"apiVersion": "metallb.io/" + version, "kind": name, "spec": specs[k],
			"metadata": map[string]any{"name": "it", "namespace": intent.DefaultNamespace},
		})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "---\n%s", text)
	}
	return objects.Decode("objects.yaml", []byte(all.String()), objects.Options{})
}

// decide is one pass of the speaker.
func decide(t *testing.T, objs intent.Objects) (announce.State, []intent.Problem, string) {
	t.Helper()
	want, problems := intent.Parse(objs, intent.Options{}, nil)
	fit, unfit := speaker.Sift(want)
	if len(unfit) > 0 {
		t.Errorf("what intent took does not fit FRR: %v", unfit)
	}
	decided := announce.Decide(fit, "node-a")
	text, err := frrconfig.Render(decided.BGP, frrconfig.Options{RawConfig: fit.RawConfig})
	if err != nil {
		t.Fatal(err)
	}
	return decided, problems, string(text)
}

// set changes a value somewhere in an object; nil removes it. "[0]" is the first
// element of a list, which is there or is made.
func set(in map[string]any, path []string, value any) {
	if len(path) == 1 {
		if value == nil {
			delete(in, path[0])
			return
		}
		in[path[0]] = value
		return
	}
	if !strings.HasPrefix(path[1], "[") {
		next, is := in[path[0]].(map[string]any)
		if !is {
			next = map[string]any{}
			in[path[0]] = next
		}
		set(next, path[1:], value)
		return
	}
	index, err := strconv.Atoi(strings.Trim(path[1], "[]"))
	list, _ := in[path[0]].([]any)
	if err != nil || index > len(list) {
		panic("no such element: " + strings.Join(path, "."))
	}
	if index == len(list) {
		list = append(list, map[string]any{})
		in[path[0]] = list
	}
	element, is := list[index].(map[string]any)
	if !is {
		panic("no structure: " + strings.Join(path, "."))
	}
	set(element, path[2:], value)
}
