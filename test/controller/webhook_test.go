package controller

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// judge starts a controller whose webhooks the API server asks. The names and the
// certificate are those of the manifest; the Service leads to this host.
func judge(t *testing.T, args ...string) *replica {
	t.Helper()
	clean(t)
	r := start(t, "judge", args...)
	text, err := os.ReadFile(manifests + "/controller/webhook.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, configuration, found := strings.Cut(string(text), "---\n")
	if !found {
		t.Fatal("webhook.yaml does not hold a Service and a configuration")
	}
	here := fmt.Sprintf("service: {port: %d, ", r.webhook)
	kubectl(t, "", "delete", "service", "metallb-webhook-service", "-n", own, "--ignore-not-found")
	kubectl(t, "apiVersion: v1\nkind: Service\nmetadata: {name: metallb-webhook-service, namespace: "+own+"}\nspec: {type: ExternalName, externalName: localhost}\n",
		"apply", "-f", "-")
	kubectl(t, strings.ReplaceAll(configuration, "service: {", here), "apply", "-f", "-")
	t.Cleanup(func() { dismiss(t) })
	eventually(t, 90*time.Second, func() string { // trusted, and the objects are read
		_, err := shared.Kubectl(t.Context(), pool("probe", "192.0.2.0/32"), "apply", "--dry-run=server", "-f", "-")
		if err != nil {
			return err.Error()
		}
		return ""
	})
	return r
}

// dismiss lets the API server ask no webhook any more, and waits until it does not:
// after that the controller may end, and what the test made be deleted.
func dismiss(t *testing.T) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // a cleanup comes after the test's own
	if _, err := shared.Kubectl(ctx, "", "delete", "validatingwebhookconfiguration", "metallb-webhook-configuration"); err != nil {
		t.Error(err)
		return
	}
	eventually(t, 20*time.Second, func() string {
		if _, err := shared.Kubectl(ctx, pool("bad", "none"), "apply", "--dry-run=server", "-f", "-"); err != nil {
			return err.Error()
		}
		return ""
	})
}

func object(kind, version, name, spec string) string {
	return fmt.Sprintf("apiVersion: metallb.io/%s\nkind: %s\nmetadata: {name: %s, namespace: %s}\nspec: %s\n---\n", version, kind, name, own, spec)
}

func peer(name, spec string) string { return object("BGPPeer", "v1beta2", name, spec) }

func bgp(name, spec string) string { return object("BGPAdvertisement", "v1beta1", name, spec) }

