package cluster_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// What the API server refuses, and the words in which it says so.
func TestBadObjectsAreRefusedWithAReason(t *testing.T) {
	ns := namespace(t, shared)
	for _, tt := range []struct {
		name    string
		version string // default v1beta1
		kind    string
		spec    string
		want    string // a line that kubectl prints
	}{
		{
			name: "a pool without addresses", kind: "IPAddressPool", spec: `{autoAssign: true}`,
			want: `spec.addresses: Required value`,
		},
		{
			name: "a pool with an empty list of addresses", kind: "IPAddressPool", spec: `{addresses: []}`,
			want: `spec.addresses: Invalid value: spec.addresses in body should have at least 1 items`,
		},
		{
			name: "a field that no pool has", kind: "IPAddressPool", spec: `{addresses: [192.0.2.0/24], autoAsign: false}`,
			want: `unknown field "spec.autoAsign"`,
		},
		{
			name: "an advertisement of no bits", kind: "BGPAdvertisement", spec: `{aggregationLength: 0}`,
			want: `spec.aggregationLength in body should be greater than or equal to 1`,
		},
		{
			name: "an IPv4 advertisement of more than 32 bits", kind: "BGPAdvertisement", spec: `{aggregationLength: 33}`,
			want: `spec.aggregationLength in body should be less than or equal to 32`,
		},
		{
			name: "an IPv6 advertisement of more than 128 bits", kind: "BGPAdvertisement", spec: `{aggregationLengthV6: 129}`,
			want: `spec.aggregationLengthV6 in body should be less than or equal to 128`,
		},
		{
			name: "an aggregate of selected services", kind: "BGPAdvertisement",
			spec: `{aggregationLength: 24, serviceSelectors: [{matchLabels: {a: b}}]}`,
			want: `spec: Invalid value: serviceSelectors work only with the default aggregation lengths, 32 and 128`,
		},
		{
			name: "an IPv6 aggregate of selected services", kind: "BGPAdvertisement",
			spec: `{aggregationLengthV6: 64, serviceSelectors: [{}]}`,
			want: `spec: Invalid value: serviceSelectors work only with the default aggregation lengths, 32 and 128`,
		},
		{
			name: "a local preference below zero", kind: "BGPAdvertisement", spec: `{localPref: -1}`,
			want: `spec.localPref in body should be greater than or equal to 0`,
		},
		{
			name: "a local preference above 32 bits", kind: "BGPAdvertisement", spec: `{localPref: 4294967296}`,
			want: `spec.localPref in body should be less than or equal to 4294967295`,
		},
		{
			name: "a preference without weight", kind: "L2Advertisement", spec: `{preferredNodeSelectors: [{preference: {}}]}`,
			want: `spec.preferredNodeSelectors[0].weight: Required value`,
		},
		{
			name: "a preference without selector", kind: "L2Advertisement", spec: `{preferredNodeSelectors: [{weight: 1}]}`,
			want: `spec.preferredNodeSelectors[0].preference: Required value`,
		},
		{
			name: "a weight of zero", kind: "L2Advertisement", spec: `{preferredNodeSelectors: [{weight: 0, preference: {}}]}`,
			want: `spec.preferredNodeSelectors[0].weight in body should be greater than or equal to 1`,
		},
		{
			name: "a weight above 100", kind: "L2Advertisement", spec: `{preferredNodeSelectors: [{weight: 101, preference: {}}]}`,
			want: `spec.preferredNodeSelectors[0].weight in body should be less than or equal to 100`,
		},
		{
			name: "BFD faster than FRR can", kind: "BFDProfile", spec: `{receiveInterval: 9}`,
			want: `spec.receiveInterval in body should be greater than or equal to 10`,
		},
		{
			name: "BFD slower than FRR can", kind: "BFDProfile", spec: `{transmitInterval: 60001}`,
			want: `spec.transmitInterval in body should be less than or equal to 60000`,
		},
		{
			name: "BFD that gives up after one packet", kind: "BFDProfile", spec: `{detectMultiplier: 1}`,
			want: `spec.detectMultiplier in body should be greater than or equal to 2`,
		},
		{
			name: "an echo interval below the least", kind: "BFDProfile", spec: `{echoInterval: 9}`,
			want: `spec.echoInterval in body should be greater than or equal to 10`,
		},
		{
			name: "a TTL of a direct neighbor", kind: "BFDProfile", spec: `{minimumTtl: 255}`,
			want: `spec.minimumTtl in body should be less than or equal to 254`,
		},
		{
			name: "a peer without an AS for the nodes", version: "v1beta2", kind: "BGPPeer", spec: `{peerASN: 1, peerAddress: 192.0.2.1}`,
			want: `spec.myASN: Required value`,
		},
		{
			name: "a peer with AS 0 for the nodes", version: "v1beta2", kind: "BGPPeer", spec: `{myASN: 0, peerASN: 1, peerAddress: 192.0.2.1}`,
			want: `spec.myASN: Invalid value: set myASN to the AS number of the nodes`,
		},
		{
			name: "an AS above 32 bits", version: "v1beta2", kind: "BGPPeer", spec: `{myASN: 4294967296, peerASN: 1, peerAddress: 192.0.2.1}`,
			want: `spec.myASN in body should be less than or equal to 4294967295`,
		},
		{
			name: "a peer without an AS", version: "v1beta2", kind: "BGPPeer", spec: `{myASN: 64512, peerAddress: 192.0.2.1}`,
			want: `spec: Invalid value: set either peerASN or dynamicASN`,
		},
		{
			name: "a peer with two kinds of AS", version: "v1beta2", kind: "BGPPeer",
			spec: `{myASN: 64512, peerASN: 1, dynamicASN: external, peerAddress: 192.0.2.1}`,
			want: `spec: Invalid value: set either peerASN or dynamicASN`,
		},
		{
			name: "an unknown kind of AS", version: "v1beta2", kind: "BGPPeer", spec: `{myASN: 64512, dynamicASN: any, peerAddress: 192.0.2.1}`,
			want: `spec.dynamicASN: Unsupported value: "any": supported values: "internal", "external"`,
		},
		{
			name: "a peer nowhere", version: "v1beta2", kind: "BGPPeer", spec: `{myASN: 64512, peerASN: 1}`,
			want: `spec: Invalid value: set either peerAddress or interface`,
		},
		{
			name: "a peer in two places", version: "v1beta2", kind: "BGPPeer", spec: `{myASN: 64512, peerASN: 1, peerAddress: 192.0.2.1, interface: eth0}`,
			want: `spec: Invalid value: set either peerAddress or interface`,
		},
		{
			name: "a peer whose address is a name", version: "v1beta2", kind: "BGPPeer", spec: `{myASN: 64512, peerASN: 1, peerAddress: tor-a}`,
			want: `spec.peerAddress: Invalid value: peerAddress must be an IPv4 or IPv6 address`,
		},
		{
			name: "a source that is no address", version: "v1beta2", kind: "BGPPeer",
			spec: `{myASN: 64512, peerASN: 1, peerAddress: 192.0.2.1, sourceAddress: 192.0.2.256}`,
			want: `spec.sourceAddress: Invalid value: sourceAddress must be an IPv4 or IPv6 address`,
		},
		{
			name: "port 0", version: "v1beta2", kind: "BGPPeer", spec: `{myASN: 64512, peerASN: 1, peerAddress: 192.0.2.1, peerPort: 0}`,
			want: `spec.peerPort in body should be greater than or equal to 1`,
		},
		{
			name: "a port above those that MetalLB allows", version: "v1beta2", kind: "BGPPeer",
			spec: `{myASN: 64512, peerASN: 1, peerAddress: 192.0.2.1, peerPort: 16385}`,
			want: `spec.peerPort in body should be less than or equal to 16384`,
		},
		{
			name: "local AS 0", version: "v1beta2", kind: "BGPPeer", spec: `{myASN: 64512, peerASN: 1, peerAddress: 192.0.2.1, localASN: 0}`,
			want: `spec.localASN in body should be greater than or equal to 1`,
		},
		{
			name: "half a second to connect", version: "v1beta2", kind: "BGPPeer",
			spec: `{myASN: 64512, peerASN: 1, peerAddress: 192.0.2.1, connectTime: 500ms}`,
			want: `spec.connectTime: Invalid value: connectTime must be between 1s and 65535s`,
		},
		{
			name: "a day to connect", version: "v1beta2", kind: "BGPPeer",
			spec: `{myASN: 64512, peerASN: 1, peerAddress: 192.0.2.1, connectTime: 24h}`,
			want: `spec.connectTime: Invalid value: connectTime must be between 1s and 65535s`,
		},
		{
			name: "a fraction of a second to connect", version: "v1beta2", kind: "BGPPeer",
			spec: `{myASN: 64512, peerASN: 1, peerAddress: 192.0.2.1, connectTime: 1500ms}`,
			want: `spec.connectTime: Invalid value: connectTime must be a whole number of seconds`,
		},
		{
			name: "two passwords", version: "v1beta2", kind: "BGPPeer",
			spec: `{myASN: 64512, peerASN: 1, peerAddress: 192.0.2.1, password: x, passwordSecret: {name: tor}}`,
			want: `spec: Invalid value: set either password or passwordSecret`,
		},
		{
			name: "hops to an internal peer", version: "v1beta2", kind: "BGPPeer",
			spec: `{myASN: 64512, peerASN: 64512, peerAddress: 192.0.2.1, ebgpMultiHop: true}`,
			want: `spec: Invalid value: remove ebgpMultiHop: internal sessions, with peerASN equal to myASN, may cross hops anyway`,
		},
		{
			name: "an old peer without an AS", kind: "BGPPeer", spec: `{myASN: 64512, peerAddress: 192.0.2.1}`,
			want: `spec: Invalid value: set either peerASN or dynamicASN`,
		},
		{
			name: "an old peer without an address", kind: "BGPPeer", spec: `{myASN: 64512, peerASN: 1}`,
			want: `spec: Invalid value: set either peerAddress or interface`,
		},
		{
			name: "an old peer with a port above those allowed", kind: "BGPPeer", spec: `{myASN: 64512, peerASN: 1, peerAddress: 192.0.2.1, peerPort: 16385}`,
			want: `spec.peerPort in body should be less than or equal to 16384`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			version := tt.version
			if version == "" {
				version = "v1beta1"
			}
			object := fmt.Sprintf("apiVersion: metallb.io/%s\nkind: %s\nmetadata: {name: x, namespace: %s}\nspec: %s\n", version, tt.kind, ns, tt.spec)
			out, ok := says(t, shared, object, "apply", "-f", "-")
			if ok {
				t.Fatalf("accepted:\n%s", object)
			}
			if !strings.Contains(withoutValues(out), tt.want) {
				t.Errorf("kubectl says:\n%s\nwithout values:\n%s\nwant in it:\n%s", out, withoutValues(out), tt.want)
			}
		})
	}
}

