package announce_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/intent"
)

// objects decodes the included files and the given text.
func (s *scenario) objects(t *testing.T, text []byte) intent.Objects {
	t.Helper()
	var objs intent.Objects
	for _, name := range s.include {
		data, err := os.ReadFile(filepath.Join("testdata/include", name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		decodeAll(t, &objs, string(data))
	}
	decodeAll(t, &objs, string(text))
	return objs
}

func decodeAll(t *testing.T, objs *intent.Objects, text string) {
	t.Helper()
	for _, document := range strings.Split(text, "\n---\n") {
		var head metav1.TypeMeta
		if err := yaml.Unmarshal([]byte(document), &head); err != nil {
			t.Fatal(err)
		}
		data := []byte(document)
		switch head.Kind {
		case "":
			if strings.TrimSpace(strings.TrimPrefix(document, "---")) != "" {
				t.Fatalf("no kind in\n%s", document)
			}
		case "BGPPeer":
			objs.Peers = append(objs.Peers, decode[v1beta2.BGPPeer](t, data))
		case "BGPAdvertisement":
			objs.BGPAdvertisements = append(objs.BGPAdvertisements, decode[v1beta1.BGPAdvertisement](t, data))
		case "IPAddressPool":
			objs.Pools = append(objs.Pools, decode[v1beta1.IPAddressPool](t, data))
		case "BFDProfile":
			objs.BFDProfiles = append(objs.BFDProfiles, decode[v1beta1.BFDProfile](t, data))
		case "Community":
			objs.Communities = append(objs.Communities, decode[v1beta1.Community](t, data))
		case "Service":
			objs.Services = append(objs.Services, decode[corev1.Service](t, data))
		case "EndpointSlice":
			objs.EndpointSlices = append(objs.EndpointSlices, decode[discoveryv1.EndpointSlice](t, data))
		case "Node":
			objs.Nodes = append(objs.Nodes, decode[corev1.Node](t, data))
		case "Namespace":
			objs.Namespaces = append(objs.Namespaces, decode[corev1.Namespace](t, data))
		case "Secret":
			objs.Secrets = append(objs.Secrets, decode[corev1.Secret](t, data))
		case "ConfigMap":
			objs.ConfigMaps = append(objs.ConfigMaps, decode[corev1.ConfigMap](t, data))
		default:
			t.Fatalf("kind %q is not known", head.Kind)
		}
	}
}

func decode[T any](t *testing.T, data []byte) *T {
	t.Helper()
	object := new(T)
	if err := yaml.UnmarshalStrict(data, object); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	return object
}
