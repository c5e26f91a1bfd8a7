package announce_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

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
	kinds := map[string]func(document string){
		"BGPPeer":          into(t, &objs.Peers),
		"BGPAdvertisement": into(t, &objs.BGPAdvertisements),
		"IPAddressPool":    into(t, &objs.Pools),
		"BFDProfile":       into(t, &objs.BFDProfiles),
		"Community":        into(t, &objs.Communities),
		"Service":          into(t, &objs.Services),
		"EndpointSlice":    into(t, &objs.EndpointSlices),
		"Node":             into(t, &objs.Nodes),
		"Secret":           into(t, &objs.Secrets),
		"ConfigMap":        into(t, &objs.ConfigMaps),
	}
	for document := range strings.SplitSeq(text, "\n---\n") {
		if strings.TrimSpace(document) == "" {
			continue
		}
		var head metav1.TypeMeta
		if err := yaml.Unmarshal([]byte(document), &head); err != nil {
			t.Fatal(err)
		}
		decode, known := kinds[head.Kind]
		if !known {
			t.Fatalf("kind %q is not known", head.Kind)
		}
		decode(document)
	}
}

// into decodes strictly and appends.
func into[T any](t *testing.T, list *[]*T) func(document string) {
	t.Helper()
	return func(document string) {
		object := new(T)
		if err := yaml.UnmarshalStrict([]byte(document), object); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		*list = append(*list, object)
	}
}