// A field that must stay as it is: the message says what to do instead.
func TestFieldsThatCannotChange(t *testing.T) {
	ns := namespace(t, shared)
	for _, version := range []string{"v1beta1", "v1beta2"} {
		t.Run("graceful restart through "+version, func(t *testing.T) {
			object := func(value bool) string {
				return fmt.Sprintf("apiVersion: metallb.io/%s\nkind: BGPPeer\nmetadata: {name: %s, namespace: %s}\n"+
					"spec: {myASN: 64512, peerASN: 1, peerAddress: 192.0.2.1, enableGracefulRestart: %t}\n", version, version, ns, value)
			}
			kubectl(t, shared, object(true), "apply", "-f", "-")
			out, ok := says(t, shared, object(false), "apply", "-f", "-")
			const want = "spec.enableGracefulRestart: Invalid value: enableGracefulRestart cannot be changed after creation: delete the BGPPeer and create it again"
			if ok || !strings.Contains(withoutValues(out), want) {
				t.Errorf("changing it: %t, kubectl says:\n%s\nwant in it:\n%s", ok, out, want)
			}
		})
	}
	for _, kind := range []string{"ServiceL2Status", "ServiceBGPStatus"} {
		for _, field := range []string{"node", "serviceName", "serviceNamespace"} {
			t.Run(kind+" "+field, func(t *testing.T) {
				name := strings.ToLower(kind + "-" + field)
				object := fmt.Sprintf("apiVersion: metallb.io/v1beta1\nkind: %s\nmetadata: {name: %s, namespace: %s}\n", kind, name, ns)
				kubectl(t, shared, object, "apply", "-f", "-")
				patch := func(value string) []string {
					return []string{"patch", kind, name, "-n", ns, "--subresource=status", "--type=merge", "-p", fmt.Sprintf(`{"status":{%q:%q}}`, field, value)}
				}
				kubectl(t, shared, "", patch("a")...)
				out, ok := says(t, shared, "", patch("b")...)
				want := "status." + field + ": Invalid value: " + field + " cannot be changed"
				if ok || !strings.Contains(withoutValues(out), want) {
					t.Errorf("changing it: %t, kubectl says:\n%s\nwant in it:\n%s", ok, out, want)
				}
			})
		}
	}
}

// withoutValues takes out of kubectl's words the value that it quotes, which may
// be a whole object: `spec: Invalid value: {…}: message` becomes `spec: Invalid value: message`.
func withoutValues(said string) string {
	return quotedValue.ReplaceAllString(said, "$1")
}

var quotedValue = regexp.MustCompile(`(Invalid value: )(?:"(?:[^"\\]|\\.)*"|\{.*?\}|[-0-9]+|true|false): `)
