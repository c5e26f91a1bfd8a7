package status

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/announce"
)

func TestBuildServices(t *testing.T) {
	for _, tt := range []struct {
		name string
		f    Facts
		want string // namespace/name prefix node: peers or interfaces, one object per line
	}{
		{
			name: "a service has an object per protocol, with the peers that are meant and the links that answer",
			f:    facts(),
			want: "bgp shop/web on node-1: tor-a tor-b\nbgp shop/www on node-1: tor-a\nl2 shop/www on node-1: eth0 eth1\n",
		},
		{
			name: "a service that is not announced has none",
			f:    facts(verdict("web", announce.NoEndpoints, "")),
			want: "bgp shop/www on node-1: tor-a\nl2 shop/www on node-1: eth0 eth1\n",
		},
		{
			name: "sessions that are down change nothing: the objects tell what is meant",
			f:    facts(func(f *Facts) { f.Reload.Result.Sessions = nil }),
			want: "bgp shop/web on node-1: tor-a tor-b\nbgp shop/www on node-1: tor-a\nl2 shop/www on node-1: eth0 eth1\n",
		},
		{
			name: "an address that is answered on all links names none",
			f:    facts(func(f *Facts) { f.State.L2[0].Links = nil }),
			want: "bgp shop/web on node-1: tor-a tor-b\nbgp shop/www on node-1: tor-a\nl2 shop/www on node-1:\n",
		},
		{
			name: "before the first decision there is none",
			f:    facts(func(f *Facts) { f.State = nil }),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, printed(BuildServices(tt.f))); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
		})
	}
}

func printed(s *Services) string {
	out := ""
	for _, o := range s.BGP {
		out += fmt.Sprintf("bgp %s/%s on %s:", o.Status.ServiceNamespace, o.Status.ServiceName, o.Status.Node)
		for _, p := range o.Status.Peers {
			out += " " + p
		}
		out += "\n"
	}
	for _, o := range s.L2 {
		out += fmt.Sprintf("l2 %s/%s on %s:", o.Status.ServiceNamespace, o.Status.ServiceName, o.Status.Node)
		for _, i := range o.Status.Interfaces {
			out += " " + i.Name
		}
		out += "\n"
	}
	return out
}

func TestServiceObjectsLookAsMetalLBsDo(t *testing.T) {
	got := BuildServices(facts())
	want := &v1beta1.ServiceBGPStatus{
		TypeMeta: metav1.TypeMeta{APIVersion: "metallb.io/v1beta1", Kind: "ServiceBGPStatus"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: ours, Name: "bgp-598d9e07e6ecef4feb35",
			Labels: map[string]string{
				"metallb.io/node": node, "metallb.io/service-name": "web", "metallb.io/service-namespace": "shop",
			},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: node, UID: "uid-of-node-1"}},
		},
		Status: v1beta1.MetalLBServiceBGPStatus{Node: node, ServiceName: "web", ServiceNamespace: "shop", Peers: []string{"tor-a", "tor-b"}},
	}
	if diff := cmp.Diff(want, got.BGP[0]); diff != "" {
		t.Errorf("object (-want +got):\n%s", diff)
	}
	if names := []string{got.BGP[0].Name, got.BGP[1].Name, got.L2[0].Name}; names[1][4:] != names[2][3:] || names[0] == names[1] {
		t.Errorf("names %v: one service has one digest, another another", names)
	}
}

func TestObjectsPerServiceAreBounded(t *testing.T) {
	many := func(services, nodes, limit int) Facts {
		return facts(func(f *Facts) {
			f.Nodes, f.MaxObjects = nodes, limit
			f.State.Verdicts = nil
			for i := range services {
				name := fmt.Sprintf("s-%05d", i)
				f.State.Verdicts = append(f.State.Verdicts,
					announced(name, announce.ProtocolBGP, "198.51.100.1"), announced(name, announce.ProtocolL2, "198.51.100.1"))
			}
		})
	}
	for _, tt := range []struct {
		name                string
		f                   Facts
		bgp, l2, unreported int
	}{
		{"ten nodes report ten thousand services each", many(10_000, 10, 0), 10_000, 10_000, 0},
		{"a thousand nodes report the first hundred services by BGP, and by L2 all that each owns", many(10_000, 1000, 0), 100, 10_000, 9900},
		{"however many nodes there are, the first services are reported", many(100, 1_000_000, 0), 20, 100, 80},
		{"the bound can be set", many(100, 2, 60), 30, 60, 110},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := BuildServices(tt.f)
			if len(got.BGP) != tt.bgp || len(got.L2) != tt.l2 || got.Unreported != tt.unreported {
				t.Errorf("%d by BGP, %d by L2, %d unreported; want %d, %d, %d", len(got.BGP), len(got.L2), got.Unreported, tt.bgp, tt.l2, tt.unreported)
			}
		})
	}
}
