package intent

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/bgp"
)

const ours = "metallb-system"

func meta(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Name: name, Namespace: ours} }

func ref(kind, name string) Ref { return Ref{Kind: kind, Namespace: ours, Name: name} }

// torA is a valid peer with nothing but what it needs, after edits.
func torA(edits ...func(*v1beta2.BGPPeerSpec)) *v1beta2.BGPPeer {
	p := &v1beta2.BGPPeer{ObjectMeta: meta("tor-a")}
	p.Spec = v1beta2.BGPPeerSpec{MyASN: 64512, ASN: 65001, Address: "192.0.2.1", Port: 179}
	for _, edit := range edits {
		edit(&p.Spec)
	}
	return p
}

// torAMeaning is what torA means, after edits.
func torAMeaning(edits ...func(*Peer)) Peer {
	p := Peer{
		Ref:   ref("BGPPeer", "tor-a"),
		MyASN: 64512,
		Session: bgp.Session{
			Peer:     "tor-a",
			Addr:     addr("192.0.2.1"),
			Families: []bgp.Family{bgp.IPv4Unicast},
			RemoteAS: bgp.RemoteAS{Number: 65001},
		},
	}
	for _, edit := range edits {
		edit(&p)
	}
	return p
}

func pool(name string, addresses ...string) *v1beta1.IPAddressPool {
	return &v1beta1.IPAddressPool{ObjectMeta: meta(name), Spec: v1beta1.IPAddressPoolSpec{Addresses: addresses}}
}

func poolMeaning(name string, ranges ...[]netip.Prefix) Pool {
	return Pool{Name: name, Ranges: ranges, AutoAssign: true}
}

func advertisement(name string, edits ...func(*v1beta1.BGPAdvertisementSpec)) *v1beta1.BGPAdvertisement {
	a := &v1beta1.BGPAdvertisement{ObjectMeta: meta(name)}
	for _, edit := range edits {
		edit(&a.Spec)
	}
	return a
}

func advertisementMeaning(name string, edits ...func(*BGPAdvertisement)) BGPAdvertisement {
	a := BGPAdvertisement{Ref: ref("BGPAdvertisement", name), AggregationV4: 32, AggregationV6: 128}
	for _, edit := range edits {
		edit(&a)
	}
	return a
}

func profile(name string, edits ...func(*v1beta1.BFDProfileSpec)) *v1beta1.BFDProfile {
	p := &v1beta1.BFDProfile{ObjectMeta: meta(name)}
	for _, edit := range edits {
		edit(&p.Spec)
	}
	return p
}

func secret(name, password string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: meta(name),
		Type:       corev1.SecretTypeBasicAuth,
		Data:       map[string][]byte{corev1.BasicAuthPasswordKey: []byte(password)},
	}
}

func extras(text string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: meta("bgpextras"), Data: map[string]string{"extras": text}}
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func prefixes(list ...string) []netip.Prefix {
	var parsed []netip.Prefix
	for _, s := range list {
		parsed = append(parsed, netip.MustParsePrefix(s))
	}
	return parsed
}

func seconds(d time.Duration) *metav1.Duration { return &metav1.Duration{Duration: d} }

func selects(key, value string) metav1.LabelSelector {
	return metav1.LabelSelector{MatchLabels: map[string]string{key: value}}
}

// selector is what selects becomes.
func selector(t *testing.T, list ...metav1.LabelSelector) Selector {
	t.Helper()
	var all Selector
	for _, one := range list {
		s, err := metav1.LabelSelectorAsSelector(&one)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

var comparison = cmp.Options{
	cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}),
	cmp.FilterPath(func(p cmp.Path) bool { return !p.Last().Type().Implements(reflect.TypeFor[labels.Selector]()) }, cmpopts.EquateEmpty()),
	cmp.Comparer(func(a, b bgp.Secret) bool { return a.Reveal() == b.Reveal() }),
	cmp.Transformer("Selector", func(s labels.Selector) string { return s.String() }),
}

// expect compares a whole result.
func expect(t *testing.T, objs Objects, prev *Intent, want Intent, wantProblems ...Problem) {
	t.Helper()
	got, problems := Parse(objs, Options{}, prev)
	if diff := cmp.Diff(&want, got, comparison); diff != "" {
		t.Errorf("intent (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(SortProblems(wantProblems), problems, comparison); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
