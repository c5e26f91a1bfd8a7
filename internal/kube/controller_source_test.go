package kube

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
)

// inventory stands where an API server does, with one object of each kind. It tells
// which kinds are listed.
type inventory struct {
	version string // of all objects
	listed  chan string
}

func (s inventory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	resource := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	namespace := map[string]string{"services": "shop", "ipaddresspools": "metallb-system"}[resource]
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList", "items": [{"metadata": {"namespace": %q, "name": "it", "resourceVersion": %q}}]}`,
		namespace, s.version)
	select {
	case s.listed <- resource:
	case <-r.Context().Done():
	}
}

// TestWhoBeginsToAssignKnowsWhatIsThere has one kind seen as it was before, then as it is now.
func TestWhoBeginsToAssignKnowsWhatIsThere(t *testing.T) {
	object := func(namespace, version string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: namespace, Name: "it", ResourceVersion: version}
	}
	see := map[string]func(s *ControllerSource, version string) error{
		"services": func(s *ControllerSource, version string) error {
			return s.services.Replace([]any{&corev1.Service{ObjectMeta: object("shop", version)}}, "")
		},
		"namespaces": func(s *ControllerSource, version string) error {
			return s.namespaces.Replace([]any{&corev1.Namespace{ObjectMeta: object("", version)}}, "")
		},
		"ipaddresspools": func(s *ControllerSource, version string) error {
			return s.pools.Replace([]any{&unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool",
				"metadata": map[string]any{"namespace": "metallb-system", "name": "it", "resourceVersion": version},
				"spec":     map[string]any{"addresses": []any{"198.51.100.0/24"}},
			}}}, "")
		},
	}
	for late := range see {
		t.Run(late, func(t *testing.T) {
			now := inventory{version: "10", listed: make(chan string)}
			server := httptest.NewServer(now)
			defer server.Close()
			client, err := newClient(&rest.Config{Host: server.URL}, ClientOptions{})
			if err != nil {
				t.Fatal(err)
			}
			s, err := NewControllerSource(client, SourceOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for kind, sees := range see {
				version := "10"
				if kind == late {
					version = "9"
				}
				if err := sees(s, version); err != nil {
					t.Fatal(err)
				}
			}
			caughtUp := make(chan error, 1)
			go func() { caughtUp <- s.CatchUp(t.Context()) }()
			for lists := 0; lists < 2; { // after the first one it went on
				select {
				case kind := <-now.listed:
					if kind == late {
						lists++
					}
				case err := <-caughtUp:
					t.Fatalf("nobody waits for edition 10 of %s: %v", late, err)
				}
			}
			if err := see[late](s, "10"); err != nil {
				t.Fatal(err)
			}
			for {
				select {
				case <-now.listed:
				case err := <-caughtUp:
					if err != nil {
						t.Error(err)
					}
					return
				}
			}
		})
	}
}
