package cluster_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"frr-speaker/test/cluster"
	"frr-speaker/test/cluster/clustertest"
)

// On a cluster that MetalLB was installed on, in whatever way, our definitions are
// applied over its own, in whatever way. Every object is still there afterwards,
// those that were stored in the old version too, and none needs a webhook.
func TestDefinitionsAreAppliedOverThoseOfMetalLB(t *testing.T) {
	installs := map[string][]string{
		"kubectl apply":               {"apply", "-f"},
		"kubectl create":              {"create", "-f"},
		"kubectl apply --server-side": {"apply", "--server-side", "--field-manager=helm", "-f"},
	}
	updates := map[string]func(t *testing.T, c *cluster.Cluster){
		"kubectl apply": func(t *testing.T, c *cluster.Cluster) {
			if out, ok := says(t, c, "", "apply", "-k", crds); !ok {
				t.Fatalf("kubectl says:\n%s", out)
			}
		},
		"kubectl apply --server-side": applyServerSide,
	}
	for installed, install := range installs {
		for updated, update := range updates {
			t.Run(updated+" over "+installed, func(t *testing.T) {
				t.Parallel()
				c := clustertest.New(t, cluster.Options{})
				before := installMetalLB(t, c, install)
				update(t, c)
				if err := awaitCRDs(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(before, everySpec(t, c)); diff != "" {
					t.Errorf("objects after the update (-before +after):\n%s", diff)
				}
				for _, want := range []struct{ path, value string }{
					{"{.spec.conversion.strategy}", "None"},
					{"{.spec.conversion.webhook}", ""},
					{"{.spec.versions[?(@.storage==true)].name}", "v1beta2"},
				} {
					if got := kubectl(t, c, "", "get", "crd", "bgppeers.metallb.io", "-o", "jsonpath="+want.path); got != want.value {
						t.Errorf("%s is %q, want %q", want.path, got, want.value)
					}
				}
				// And what was stored in the old version can be written.
				kubectl(t, c, "", "label", v1beta2Peers, "--all", "-n", "metallb-system", "seen=yes")
				kubectl(t, c, "", "label", v1beta1Peers, "--all", "-n", "metallb-system", "seen=again", "--overwrite")
			})
		}
	}
}

// applyServerSide needs a step before: what others own is not removed by an apply on
// the server. Without it the API server refuses the one definition, and says why.
func applyServerSide(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	apply := []string{"apply", "--server-side", "--force-conflicts", "-k", crds}
	const want = "spec.conversion.webhookClientConfig: Forbidden: should not be set when strategy is not set to Webhook"
	if out, ok := says(t, c, "", apply...); ok || !strings.Contains(out, want) {
		t.Errorf("over a webhook: %t, kubectl says:\n%s\nwant in it:\n%s", ok, out, want)
	}
	kubectl(t, c, "", "patch", "crd", "bgppeers.metallb.io", "--type=merge", "-p", `{"spec":{"conversion":{"strategy":"None","webhook":null}}}`)
	if out, ok := says(t, c, "", apply...); !ok {
		t.Fatalf("kubectl says:\n%s", out)
	}
}

// installMetalLB installs definitions as MetalLB has them, with objects in both
// versions of BGPPeer, and returns the specs of those by version and name.
func installMetalLB(t *testing.T, c *cluster.Cluster, how []string) map[string]any {
	t.Helper()
	dir := t.TempDir()
	write := func(change func(crd map[string]any)) {
		t.Helper()
		for name, text := range metallbDefinitions(t, change) {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	// First as it was before v1beta2 was stored, so that there is an object that is stored as v1beta1.
	write(func(crd map[string]any) { storeInV1beta1(crd) })
	kubectl(t, c, "", append(how, dir)...)
	if err := awaitCRDs(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	kubectl(t, c, "", "create", "namespace", "metallb-system")
	kubectl(t, c, peerObject("v1beta1", "metallb-system", "stored-old",
		`{"myASN":64512,"peerASN":64513,"peerAddress":"192.0.2.3","holdTime":"90s"}`), "create", "-f", "-")
	// Then as it is, with the conversion webhook of its controller, which is not there.
	write(func(crd map[string]any) { convertByWebhook(crd) })
	if how[0] == "create" {
		how = []string{"replace", "-f"}
	}
	kubectl(t, c, "", append(how, dir)...)
	ca, err := os.ReadFile(filepath.Join(c.Dir(), "pki", "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	kubectl(t, c, "", "patch", "crd", "bgppeers.metallb.io", "--type=merge", "--field-manager=cert-rotator", "-p",
		fmt.Sprintf(`{"spec":{"conversion":{"webhook":{"clientConfig":{"caBundle":%q}}}}}`, base64.StdEncoding.EncodeToString(ca)))
	for _, file := range []string{"pools.yaml", "advertisements.yaml", "profiles.yaml"} {
		kubectl(t, c, "", "apply", "-f", "testdata/samples/"+file)
	}
	for name, spec := range newPeers {
		kubectl(t, c, peerObject("v1beta2", "metallb-system", name, spec), "create", "-f", "-")
	}
	want := map[string]any{}
	for name, spec := range newPeers {
		want["BGPPeer "+name] = parse(t, spec)
	}
	// The defaults of v1beta2 come when it is written next; speakers have the same.
	want["BGPPeer stored-old"] = parse(t, `{"myASN":64512,"peerASN":64513,"peerAddress":"192.0.2.3","holdTime":"90s"}`)
	for _, kind := range []string{"IPAddressPool", "BGPAdvertisement", "L2Advertisement", "BFDProfile", "Community"} {
		addSpecs(t, c, want, kind)
	}
	return want
}

// everySpec reads the specs of all objects, peers in v1beta2.
func everySpec(t *testing.T, c *cluster.Cluster) map[string]any {
	t.Helper()
	specs := map[string]any{}
	for _, kind := range []string{"IPAddressPool", "BGPAdvertisement", "L2Advertisement", "BFDProfile", "Community", "BGPPeer"} {
		addSpecs(t, c, specs, kind)
	}
	return specs
}

func addSpecs(t *testing.T, c *cluster.Cluster, specs map[string]any, kind string) {
	t.Helper()
	resource := kind
	if kind == "BGPPeer" {
		resource = v1beta2Peers
	}
	items, ok := parse(t, kubectl(t, c, "", "get", resource, "-n", "metallb-system", "-o", "json"))["items"].([]any)
	if !ok || len(items) == 0 {
		t.Fatalf("there is no %s", kind)
	}
	for _, item := range items {
		object, _ := item.(map[string]any)
		metadata, _ := object["metadata"].(map[string]any)
		specs[fmt.Sprintf("%s %v", kind, metadata["name"])] = object["spec"]
	}
}

// metallbDefinitions are our definitions without what MetalLB's do not have, by file.
func metallbDefinitions(t *testing.T, change func(peers map[string]any)) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(crds + "/metallb.io_*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("definitions: %v, %v", files, err)
	}
	out := map[string][]byte{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_bgppeers.yaml") {
			var crd map[string]any
			if err := yaml.Unmarshal(text, &crd); err != nil {
				t.Fatal(err)
			}
			change(crd)
			if text, err = yaml.Marshal(crd); err != nil {
				t.Fatal(err)
			}
		}
		out[filepath.Base(file)] = bytes.Replace(text, []byte("v0.20.1"), []byte("v0.19.0"), 1)
	}
	return out
}

// v1beta1Fields are all that MetalLB's v1beta1 has.
var v1beta1Fields = map[string]bool{
	"myASN": true, "peerASN": true, "peerAddress": true, "sourceAddress": true, "peerPort": true, "holdTime": true, "keepaliveTime": true,
	"routerID": true, "nodeSelectors": true, "password": true, "bfdProfile": true, "ebgpMultiHop": true,
}

// likeMetalLB takes from the definition of BGPPeer what is ours, and returns its versions.
func likeMetalLB(crd map[string]any) []any {
	spec, _ := crd["spec"].(map[string]any)
	delete(spec, "conversion")
	versions, _ := spec["versions"].([]any)
	for _, v := range versions {
		version, _ := v.(map[string]any)
		peerSpec := dig(version, "schema", "openAPIV3Schema", "properties", "spec")
		delete(peerSpec, "x-kubernetes-validations")
		if version["name"] != "v1beta1" {
			continue
		}
		peerSpec["required"] = []any{"myASN", "peerASN", "peerAddress"}
		fields := dig(peerSpec, "properties")
		for field := range fields {
			if !v1beta1Fields[field] {
				delete(fields, field)
			}
		}
	}
	return versions
}

// storeInV1beta1 makes the definition an old one: v1beta1 alone.
func storeInV1beta1(crd map[string]any) {
	versions := likeMetalLB(crd)
	for _, v := range versions {
		version, _ := v.(map[string]any)
		version["storage"] = version["name"] == "v1beta1"
	}
}

// convertByWebhook makes the definition that of today.
func convertByWebhook(crd map[string]any) {
	likeMetalLB(crd)
	dig(crd, "spec")["conversion"] = map[string]any{
		"strategy": "Webhook",
		"webhook": map[string]any{
			"clientConfig": map[string]any{
				"service": map[string]any{"name": "metallb-webhook-service", "namespace": "metallb-system", "path": "/convert"},
			},
			"conversionReviewVersions": []any{"v1beta1", "v1beta2"},
		},
	}
}

// dig follows keys through maps.
func dig(in map[string]any, keys ...string) map[string]any {
	for _, key := range keys {
		in, _ = in[key].(map[string]any)
	}
	return in
}