func TestWebhooksRefuseBadObjects(t *testing.T) {
	judge(t)
	t.Cleanup(func() { expectNothingForbidden(t) })
	kubectl(t, "apiVersion: v1\nkind: Node\nmetadata: {name: node-a, labels: {rack: one}}\n---\n"+
		"apiVersion: v1\nkind: Node\nmetadata: {name: node-b, labels: {rack: two}}\n", "apply", "-f", "-")
	kubectl(t, pool("gold", "198.51.100.0/24")+
		peer("tor-a", `{myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.1, nodeSelectors: [{matchLabels: {rack: one}}], bfdProfile: fast}`)+
		object("BFDProfile", "v1beta1", "fast", "{}")+
		object("Community", "v1beta1", "colors", `{communities: [{name: blue, value: "64512:1"}]}`)+
		bgp("all", `{localPref: 100}`), "apply", "-f", "-")
	eventually(t, 20*time.Second, func() string { // the webhooks have seen it
		_, err := shared.Kubectl(t.Context(), pool("clash", "198.51.100.0/32"), "apply", "--dry-run=server", "-f", "-")
		if err == nil {
			return "an overlap is let through"
		}
		return ""
	})
	for _, tt := range []struct{ name, text, want string }{
		{"pools do not overlap", pool("clash", "198.51.100.128/25"), "spec.addresses: 198.51.100.128/25 overlaps 198.51.100.0/24 of IPAddressPool gold; give every address to one pool only"},
		{"the entries of a pool do not overlap", pool("clash", "203.0.113.0/24", "203.0.113.9-203.0.113.10"), "spec.addresses[1]: 203.0.113.9/32 overlaps 203.0.113.0/24 of spec.addresses[0]; remove one of the two"},
		{"an entry of a pool is a CIDR or a range", pool("typo", "203.0.113.0/33"), `spec.addresses[0]: "203.0.113.0/33" is not a CIDR; write a CIDR such as`},
		{"an entry of a pool is no bare address", pool("typo", "203.0.113.1"), `is an address without a prefix length; write 203.0.113.1/32`},
		{"a range is of one family", pool("typo", "203.0.113.1-2001:db8::1"), `starts in one address family and ends in the other; write one range for each family`},
		{"an aggregation length is not longer than an address", bgp("long", "{aggregationLength: 33}"), "aggregationLength"},
		{"an aggregation length fits the pool", bgp("short", "{aggregationLength: 23}"), "spec.aggregationLength"},
		{"services are not selected together with aggregation", bgp("both", "{aggregationLength: 24, serviceSelectors: [{matchLabels: {a: b}}]}"), "erviceSelectors"},
		{"a community is two numbers of 16 bits", bgp("color", `{communities: ["64512:99999"]}`), "spec.communities[0]"},
		{"a community is listed once", bgp("color", `{communities: ["64512:1", "64512:1"]}`), `spec.communities[1]: "64512:1" is listed twice; remove one of the two`},
		{"one local preference for one route", bgp("preferred", "{localPref: 200}"), "spec.localPref: 200 differs from 100 of BGPAdvertisement metallb-system/all"},
		{"an alias is defined once", object("Community", "v1beta1", "more", `{communities: [{name: blue, value: "64512:2"}]}`), `"blue" is already defined by Community metallb-system/colors; rename or remove one of the two`},
		{"an alias has a value that is a community", object("Community", "v1beta1", "more", `{communities: [{name: red, value: "64512"}]}`), "spec.communities[0].value"},
		{"the address of a peer is an address", peer("typo", `{myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.500}`), "peerAddress must be an IPv4 or IPv6 address"},
		{"an address is dialed once from a node", peer("again", `{myASN: 64512, peerASN: 65002, peerAddress: 192.0.2.1}`), "192.0.2.1"},
		{"a hold time is 0 or at least 3 s", peer("hasty", `{myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.9, holdTime: 1s}`), "spec.holdTime"},
		{"a hold time fits 16 bits", peer("slow", `{myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.9, holdTime: 100000s}`), "spec.holdTime"},
		{"a name of a VRF is one word", peer("vrf", `{myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.9, vrf: "a b"}`), "spec.vrf"},
		{"a password fits one line", peer("secret", `{myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.9, password: "a\nb"}`), "spec.password"},
		{"one router ID for all peers of a node", peer("id", `{myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.9, routerID: "typo"}`), "spec.routerID"},
		{"selectors are not repeated", object("L2Advertisement", "v1beta1", "twice", `{nodeSelectors: [{matchLabels: {a: b}}, {matchLabels: {a: b}}]}`), "spec.nodeSelectors[1]: repeats spec.nodeSelectors[0]"},
	} {
		t.Run(tt.name, func(t *testing.T) { expectRefusal(t, tt.want, tt.text, "create", "-f", "-") })
	}
	for _, kind := range []struct{ kind, version, spec string }{
		{"IPAddressPool", "v1beta1", `{addresses: ["203.0.113.0/24"]}`},
		{"BGPPeer", "v1beta2", "{myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.9}"},
		{"BGPAdvertisement", "v1beta1", "{}"},
		{"L2Advertisement", "v1beta1", "{}"},
		{"Community", "v1beta1", "{}"},
		{"BFDProfile", "v1beta1", "{}"},
	} {
		t.Run(kind.kind+" is created where speakers read it", func(t *testing.T) {
			text := strings.ReplaceAll(object(kind.kind, kind.version, "elsewhere", kind.spec), own, "other")
			expectRefusal(t, `metadata.namespace: "other" is not where speakers read their objects; create it in namespace metallb-system`, text, "create", "-f", "-")
		})
	}
	t.Run("a BFD profile that a peer uses stays", func(t *testing.T) {
		expectRefusal(t, "BGPPeer tor-a uses it; set another spec.bfdProfile there, or none", "", "delete", "bfdprofile", "fast", "-n", own)
	})
	t.Run("a change is judged as well", func(t *testing.T) {
		expectRefusal(t, "spec.communities[0].value", object("Community", "v1beta1", "colors", `{communities: [{name: blue, value: "99999:1"}]}`), "apply", "-f", "-")
	})
}

