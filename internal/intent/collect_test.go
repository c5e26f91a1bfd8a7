package intent

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
)

func TestObjectsOutsideTheNamespaceAreIgnored(t *testing.T) {
	elsewhere, fromFile := torA(), torA()
	elsewhere.Namespace, fromFile.Namespace = "default", ""
	ignored := Problem{
		Object: Ref{Kind: "BGPPeer", Namespace: "default", Name: "tor-a"}, Field: "metadata.namespace",
		Message: "is not the namespace of the speaker", Effect: "the object is ignored", Remedy: "move it to namespace metallb-system",
	}
	expect(t, Objects{Peers: []*v1beta2.BGPPeer{elsewhere}}, nil, Intent{}, ignored)
	expect(t, Objects{Peers: []*v1beta2.BGPPeer{elsewhere, fromFile}}, nil, Intent{Peers: []Peer{torAMeaning()}}, ignored)
}

func TestTheNamespaceCanBeChosen(t *testing.T) {
	p := torA()
	p.Namespace = "lb"
	got, problems := Parse(Objects{Peers: []*v1beta2.BGPPeer{p}}, Options{Namespace: "lb"}, nil)
	if len(got.Peers) != 1 || len(problems) > 0 {
		t.Errorf("%d peers and %v, want one peer", len(got.Peers), problems)
	}
}

// Names become comments and descriptions in FRR's configuration.
func TestNamesCannotCarryFRRCommands(t *testing.T) {
	names := []string{"", "a\nrouter bgp 1", "a b", "Upper", "-a", "a-", "ä", "a\x00", strings.Repeat("a", 254)}
	for _, name := range names {
		t.Run(quote(name), func(t *testing.T) {
			p, a := torA(), pool("x", "192.0.2.0/24")
			p.Name, a.Name = name, name
			problem := func(kind string) Problem {
				return Problem{
					Object: ref(kind, quote(name)), Field: "metadata.name", Message: "is not a name that Kubernetes accepts",
					Effect: "the object is ignored",
					Remedy: "use at most 253 lower-case letters, digits, '-' and '.', starting and ending with a letter or digit",
				}
			}
			expect(t, Objects{Peers: []*v1beta2.BGPPeer{p}, Pools: []*v1beta1.IPAddressPool{a}}, nil, Intent{}, problem("BGPPeer"), problem("IPAddressPool"))
		})
	}
}

func TestAnObjectThatIsThereTwiceIsLeftOut(t *testing.T) {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n1"}}
	objs := Objects{
		Nodes:    []*corev1.Node{node, node},
		Services: []*corev1.Service{service("web", "192.0.2.1"), service("web", "192.0.2.2"), service("web", "192.0.2.3")},
		Peers:    []*v1beta2.BGPPeer{torA(), torA(func(s *peerSpec) { s.ASN = 65002 })},
	}
	twice := func(object Ref, effect string) Problem {
		return Problem{Object: object, Field: "metadata.name", Message: "is defined more than once", Effect: effect, Remedy: "keep one of them"}
	}
	expect(t, objs, nil, Intent{},
		twice(ref("BGPPeer", "tor-a"), "no session is made with this peer"),
		twice(Ref{Kind: "Node", Name: "n1"}, "nothing is announced from this node"),
		twice(serviceRef("web"), "the service is not announced"))
}

func TestLongValuesAreCutInMessages(t *testing.T) {
	objs := Objects{Pools: []*v1beta1.IPAddressPool{pool("gold", strings.Repeat("9", 1000)+"/24")}}
	_, problems := Parse(objs, Options{}, nil)
	if want := `"` + strings.Repeat("9", 64) + `"... is not a CIDR`; len(problems) != 1 || problems[0].Message != want {
		t.Errorf("problems are %v, want one that says %s", problems, want)
	}
}
