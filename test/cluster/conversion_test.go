package cluster_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/test/cluster"
)

// newPeer has every field that only v1beta2 had in MetalLB, in two objects, for they exclude each other.
var newPeers = map[string]string{
	"numbered": `{"myASN":64512,"peerASN":64513,"localASN":64600,"peerAddress":"192.0.2.1","peerPort":1179,"connectTime":"10s",
		"nodeSelectors":[{"matchExpressions":[{"key":"rack","operator":"Exists"}]}],
		"passwordSecret":{"name":"tor","namespace":"elsewhere"},"enableGracefulRestart":true,"vrf":"red","disableMP":true,"dualStackAddressFamily":true}`,
	"unnumbered": `{"myASN":64512,"dynamicASN":"external","interface":"eth1","peerPort":179,"disableMP":false,"dualStackAddressFamily":false}`,
}

// Whatever a client does to a peer through v1beta1, what it did not mean to change is still there.
func TestNothingIsLostThroughV1beta1(t *testing.T) {
	ns := namespace(t, shared)
	for name, spec := range newPeers {
		for _, tt := range []struct {
			name  string
			write func(t *testing.T, peer string)
		}{
			{"a label is set", func(t *testing.T, peer string) {
				kubectl(t, shared, "", "label", v1beta1Peers, peer, "-n", ns, "rack=b")
			}},
			{"a field is patched", func(t *testing.T, peer string) {
				kubectl(t, shared, "", "patch", v1beta1Peers, peer, "-n", ns, "--type=merge", "-p", `{"spec":{"bfdProfile":"fast"}}`)
			}},
			{"the whole object is replaced by what was read", func(t *testing.T, peer string) {
				read := kubectl(t, shared, "", "get", v1beta1Peers, peer, "-n", ns, "-o", "json")
				kubectl(t, shared, strings.Replace(read, `"spec": {`, `"spec": {"bfdProfile": "fast",`, 1), "replace", "-f", "-")
			}},
			{"a field is applied by the server", func(t *testing.T, peer string) {
				kubectl(t, shared, peerObject("v1beta1", ns, peer, `{"myASN":64512,"bfdProfile":"fast"}`), "apply", "--server-side", "-f", "-")
			}},
		} {
			t.Run(name+": "+tt.name, func(t *testing.T) {
				peer := objectName(name + "-" + tt.name)
				kubectl(t, shared, peerObject("v1beta2", ns, peer, spec), "create", "-f", "-")
				tt.write(t, peer)
				got := specOf(t, shared, v1beta2Peers, ns, peer)
				delete(got, "bfdProfile")
				if diff := cmp.Diff(parse(t, spec), got); diff != "" {
					t.Errorf("spec in v1beta2 (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(got, withoutProfile(specOf(t, shared, v1beta1Peers, ns, peer))); diff != "" {
					t.Errorf("the two versions differ (-v1beta2 +v1beta1):\n%s", diff)
				}
			})
		}
	}
}

// A client that was built with MetalLB's v1beta1 has no place for newer fields and
// sends the object back without them. Refusing that is better than the loss.
func TestOldClientsCannotDropNewFields(t *testing.T) {
	ns := namespace(t, shared)
	const old = `"myASN":64512,"peerASN":64513,"peerAddress":"192.0.2.1"`
	const want = "this update through v1beta1 would remove what only v1beta2 has " +
		"(dynamicASN, localASN, interface, connectTime, vrf, passwordSecret, enableGracefulRestart, dualStackAddressFamily): use metallb.io/v1beta2"
	for field, value := range map[string]string{
		"localASN": `64600`, "connectTime": `"10s"`, "vrf": `"red"`, "passwordSecret": `{"name":"tor"}`,
		"enableGracefulRestart": `true`, "dualStackAddressFamily": `true`,
	} {
		t.Run(field, func(t *testing.T) {
			peer := strings.ToLower(field)
			kubectl(t, shared, peerObject("v1beta2", ns, peer, "{"+old+`,"`+field+`":`+value+"}"), "create", "-f", "-")
			out, ok := says(t, shared, peerObject("v1beta1", ns, peer, "{"+old+"}"), "replace", "-f", "-")
			if ok || !strings.Contains(out, want) {
				t.Errorf("replaced: %t, kubectl says:\n%s\nwant in it:\n%s", ok, out, want)
			}
			if got := specOf(t, shared, v1beta2Peers, ns, peer); got[field] == nil {
				t.Errorf("%s is gone", field)
			}
		})
	}
	t.Run("what is not set may be left out", func(t *testing.T) {
		spec := "{" + old + `,"vrf":"","passwordSecret":{},"enableGracefulRestart":false,"dualStackAddressFamily":false}`
		kubectl(t, shared, peerObject("v1beta2", ns, "unset", spec), "create", "-f", "-")
		kubectl(t, shared, peerObject("v1beta1", ns, "unset", "{"+old+"}"), "replace", "-f", "-")
	})
	t.Run("v1beta2 may remove what it likes", func(t *testing.T) {
		kubectl(t, shared, peerObject("v1beta2", ns, "free", "{"+old+`,"vrf":"red","localASN":64600}`), "create", "-f", "-")
		kubectl(t, shared, peerObject("v1beta2", ns, "free", "{"+old+"}"), "replace", "-f", "-")
	})
}

// What v1beta1 objects mean in v1beta2, which is what speakers read.
func TestOldPeersInTheNewVersion(t *testing.T) {
	ns := namespace(t, shared)
	const defaults = `"disableMP":false,"dualStackAddressFamily":false`
	for _, tt := range []struct{ name, spec, want string }{
		{
			name: "omitted timers stay omitted, and the port has its default",
			spec: `{"myASN":64512,"peerASN":64513,"peerAddress":"192.0.2.1"}`,
			want: `{"myASN":64512,"peerASN":64513,"peerAddress":"192.0.2.1","peerPort":179,` + defaults + `}`,
		},
		{
			name: "a hold time of 0s stays 0s, and port 0 stays what v1beta1 calls the default",
			spec: `{"myASN":64512,"peerASN":64513,"peerAddress":"192.0.2.1","holdTime":"0s","keepaliveTime":"0s","peerPort":0}`,
			want: `{"myASN":64512,"peerASN":64513,"peerAddress":"192.0.2.1","holdTime":"0s","keepaliveTime":"0s","peerPort":0,` + defaults + `}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			peer := objectName(tt.name)
			out, ok := says(t, shared, peerObject("v1beta1", ns, peer, tt.spec), "create", "-f", "-")
			const warning = "Warning: metallb.io/v1beta1 BGPPeer is deprecated; use metallb.io/v1beta2 BGPPeer"
			const ours = "Warning: v1beta1 is deprecated, please use v1beta2"
			if !ok || !strings.Contains(out, ours) {
				t.Errorf("created: %t, kubectl says:\n%s\nwant in it:\n%s", ok, out, ours)
			}
			if strings.Contains(out, warning) {
				t.Errorf("kubectl says:\n%s", out)
			}
			if diff := cmp.Diff(parse(t, tt.want), specOf(t, shared, v1beta2Peers, ns, peer)); diff != "" {
				t.Errorf("spec in v1beta2 (-want +got):\n%s", diff)
			}
			// Such an object is not stuck: what is wrong in v1beta2 alone may stay as it is.
			kubectl(t, shared, "", "patch", v1beta2Peers, peer, "-n", ns, "--type=merge", "-p", `{"spec":{"bfdProfile":"fast"}}`)
		})
	}
}

const (
	v1beta1Peers = "bgppeers.v1beta1.metallb.io"
	v1beta2Peers = "bgppeers.v1beta2.metallb.io"
)

func peerObject(version, ns, name, spec string) string {
	return fmt.Sprintf(`{"apiVersion":"metallb.io/%s","kind":"BGPPeer","metadata":{"name":%q,"namespace":%q},"spec":%s}`, version, name, ns, spec)
}

// objectName makes the name of an object of a sentence.
func objectName(sentence string) string {
	words := strings.FieldsFunc(strings.ToLower(sentence), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(words, "-")
}

func specOf(t *testing.T, c *cluster.Cluster, resource, ns, name string) map[string]any {
	t.Helper()
	spec, ok := parse(t, kubectl(t, c, "", "get", resource, name, "-n", ns, "-o", "json"))["spec"].(map[string]any)
	if !ok {
		t.Fatalf("%s %s has no spec", resource, name)
	}
	return spec
}

func withoutProfile(spec map[string]any) map[string]any {
	spec = maps.Clone(spec)
	delete(spec, "bfdProfile")
	return spec
}

func parse(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out
}
