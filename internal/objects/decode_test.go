package objects

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/intent"
)

// names lists the objects as "Kind namespace/name", in the order of their kinds.
func names(o intent.Objects) []string {
	var out []string
	add := func(kind string, m metav1.Object) {
		out = append(out, intent.Ref{Kind: kind, Namespace: m.GetNamespace(), Name: m.GetName()}.String())
	}
	for _, x := range o.Peers {
		add("BGPPeer", x)
	}
	for _, x := range o.Pools {
		add("IPAddressPool", x)
	}
	for _, x := range o.Services {
		add("Service", x)
	}
	for _, x := range o.EndpointSlices {
		add("EndpointSlice", x)
	}
	for _, x := range o.Nodes {
		add("Node", x)
	}
	for _, x := range o.Namespaces {
		add("Namespace", x)
	}
	for _, x := range o.Secrets {
		add("Secret", x)
	}
	for _, x := range o.ConfigMaps {
		add("ConfigMap", x)
	}
	return out
}

const service = "apiVersion: v1\nkind: Service\nmetadata: {name: %s}\n"

func named(name string) string { return strings.ReplaceAll(service, "%s", name) }

func TestTextsHoldObjects(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{
			name: "documents are divided by three dashes",
			text: named("a") + "---\n" + named("b"),
			want: []string{"Service default/a", "Service default/b"},
		},
		{
			name: "documents may end with three dots",
			text: named("a") + "...\n# end\n---\n" + named("b") + "...\n",
			want: []string{"Service default/a", "Service default/b"},
		},
		{
			name: "empty documents, comments and directives are no objects",
			text: "\n# head\n---\n---\n# nothing\n---\n%YAML 1.1\n---\n" + named("a") + "---\n",
			want: []string{"Service default/a"},
		},
		{
			name: "dashes within a block scalar divide nothing",
			text: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bgpextras}\ndata:\n  extras: |\n    ---\n    route-map x\n",
			want: []string{"ConfigMap metallb-system/bgpextras"},
		},
		{
			name: "a byte order mark and line ends of Windows are fine",
			text: "\xef\xbb\xbf" + strings.ReplaceAll(named("a")+"---\n"+named("b"), "\n", "\r\n"),
			want: []string{"Service default/a", "Service default/b"},
		},
		{
			name: "a List holds objects",
			text: "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Node\n  metadata:\n    name: n1\n" +
				"- apiVersion: v1\n  kind: Service\n  metadata:\n    name: a\nmetadata:\n  resourceVersion: \"\"\n",
			want: []string{"Service default/a", "Node n1"},
		},
		{
			name: "a List may be indented",
			text: "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Node\n    metadata: {name: n1}\n  - apiVersion: v1\n    kind: Node\n    metadata: {name: n2}\n",
			want: []string{"Node n1", "Node n2"},
		},
		{
			name: "a List may tie its items together with anchors",
			text: "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Node\n  metadata:\n    name: n1\n    labels: &l {rack: a}\n" +
				"- apiVersion: v1\n  kind: Node\n  metadata:\n    name: n2\n    labels: *l\n",
			want: []string{"Node n1", "Node n2"},
		},
		{
			name: "a List may hold a string with an entry's dash at the start of a line",
			text: "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Node\n  metadata:\n    name: n1\n    annotations: {a: \"b\n- c\"}\n" +
				"- apiVersion: v1\n  kind: Node\n  metadata:\n    name: n2\n",
			want: []string{"Node n1", "Node n2"},
		},
		{
			name: "an empty List holds nothing",
			text: "apiVersion: v1\nkind: List\nitems: []\n",
		},
		{
			name: "a list of one kind says the kind of its items",
			text: "apiVersion: metallb.io/v1beta2\nkind: BGPPeerList\nitems:\n- metadata: {name: a}\n- metadata: {name: b}\n",
			want: []string{"BGPPeer metallb-system/a", "BGPPeer metallb-system/b"},
		},
		{
			name: "JSON is read, one object after another",
			text: `{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"}}` + "\n" + `{"apiVersion":"v1","kind":"Node","metadata":{"name":"n2"}}`,
			want: []string{"Node n1", "Node n2"},
		},
		{
			name: "JSON lists are read, and lists within lists",
			text: `{"kind":"List","apiVersion":"v1","items":[{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"}},
				{"kind":"NodeList","apiVersion":"v1","items":[{"metadata":{"name":"n2"}}]}]}`,
			want: []string{"Node n1", "Node n2"},
		},
		{
			name: "YAML may be written like JSON",
			text: "{apiVersion: v1, kind: Node, metadata: {name: n1}}",
			want: []string{"Node n1"},
		},
		{
			name: "both versions of BGPPeer are read",
			text: "apiVersion: metallb.io/v1beta1\nkind: BGPPeer\nmetadata: {name: a}\n---\napiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata: {name: b}\n",
			want: []string{"BGPPeer metallb-system/a", "BGPPeer metallb-system/b"},
		},
		{
			name: "a namespace that is not written is where kubectl would put the object",
			text: named("a") + "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a-1}\naddressType: IPv4\n" +
				"---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: n1, namespace: x}\n",
			want: []string{"Service default/a", "EndpointSlice default/a-1", "Namespace n1", "Secret metallb-system/s"},
		},
		{
			name: "reports of speakers are no input and no reason to complain",
			text: "apiVersion: metallb.io/v1beta1\nkind: ServiceBGPStatus\nmetadata: {name: bgp-x, namespace: metallb-system}\nstatus: {node: n}\n",
		},
		{
			name: "an empty file holds nothing",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, problems := Decode("x.yaml", []byte(test.text), Options{})
			if diff := cmp.Diff(test.want, names(got)); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
			if len(problems) > 0 {
				t.Errorf("problems %v", problems)
			}
		})
	}
}

