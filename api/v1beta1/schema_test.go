package v1beta1_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "sigs.k8s.io/json"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
)

// Every field of every kind, under the name that it has in MetalLB.
func TestFieldsHaveTheNamesOfMetalLB(t *testing.T) {
	const selectors = `[{"matchLabels":{"a":"b"},"matchExpressions":[{"key":"a","operator":"In","values":["b"]}]}]`
	const peer = `{"myASN":4294967295,"peerASN":4294967295,"dynamicASN":"internal","localASN":4294967295,"peerAddress":"192.0.2.1",
		"interface":"eth0","sourceAddress":"192.0.2.9","peerPort":1179,"holdTime":"1m30s","keepaliveTime":"30s","connectTime":"10s","routerID":"192.0.2.9",
		"nodeSelectors":` + selectors + `,"password":"p","passwordSecret":{"name":"s","namespace":"n"},"bfdProfile":"b","enableGracefulRestart":true,
		"ebgpMultiHop":true,"vrf":"red","disableMP":true,"dualStackAddressFamily":true}`
	for _, test := range []struct{ version, kind, spec, status string }{
		{
			version: "v1beta1", kind: "IPAddressPool", spec: `{"addresses":["198.51.100.0/24"],"autoAssign":false,"avoidBuggyIPs":true,
			"serviceAllocation":{"priority":5,"namespaces":["a"],"namespaceSelectors":` + selectors + `,"serviceSelectors":` + selectors + `}}`,
			status: `{"assignedIPv4":1,"assignedIPv6":2,"availableIPv4":3,"availableIPv6":4}`,
		},
		{version: "v1beta1", kind: "BGPAdvertisement", spec: `{"aggregationLength":24,"aggregationLengthV6":64,"localPref":4294967295,"communities":["a"],
			"ipAddressPools":["p"],"ipAddressPoolSelectors":` + selectors + `,"nodeSelectors":` + selectors + `,"peers":["tor"],"serviceSelectors":` + selectors + `}`},
		{version: "v1beta1", kind: "L2Advertisement", spec: `{"ipAddressPools":["p"],"ipAddressPoolSelectors":` + selectors + `,"nodeSelectors":` + selectors + `,
			"interfaces":["eth0"],"serviceSelectors":` + selectors + `,"preferredNodeSelectors":[{"weight":100,"preference":{"matchLabels":{"a":"b"}}}]}`},
		{version: "v1beta1", kind: "BFDProfile", spec: `{"receiveInterval":300,"transmitInterval":300,"detectMultiplier":3,"echoInterval":50,
			"echoMode":true,"passiveMode":true,"minimumTtl":254}`},
		{version: "v1beta1", kind: "Community", spec: `{"communities":[{"name":"a","value":"large:1:2:3"}]}`},
		{version: "v1beta1", kind: "BGPPeer", spec: peer},
		{version: "v1beta2", kind: "BGPPeer", spec: peer},
		{version: "v1beta1", kind: "ServiceL2Status", status: `{"node":"n","serviceName":"s","serviceNamespace":"default","interfaces":[{"name":"eth0"}]}`},
		{version: "v1beta1", kind: "ServiceBGPStatus", status: `{"node":"n","serviceName":"s","serviceNamespace":"default","peers":["tor"]}`},
		{version: "v1beta1", kind: "ConfigurationState", status: `{"result":"Invalid","errorSummary":"e","conditions":[{"type":"t","status":"False",
			"observedGeneration":1,"lastTransitionTime":"2026-01-01T00:00:00Z","reason":"r","message":"m"}]}`},
	} {
		t.Run(test.version+" "+test.kind, func(t *testing.T) {
			scheme := runtime.NewScheme()
			for _, add := range []func(*runtime.Scheme) error{v1beta1.AddToScheme, v1beta2.AddToScheme} {
				if err := add(scheme); err != nil {
					t.Fatal(err)
				}
			}
			gvk := schema.GroupVersionKind{Group: "metallb.io", Version: test.version, Kind: test.kind}
			if list := gvk.GroupVersion().WithKind(test.kind + "List"); !scheme.Recognizes(list) {
				t.Errorf("%v is not registered", list)
			}
			o, err := scheme.New(gvk)
			if err != nil {
				t.Fatal(err)
			}
			text := `{"apiVersion":"metallb.io/` + test.version + `","kind":"` + test.kind + `","metadata":{"name":"x","namespace":"metallb-system"}`
			for part, value := range map[string]string{"spec": test.spec, "status": test.status} {
				if value != "" {
					text += `,"` + part + `":` + value
				}
			}
			text += "}"
			strict, err := kjson.UnmarshalStrict([]byte(text), o)
			if err != nil || len(strict) > 0 {
				t.Fatalf("decoding: %v, %v", err, strict)
			}
			again, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			want, got := tree(t, []byte(text)), tree(t, again)
			for _, part := range []string{"spec", "status"} {
				if _, ok := want[part]; ok {
					if diff := cmp.Diff(want[part], got[part]); diff != "" {
						t.Errorf("%s after decoding and encoding (-want +got):\n%s", part, diff)
					}
				}
			}
		})
	}
}

func tree(t *testing.T, raw []byte) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