func expectRefusal(t *testing.T, want, text string, args ...string) {
	t.Helper()
	out, err := shared.Kubectl(t.Context(), text, args...)
	if err == nil {
		t.Fatalf("let through: %s", out)
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("refused without saying %q:\n%v", want, err)
	}
}

func TestWebhooksLetThroughWhatSpeakersTake(t *testing.T) {
	judge(t)
	kubectl(t, "apiVersion: v1\nkind: Node\nmetadata: {name: node-a, labels: {rack: one}}\n---\n"+
		"apiVersion: v1\nkind: Node\nmetadata: {name: node-b, labels: {rack: two}}\n", "apply", "-f", "-")
	for _, tt := range []struct{ name, text string }{
		{"a peer before its profile and its Secret", peer("early", `{myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.1, bfdProfile: later, passwordSecret: {name: later}, nodeSelectors: [{matchLabels: {rack: one}}]}`)},
		{"the same address from other nodes", peer("other", `{myASN: 64512, peerASN: 65002, peerAddress: 192.0.2.1, nodeSelectors: [{matchLabels: {rack: two}}]}`)},
		{"an advertisement before its pool, its peer and its alias", bgp("early", `{ipAddressPools: [later], peers: [later], communities: [later]}`)},
		{"a peer of the old version", object("BGPPeer", "v1beta1", "old", `{myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.7}`)},
		{"an L2 advertisement", object("L2Advertisement", "v1beta1", "l2", `{interfaces: [eth0]}`)},
	} {
		t.Run(tt.name, func(t *testing.T) { kubectl(t, tt.text, "create", "-f", "-") })
	}
}

// TestMetalLBWeakness27DisableMPSkipsNoValidation: there, disableMP lets anything through,
// in any namespace.
func TestMetalLBWeakness27DisableMPSkipsNoValidation(t *testing.T) {
	judge(t)
	bad := peer("bad", `{myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.1, holdTime: 1s, disableMP: true}`)
	expectRefusal(t, "spec.holdTime", bad, "create", "-f", "-")
	expectRefusal(t, "metadata.namespace", strings.ReplaceAll(bad, own, "other"), "create", "-f", "-")
	cmd := shared.KubectlCommand(t.Context(), shared.Kubeconfig(), "create", "-f", "-")
	cmd.Stdin = strings.NewReader(strings.ReplaceAll(bad, "holdTime: 1s, ", ""))
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Warning: ") || !strings.Contains(string(out), "spec.disableMP") {
		t.Errorf("a peer that is right but for disableMP: %v\n%s", err, out)
	}
}

func TestCertificateOfTheWebhooksIsMadeAgain(t *testing.T) {
	judge(t, "--webhook-mode=onlywebhook")
	before := kubectl(t, "", "get", "secret", "metallb-webhook-cert", "-n", own, "-o", `jsonpath={.data.tls\.crt}`)
	kubectl(t, "", "delete", "secret", "metallb-webhook-cert", "-n", own)
	kubectl(t, "", "patch", "validatingwebhookconfiguration", "metallb-webhook-configuration", "--type=json",
		"-p", `[{"op":"remove","path":"/webhooks/0/clientConfig/caBundle"}]`)
	eventually(t, 2*time.Minute, func() string {
		after, err := shared.Kubectl(t.Context(), "", "get", "secret", "metallb-webhook-cert", "-n", own, "-o", `jsonpath={.data.tls\.crt}`)
		if err != nil {
			return err.Error()
		}
		if after == before {
			return "the certificate is the old one"
		}
		_, err = shared.Kubectl(t.Context(), peer("fine", "{myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.9}"), "apply", "--dry-run=server", "-f", "-")
		if err != nil {
			return err.Error()
		}
		return ""
	})
}