func TestObjectsAreAsTheAPIServerHoldsThem(t *testing.T) {
	got, problems := Decode("x.yaml", []byte(`
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: defaults}
spec: {myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.1, peerPort: null}
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: zero-port}
spec: {myASN: 64512, peerPort: 0, holdTime: 0s}
---
apiVersion: metallb.io/v1beta1
kind: BGPPeer
metadata: {name: old}
spec: {myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.1, keepaliveTime: 3s}
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: pool}
spec: {addresses: [198.51.100.0/24], autoAssign: null}
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: {name: all}
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: {name: aggregate}
spec: {aggregationLength: 24}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, ports: [{port: 80}, {port: 53, protocol: UDP}]}
---
apiVersion: v1
kind: Service
metadata: {name: internal}
---
apiVersion: v1
kind: Namespace
metadata: {name: team-a}
---
apiVersion: v1
kind: Secret
metadata: {name: password}
data: {username: dXNlcg==, password: b2xk}
stringData: {password: new}
`), Options{})
	if len(problems) > 0 {
		t.Fatalf("problems %v", problems)
	}
	meta := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Name: name, Namespace: "metallb-system"}
	}
	want := intent.Objects{
		Peers: []*v1beta2.BGPPeer{
			{ObjectMeta: meta("defaults"), Spec: v1beta2.BGPPeerSpec{MyASN: 64512, ASN: 65001, Address: "192.0.2.1", Port: 179}},
			{ObjectMeta: meta("zero-port"), Spec: v1beta2.BGPPeerSpec{MyASN: 64512, HoldTime: &metav1.Duration{}}},
			{ObjectMeta: meta("old"), Spec: v1beta2.BGPPeerSpec{
				MyASN: 64512, ASN: 65001, Address: "192.0.2.1", Port: 179, KeepaliveTime: &metav1.Duration{Duration: 3 * time.Second},
			}},
		},
		Pools: []*v1beta1.IPAddressPool{{
			ObjectMeta: meta("pool"), Spec: v1beta1.IPAddressPoolSpec{Addresses: []string{"198.51.100.0/24"}, AutoAssign: new(true)},
		}},
		BGPAdvertisements: []*v1beta1.BGPAdvertisement{
			{ObjectMeta: meta("all"), Spec: v1beta1.BGPAdvertisementSpec{AggregationLength: new(int32(32)), AggregationLengthV6: new(int32(128))}},
			{ObjectMeta: meta("aggregate"), Spec: v1beta1.BGPAdvertisementSpec{AggregationLength: new(int32(24)), AggregationLengthV6: new(int32(128))}},
		},
		Services: []*corev1.Service{
			{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default"}, Spec: corev1.ServiceSpec{
				Type: corev1.ServiceTypeLoadBalancer, ExternalTrafficPolicy: corev1.ServiceExternalTrafficPolicyCluster,
				Ports: []corev1.ServicePort{{Port: 80, Protocol: corev1.ProtocolTCP}, {Port: 53, Protocol: corev1.ProtocolUDP}},
			}},
			{ObjectMeta: metav1.ObjectMeta{Name: "internal", Namespace: "default"}, Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeClusterIP}},
		},
		Namespaces: []*corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "team-a", Labels: map[string]string{"kubernetes.io/metadata.name": "team-a"}}}},
		Secrets: []*corev1.Secret{{
			ObjectMeta: meta("password"), Type: corev1.SecretTypeOpaque,
			Data: map[string][]byte{"username": []byte("user"), "password": []byte("new")},
		}},
	}
	ignore := cmp.Options{cmpopts.IgnoreTypes(metav1.TypeMeta{}), cmpopts.IgnoreFields(metav1.ObjectMeta{}, "ResourceVersion")}
	if diff := cmp.Diff(want, got, ignore); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}

func TestWhatKubectlPrintsIsReadWithoutItsBallast(t *testing.T) {
	text := strings.Replace(serviceText(7), "    metallb.io/", `    kubectl.kubernetes.io/last-applied-configuration: |
      {"apiVersion":"v1","kind":"Service"}
    metallb.io/`, 1)
	text = strings.Replace(text, "spec:\n", "  managedFields:\n  - manager: kubectl\n    fieldsV1:\n      f:spec: {}\nspec:\n", 1)
	objs, problems := Decode("x.yaml", []byte(text), Options{})
	if len(problems) > 0 || len(objs.Services) != 1 {
		t.Fatalf("services %v, problems %v", objs.Services, problems)
	}
	got := objs.Services[0]
	if diff := cmp.Diff(map[string]string{"metallb.io/ip-allocated-from-pool": "public"}, got.Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
	if got.ManagedFields != nil {
		t.Errorf("managed fields %v are kept", got.ManagedFields)
	}
	if got.Status.LoadBalancer.Ingress[0].IP != "198.51.0.7" || got.UID == "" {
		t.Errorf("status or UID is lost: %v", got)
	}
	changed, _ := Decode("x.yaml", []byte(strings.Replace(text, "port: 80\n", "port: 81\n", 1)), Options{})
	if changed.Services[0].ResourceVersion == got.ResourceVersion {
		t.Error("another text has the same resource version, which caches would believe")
	}
}

func TestWhatOneNamespaceHoldsIsNotInAnother(t *testing.T) {
	text := "apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: p, namespace: metallb-system}\nspec: {addresses: []}\n"
	objs, problems := Decode("x.yaml", []byte(text), Options{Namespace: "other"})
	if len(objs.Pools) != 0 || len(problems) != 1 || !strings.Contains(problems[0].String(), "outside namespace other") {
		t.Errorf("pools %v, problems %v, want none and one", objs.Pools, problems)
	}
}
