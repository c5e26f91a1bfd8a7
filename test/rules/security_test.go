package rules

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// shipped is what is read of an object of the manifest.
type shipped struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        metav1.ObjectMeta `json:"metadata"`
	Rules           []rbacv1.PolicyRule
	Spec            struct {
		Template struct{ Spec corev1.PodSpec }
	}
}

func manifest(t *testing.T) []shipped {
	t.Helper()
	text, err := os.ReadFile("../../deploy/frr-speaker.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all []shipped
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		kind := regexp.MustCompile(`(?m)^kind: (\w+)$`).FindStringSubmatch(document)
		if kind == nil || !slices.Contains([]string{"DaemonSet", "Deployment", "Role", "ClusterRole"}, kind[1]) {
			continue
		}
		var o shipped
		if err := yaml.Unmarshal([]byte(document), &o); err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
	return all
}

// securityPage returns the part of docs/security.md below a heading.
func securityPage(t *testing.T) (section func(heading string) string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	return func(heading string) string {
		_, rest, found := strings.Cut(string(text), "\n"+heading+"\n")
		if !found {
			t.Fatalf("docs/security.md has no heading %q", heading)
		}
		part, _, _ := strings.Cut(rest, "\n#")
		return part
	}
}

// docs/security.md has each capability, volume and port of the manifest, and no capability more.
func TestThePageOfSecurityHasWhatContainersHave(t *testing.T) {
	section := securityPage(t)
	capability := regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|")
	seen := 0
	for _, o := range manifest(t) {
		for _, c := range o.Spec.Template.Spec.Containers {
			seen++
			page, ports := section("### Container "+c.Name), section("## Ports")
			var listed, added []string
			for _, m := range capability.FindAllStringSubmatch(page, -1) {
				listed = append(listed, m[1])
			}
			for _, name := range c.SecurityContext.Capabilities.Add {
				added = append(added, string(name))
			}
			slices.Sort(listed)
			slices.Sort(added)
			if !slices.Equal(listed, added) {
				t.Errorf("container %s has capabilities %q, and its section in docs/security.md %q", c.Name, added, listed)
			}
			for _, m := range c.VolumeMounts {
				if !strings.Contains(page, "`"+m.Name+"`") {
					t.Errorf("container %s: docs/security.md does not name volume %s", c.Name, m.Name)
				}
			}
			for _, p := range c.Ports {
				if !strings.Contains(ports, "`"+strconv.Itoa(int(p.ContainerPort))+"`") {
					t.Errorf("container %s: docs/security.md does not name port %d", c.Name, p.ContainerPort)
				}
			}
			checkSecurityContext(t, c, o.Spec.Template.Spec)
		}
	}
	if seen != 3 {
		t.Errorf("%d containers were seen, want 3", seen)
	}
}

// checkSecurityContext sees to what docs/security.md says of all containers.
func checkSecurityContext(t *testing.T, c corev1.Container, pod corev1.PodSpec) {
	t.Helper()
	s := c.SecurityContext
	switch {
	case s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem:
		t.Errorf("container %s: its root can be written to", c.Name)
	case s.Privileged != nil && *s.Privileged || pod.HostPID || pod.HostIPC || pod.ShareProcessNamespace != nil:
		t.Errorf("container %s: it is privileged, or shares namespaces that it should not", c.Name)
	case *pod.SecurityContext.RunAsUser != 65532 || !*pod.SecurityContext.RunAsNonRoot || s.RunAsUser != nil:
		t.Errorf("container %s: it does not run as 65532", c.Name)
	case pod.SecurityContext.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault:
		t.Errorf("container %s: its seccomp profile is %s", c.Name, pod.SecurityContext.SeccompProfile.Type)
	case !slices.Equal(s.Capabilities.Drop, []corev1.Capability{"ALL"}):
		t.Errorf("container %s: it keeps capabilities of the runtime", c.Name)
	}
	for _, v := range pod.Volumes {
		if v.HostPath != nil {
			t.Errorf("container %s: volume %s is a path of the host", c.Name, v.Name)
		}
	}
}

// docs/security.md has each verb on each resource that the accounts of the manifest have.
func TestThePageOfSecurityHasEveryPermission(t *testing.T) {
	section := securityPage(t)
	accounts := map[string]string{"speaker": section("### ServiceAccount speaker"), "controller": section("### ServiceAccount controller")}
	seen := 0
	for _, o := range manifest(t) {
		account := o.Metadata.Name[strings.LastIndexByte(o.Metadata.Name, ':')+1:]
		page, ours := accounts[account]
		if !ours {
			continue
		}
		for _, r := range o.Rules {
			for _, resource := range r.Resources {
				for _, verb := range r.Verbs {
					seen++
					if !rowWith(page, strings.TrimSuffix(resource, "/status"), verb) {
						t.Errorf("docs/security.md does not say that %s may %s %s", account, verb, resource)
					}
				}
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d permissions were seen", seen)
	}
}

// rowWith reports whether a row of a table names a resource and has a verb in its third cell.
func rowWith(page, resource, verb string) bool {
	for row := range strings.Lines(page) {
		cells := strings.Split(row, "|")
		if len(cells) > 3 && strings.Contains(cells[2], "`"+resource) && slices.Contains(strings.Split(strings.TrimSpace(cells[3]), ", "), verb) {
			return true
		}
	}
	return false
}
