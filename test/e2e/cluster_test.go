package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"frr-speaker/test/lab"
	"frr-speaker/test/stage"
)

// Definitions, account and objects are applied by kubectl; the routers have the
// routes. A service comes and goes, and so does its route.
func TestObjectsOfAClusterBecomeRoutes(t *testing.T) {
	onEachFRR(t, func(t *testing.T, version lab.FRRVersion) {
		w := newWorld(t, version)
		want := stage.Examples()
		w.expect(t, want)

		more := service("more", "198.51.100.99")
		w.apply(t, more)
		w.expect(t, with(want, fromBothNodes("198.51.100.99")...))

		w.kubectl(t, "", "patch", "service", "more", "--subresource=status", "--type=merge", "-p",
			`{"status":{"loadBalancer":{"ingress":[{"ip":"198.51.100.98"}]}}}`)
		w.expect(t, with(want, fromBothNodes("198.51.100.98")...))

		w.kubectl(t, "", "patch", "community", "site", "-n", "metallb-system", "--type=json", "-p", communityPatch)
		changed := map[string][]string{}
		for router, lines := range with(want, fromBothNodes("198.51.100.98")...) {
			changed[router] = replaced(lines, "64512:100", "64512:200")
		}
		w.expect(t, changed)

		w.delete(t, more)
		for router, lines := range changed {
			changed[router] = without(lines, "198.51.100.98/32")
		}
		w.expect(t, changed)
	})
}

// communityPatch changes the community that the examples announce services with.
const communityPatch = `[{"op":"replace","path":"/spec/communities/0/value","value":"64512:200"}]`

// usedElsewhere are rights that a speaker uses in other circumstances than those of the test.
var usedElsewhere = map[string]string{
	"delete nodestates.frr-speaker.io":                 "with --status=none it deletes what it has written before",
	"delete configurationstates.metallb.io":            "likewise",
	"create tokenreviews.authentication.k8s.io":        "with --metrics=https it asks who reads metrics",
	"create subjectaccessreviews.authorization.k8s.io": "likewise, and whether they may",
	"list pods": "with --ml-labels it looks for the other speakers",
}

// What the speaker may do is what it does: every right that ships is used, and
// (as everywhere) no request is forbidden.
func TestEveryRightThatShipsIsUsed(t *testing.T) {
	w := newWorld(t, lab.FRRVersions()[0])
	want := stage.Examples()
	w.expect(t, want)
	w.apply(t, "apiVersion: metallb.io/v1beta1\nkind: L2Advertisement\nmetadata: {name: all, namespace: metallb-system}\n")
	more := service("more", "198.51.100.99")
	w.apply(t, more)
	w.expect(t, with(want, fromBothNodes("198.51.100.99")...))
	told := w.moreEvents(t, "more", 0)
	for _, ingress := range []string{`[]`, `[{"ip":"198.51.100.99"}]`, `[]`} { // the same Events again, which are counted
		w.kubectl(t, "", "patch", "service", "more", "--subresource=status", "--type=merge", "-p", `{"status":{"loadBalancer":{"ingress":`+ingress+`}}}`)
		told = w.moreEvents(t, "more", told)
	}
	granted := grantedRights(t, w)
	eventually(t, func() error {
		requests, err := w.cluster.Requests()
		if err != nil {
			return err
		}
		used := map[string]bool{}
		for _, r := range requests {
			used[r.Verb+" "+r.Resource] = true
			if r.Verb == "patch" && r.Code == http.StatusCreated {
				used["create "+r.Resource] = true // server-side apply of what is not there needs both
			}
		}
		unused := slices.DeleteFunc(slices.Clone(granted), func(right string) bool {
			verb, resource, _ := strings.Cut(right, " ")
			// An API server that cannot stream what there is lets it be listed before it is watched.
			return used[right] || usedElsewhere[right] != "" || verb == "list" && used["watch "+resource]
		})
		if len(unused) > 0 {
			return fmt.Errorf("granted and not used: %s", strings.Join(unused, ", "))
		}
		return nil
	})
}

// moreEvents waits until a service has more Events than before: one by BGP from each node, one
// by layer 2 from the owner. It returns how many there are. With fewer, a change that follows
// at once may take back what was not told yet, and then neither is.
func (w *world) moreEvents(t *testing.T, service string, before int) int {
	t.Helper()
	var told int
	eventually(t, func() error {
		told = 0
		counts := w.kubectl(t, "", "get", "events", "--field-selector=involvedObject.kind=Service,involvedObject.name="+service, "-o", "jsonpath={.items[*].count}")
		for count := range strings.FieldsSeq(counts) {
			n, err := strconv.Atoi(count)
			if err != nil {
				return lab.Permanent(err)
			}
			told += n
		}
		if told < before+len(w.Nodes)+1 {
			return fmt.Errorf("service %s has %d Events, and had %d", service, told, before)
		}
		return nil
	})
	return told
}

// grantedRights are "verb resource.group" of all rules that ship.
func grantedRights(t *testing.T, w *world) []string {
	t.Helper()
	out := w.kubectl(t, "", "get", "-f", shippedRBAC, "-o",
		`go-template={{range .items}}{{range .rules}}{{range $v := .verbs}}{{$v}} {{end}}|{{range .resources}}{{.}} {{end}}|{{range .apiGroups}}{{.}}{{end}}{{"\n"}}{{end}}{{end}}`)
	var rights []string
	for line := range strings.Lines(out) {
		parts := strings.Split(strings.TrimSuffix(line, "\n"), "|")
		if len(parts) != 3 {
			t.Fatalf("rules: %q", out)
		}
		for _, verb := range strings.Fields(parts[0]) {
			for _, resource := range strings.Fields(parts[1]) {
				if parts[2] != "" {
					resource += "." + parts[2]
				}
				rights = append(rights, verb+" "+resource)
			}
		}
	}
	if len(rights) == 0 {
		t.Fatalf("no rule in %s", shippedRBAC)
	}
	return rights
}
