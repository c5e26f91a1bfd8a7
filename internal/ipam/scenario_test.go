package ipam_test

import (
	"bytes"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	corev1 "k8s.io/api/core/v1"

	"frr-speaker/internal/controller"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/ipam"
	"frr-speaker/internal/objects"
)

var update = flag.Bool("update", false, "rewrite what the scenarios in testdata expect")

// TestScenarios runs every archive of testdata; testdata/README.md explains them.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	const atLeast = 100
	if len(files) < atLeast {
		t.Errorf("%d scenarios, want at least %d", len(files), atLeast)
	}
	for _, file := range files {
		name := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), ".txtar"), "-", " ")
		t.Run(name, func(t *testing.T) { runScenario(t, file) })
	}
}

func runScenario(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := play(t, archive)
	for i, f := range archive.Files {
		want, compared := got[f.Name]
		if !compared {
			continue
		}
		if *update {
			archive.Files[i].Data = []byte(want)
		} else if diff := cmp.Diff(string(f.Data), want); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Name, diff)
		}
	}
	if *update {
		rewrite(t, file, archive)
	}
}

func rewrite(t *testing.T, file string, archive *txtar.Archive) {
	t.Helper()
	text := txtar.Format(archive)
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, text) {
		return
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// world is a cluster with a controller, as far as a scenario needs it.
type world struct {
	options  intent.Options
	before   map[string]*corev1.Service // what the API server holds
	last     *intent.Intent
	previous []ipam.Grant
}

// play takes the archive's objects, one moment after the other, and prints what
// the last one comes to.
func play(t *testing.T, archive *txtar.Archive) map[string]string {
	t.Helper()
	w := world{before: map[string]*corev1.Service{}}
	restart := false
	for line := range strings.Lines(string(archive.Comment)) {
		switch key, value, _ := strings.Cut(strings.TrimSpace(line), ": "); key {
		case "load-balancer-class":
			w.options.LoadBalancerClass = value
		case "restart":
			restart = value == "true"
		}
	}
	var got map[string]string
	for _, f := range archive.Files {
		switch f.Name {
		case "before.yaml":
			w.pass(f.Data)
		case "objects.yaml":
			if restart {
				w.last, w.previous = nil, nil
			}
			got = w.pass(f.Data)
		case "assignments", "events", "pools", "conditions":
		default:
			t.Fatalf("section %q is not known", f.Name)
		}
	}
	return got
}

// pass is one pass of the controller over objects that users wrote now.
func (w *world) pass(text []byte) map[string]string {
	objs, unread := objects.DecodeAll(map[string][]byte{"objects.yaml": text}, objects.Options{})
	var requests []*intent.Request
	for _, s := range objs.Services {
		w.admit(s)
		if r, ours := intent.ParseRequest(s, w.options); ours {
			requests = append(requests, &r)
		}
	}
	in, problems := controller.Input(objs, w.options, w.last)
	in.Requests, in.Previous = requests, w.previous
	plan := ipam.Assign(in)
	for _, g := range plan.Grants {
		w.write(g)
	}
	w.last, w.previous = &intent.Intent{Pools: in.Pools}, plan.Grants
	return map[string]string{
		"assignments": assignments(plan.Grants),
		"events":      events(plan.Grants),
		"pools":       pools(plan.Usage),
		"conditions":  condition(append(problems, unread...)),
	}
}

// admit does with a service that a user wrote what the API server would do: it
// keeps the status and the annotations of the controller, and gives the service
// cluster addresses.
func (w *world) admit(s *corev1.Service) {
	id := s.Namespace + "/" + s.Name
	if old := w.before[id]; old != nil {
		if len(s.Status.LoadBalancer.Ingress) == 0 && s.Spec.Type == corev1.ServiceTypeLoadBalancer {
			s.Status = old.Status
		}
		if pool, had := old.Annotations[intent.AnnotationPool]; had {
			annotate(s, pool)
		}
	}
	w.before[id] = s
	if len(s.Spec.ClusterIPs) > 0 || s.Spec.ClusterIP != "" {
		return
	}
	cluster := map[corev1.IPFamily]string{corev1.IPv4Protocol: "10.96.0.1", corev1.IPv6Protocol: "fd00::1"}
	families := s.Spec.IPFamilies
	if len(families) == 0 {
		families = []corev1.IPFamily{corev1.IPv4Protocol}
	}
	for _, f := range families {
		s.Spec.ClusterIPs = append(s.Spec.ClusterIPs, cluster[f])
	}
	s.Spec.ClusterIP = s.Spec.ClusterIPs[0]
}

func annotate(s *corev1.Service, pool string) {
	if s.Annotations == nil {
		s.Annotations = map[string]string{}
	}
	s.Annotations[intent.AnnotationPool] = pool
}

// write does what the controller would write.
func (w *world) write(g ipam.Grant) {
	s := w.before[g.Request.Service.Namespace+"/"+g.Request.Service.Name]
	s.Status.LoadBalancer.Ingress = nil
	for _, a := range g.Addresses {
		s.Status.LoadBalancer.Ingress = append(s.Status.LoadBalancer.Ingress, corev1.LoadBalancerIngress{IP: a.String()})
	}
	delete(s.Annotations, intent.OldAnnotationPool)
	delete(s.Annotations, intent.AnnotationPool)
	if g.Pool != "" {
		annotate(s, g.Pool)
	}
}

// assignments is one line per service: what it has, of which pool, and how it came to it.
func assignments(grants []ipam.Grant) string {
	var b strings.Builder
	for _, g := range grants {
		addresses := "-"
		if len(g.Addresses) > 0 {
			addresses = joined(g.Addresses)
		}
		pool := g.Pool
		if pool == "" {
			pool = "-"
		}
		fmt.Fprintf(&b, "%s/%s  %s  %s  %s\n", g.Request.Service.Namespace, g.Request.Service.Name, addresses, pool, how(g))
	}
	return b.String()
}

// how says what a service had before, and whether anything is written.
func how(g ipam.Grant) string {
	held, has := g.Request.Holds, g.Addresses
	switch {
	case len(has) > 0 && len(held) == 0:
		return "new"
	case len(has) == 0 && len(held) > 0:
		return "lost " + joined(held)
	case !slices.Equal(held, has):
		return "had " + joined(held)
	}
	state := "kept"
	if len(has) == 0 {
		state = "none"
	}
	if g.Changed() {
		state += ", rewritten"
	}
	return state
}

func joined(addresses []netip.Addr) string {
	texts := make([]string, len(addresses))
	for i, a := range addresses {
		texts[i] = a.String()
	}
	return strings.Join(texts, ",")
}

func events(grants []ipam.Grant) string {
	var b strings.Builder
	for _, g := range grants {
		for _, n := range g.Notes {
			fmt.Fprintf(&b, "%s/%s  %s\n", g.Request.Service.Namespace, g.Request.Service.Name, n)
		}
	}
	return b.String()
}

// pools is one line per pool: addresses in use, free, and services.
func pools(usage []ipam.Usage) string {
	var b strings.Builder
	for _, u := range usage {
		fmt.Fprintf(&b, "%s  IPv4 %d used %s free  IPv6 %d used %s free  services %d\n",
			u.Pool, u.V4.Used, u.V4.Free(), u.V6.Used, u.V6.Free(), u.Services)
	}
	return b.String()
}

func condition(problems []intent.Problem) string {
	c := controller.Condition(problems)
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %s", c.Type, c.Status, c.Reason, c.Message)) + "\n"
}
