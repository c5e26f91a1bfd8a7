package controller

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestServiceGetsAnAddressAndIsTold(t *testing.T) {
	clean(t)
	start(t, "one", "--webhook-mode=disabled", "--ml-secret-name=memberlist", "--deployment=controller")
	kubectl(t, pool("gold", "198.51.100.0/30")+service("web", ""), "apply", "-f", "-")
	expectAddresses(t, "web 198.51.100.0\n")
	expectOutput(t, "gold", "get", "service", "web", "-n", "shop", "-o", `jsonpath={.metadata.annotations.metallb\.io/ip-allocated-from-pool}`)
	expectOutput(t, "1 3 0 0", "get", "ipaddresspool", "gold", "-n", own, "-o",
		"jsonpath={.status.assignedIPv4} {.status.availableIPv4} {.status.assignedIPv6} {.status.availableIPv6}")
	expectOutput(t, `metallb-controller Normal IPAllocated Assigned IP ["198.51.100.0"]`,
		"get", "events", "-n", "shop", "--field-selector=involvedObject.name=web", "-o",
		"jsonpath={.items[0].source.component} {.items[0].type} {.items[0].reason} {.items[0].message}")
	expectOutput(t, "Valid poolReconcilerValid=True", "get", "configurationstate", "controller", "-n", own, "-o",
		"jsonpath={.status.result} {.status.conditions[0].type}={.status.conditions[0].status}")
	expectOutput(t, "Deployment/controller", "get", "secret", "memberlist", "-n", own, "-o",
		"jsonpath={.metadata.ownerReferences[0].kind}/{.metadata.ownerReferences[0].name}")

	kubectl(t, "", "patch", "service", "web", "-n", "shop", "-p", `{"spec":{"type":"ClusterIP"}}`)
	expectAddresses(t, "web \n")
	expectOutput(t, "{}", "get", "service", "web", "-n", "shop", "-o", `jsonpath={.status.loadBalancer}`)
	expectOutput(t, "", "get", "service", "web", "-n", "shop", "-o", `jsonpath={.metadata.annotations.metallb\.io/ip-allocated-from-pool}`)
	expectNothingForbidden(t)
}

func TestStateOfTheConfigurationComesBack(t *testing.T) {
	clean(t)
	start(t, "one", "--webhook-mode=disabled")
	kubectl(t, pool("gold", "198.51.100.0/30")+pool("bad", "198.51.100.0/33"), "apply", "-f", "-")
	invalid := func() string {
		return kubectl(t, "", "get", "configurationstates", "-n", own, "-o", "jsonpath={.items[*].status.errorSummary}")
	}
	eventually(t, 20*time.Second, func() string {
		return without(invalid(), "configuration error: IPAddressPool metallb-system/bad: spec.addresses[0]")
	})
	kubectl(t, "", "delete", "configurationstate", "controller", "-n", own)
	eventually(t, 20*time.Second, func() string { return without(invalid(), "IPAddressPool metallb-system/bad") })
	kubectl(t, "", "delete", "ipaddresspool", "bad", "-n", own)
	expectOutput(t, "Valid", "get", "configurationstate", "controller", "-n", own, "-o", "jsonpath={.status.result}")
}

func without(text, want string) string {
	if strings.Contains(text, want) {
		return ""
	}
	return "no " + want + " in " + text
}

func TestRestartKeepsEveryAddress(t *testing.T) {
	clean(t)
	first := start(t, "one", "--webhook-mode=disabled")
	kubectl(t, pool("gold", "198.51.100.0/28")+
		service("a", "metallb.io/allow-shared-ip: k")+service("c", "")+service("d", `metallb.io/loadBalancerIPs: "198.51.100.9"`), "apply", "-f", "-")
	eventually(t, 20*time.Second, func() string { return cmp.Diff(3, strings.Count(addresses(t), "198.")) })
	kubectl(t, "", "delete", "service", "c", "-n", "shop")
	kubectl(t, service("b", "")+service("z", ""), "apply", "-f", "-")
	eventually(t, 20*time.Second, func() string { return cmp.Diff(4, strings.Count(addresses(t), "198.")) })
	before := addresses(t)
	first.stop(t, syscall.SIGKILL)
	kubectl(t, service("aa", ""), "apply", "-f", "-")      // comes first by name
	kubectl(t, "", "delete", "leases", "--all", "-n", own) // no need to wait for it
	start(t, "two", "--webhook-mode=disabled")
	eventually(t, 20*time.Second, func() string { return cmp.Diff(5, strings.Count(addresses(t), "198.")) })
	after := addresses(t)
	for line := range strings.Lines(before) {
		if !strings.Contains(after, line) {
			t.Errorf("before the restart %q, after it\n%s", line, after)
		}
	}
}

func TestAPoolThatNoLongerAllowsAnAddressMovesTheService(t *testing.T) {
	clean(t)
	start(t, "one", "--webhook-mode=disabled")
	kubectl(t, pool("gold", "198.51.100.0/30")+service("web", ""), "apply", "-f", "-")
	expectAddresses(t, "web 198.51.100.0\n")
	kubectl(t, pool("gold", "203.0.113.0/30"), "apply", "-f", "-")
	expectAddresses(t, "web 203.0.113.0\n")
	eventually(t, 10*time.Second, func() string {
		return without(kubectl(t, "", "get", "events", "-n", "shop", "-o", `jsonpath={range .items[*]}{.reason}: {.message}{"\n"}{end}`),
			`ClearAssignment: current IP for "shop/web" not allowed by config, will retry: 198.51.100.0 is in no IPAddressPool`)
	})
}

func expectAddresses(t *testing.T, want string) {
	t.Helper()
	eventually(t, 20*time.Second, func() string { return cmp.Diff(want, addresses(t)) })
}

// expectOutput waits until kubectl prints something.
func expectOutput(t *testing.T, want string, args ...string) {
	t.Helper()
	eventually(t, 20*time.Second, func() string {
		out, err := shared.Kubectl(t.Context(), "", args...)
		if err != nil {
			return err.Error()
		}
		return cmp.Diff(want, out)
	})
}

// expectNothingForbidden looks for requests that the manifest does not allow.
func expectNothingForbidden(t *testing.T) {
	t.Helper()
	forbidden, err := shared.Forbidden()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range forbidden {
		t.Errorf("forbidden: %s", r)
	}
}
