package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// server stands where an API server does, for faults that a real one does not have on demand.
type server struct {
	http *httptest.Server

	mu     sync.Mutex     // guards status
	status map[string]int // that requests for a resource get; 200 without an entry
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{status: map[string]int{}}
	s.http = httptest.NewServer(s)
	t.Cleanup(func() { s.http.CloseClientConnections(); s.http.Close() })
	return s
}

func (s *server) answer(resource string, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status[resource] = status
}

// garbage in place of a status is an answer that is no list.
const garbage = 1

// ServeHTTP has no objects at all, and watches on which nothing happens.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	resource := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	s.mu.Lock()
	status, found := s.status[resource]
	s.mu.Unlock()
	query := r.URL.Query()
	switch {
	case found && status >= http.StatusBadRequest:
		fail(w, status, fmt.Sprintf("%s is %s", resource, http.StatusText(status)))
	case query.Get("sendInitialEvents") != "":
		fail(w, http.StatusUnprocessableEntity, "sendInitialEvents is forbidden")
	case query.Get("watch") != "":
		w.Header().Set("Content-Type", "application/json")
		if err := http.NewResponseController(w).Flush(); err != nil {
			return
		}
		<-r.Context().Done()
	case status == garbage:
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"apiVersion": "v1", "kind": "Unheard"}`)
	default:
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"apiVersion": %q, "kind": %q, "metadata": {"resourceVersion": "1"}, "items": []}`, version(r.URL.Path), listKinds()[resource])
	}
}

func listKinds() map[string]string {
	return map[string]string{
		"services": "ServiceList", "endpointslices": "EndpointSliceList", "nodes": "NodeList", "secrets": "SecretList",
		"configmaps": "ConfigMapList", "bgppeers": "BGPPeerList", "bgpadvertisements": "BGPAdvertisementList",
		"l2advertisements": "L2AdvertisementList", "ipaddresspools": "IPAddressPoolList", "bfdprofiles": "BFDProfileList",
		"communities": "CommunityList",
	}
}

// version is the apiVersion that a path asks for.
func version(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if parts[0] == "api" {
		return parts[1]
	}
	return parts[1] + "/" + parts[2]
}

func fail(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   metav1.StatusFailure, Code: int32(status), Message: message,
	})
}

// start runs a source against a server until the test ends.
func start(t *testing.T, host string) *Source {
	t.Helper()
	client, err := newClient(&rest.Config{Host: host}, ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	source, err := NewSource(client, SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- source.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("source ended: %v", err)
		}
	})
	return source
}

// await takes snapshots until one is as wanted: complete or not, with exactly these
// parts in its problems, one each.
func await(t *testing.T, s *Source, complete bool, parts ...string) {
	t.Helper()
	deadline := time.After(90 * time.Second)
	for {
		_, problems, have := s.Snapshot()
		fits := have == complete && len(problems) == len(parts)
		for i := 0; fits && i < len(parts); i++ {
			fits = strings.Contains(problems[i].String(), parts[i])
		}
		if fits {
			return
		}
		select {
		case <-s.Changed():
		case <-deadline:
			t.Fatalf("complete %t with problems %q, want %t with %q", have, problems, complete, parts)
		}
	}
}

func TestAKindThatIsNotInstalledIsNamedAndWaitedFor(t *testing.T) {
	api := newServer(t)
	api.answer("bgppeers", http.StatusNotFound)
	s := start(t, api.http.URL)
	await(t, s, false, "CustomResourceDefinition bgppeers.metallb.io: is not installed, or not in version v1beta2; "+
		"speaker goes on with what it knows; after a start it waits, and announces nothing new; kubectl apply -k deploy/frr-mode/crds")
	api.answer("bgppeers", http.StatusOK)
	await(t, s, true)
}

func TestAKindThatMustNotBeReadIsNamed(t *testing.T) {
	api := newServer(t)
	api.answer("endpointslices", http.StatusForbidden)
	s := start(t, api.http.URL)
	await(t, s, false, "APIResource endpointslices.discovery.k8s.io: the API server refuses it with status 403: endpointslices is Forbidden")
	api.answer("endpointslices", http.StatusOK)
	await(t, s, true)
}

func TestAnAnswerThatCannotBeReadIsSaid(t *testing.T) {
	api := newServer(t)
	api.answer("nodes", garbage)
	s := start(t, api.http.URL)
	await(t, s, false, "APIResource nodes: cannot be read: ")
	api.answer("nodes", http.StatusOK)
	await(t, s, true)
}

func TestAnAPIServerThatGoesAwayChangesNoObject(t *testing.T) {
	api := newServer(t)
	s := start(t, api.http.URL)
	await(t, s, true)
	before, _, _ := s.Snapshot()
	for _, k := range s.kinds {
		api.answer(k.resource.Resource, http.StatusServiceUnavailable)
	}
	api.http.CloseClientConnections()
	await(t, s, true, "APIServer "+api.http.URL+": does not answer: ")
	during, _, _ := s.Snapshot()
	if len(before.Services) != len(during.Services) {
		t.Errorf("%d services before, %d while the API server is away", len(before.Services), len(during.Services))
	}
	for _, k := range s.kinds {
		api.answer(k.resource.Resource, http.StatusOK)
	}
	await(t, s, true)
}

func TestAnAPIServerThatIsNotThereYetIsWaitedFor(t *testing.T) {
	api := newServer(t)
	for _, k := range newTestSource(t).kinds {
		api.answer(k.resource.Resource, http.StatusServiceUnavailable)
	}
	s := start(t, api.http.URL)
	await(t, s, false, "does not answer: ")
	for _, k := range s.kinds {
		api.answer(k.resource.Resource, http.StatusOK)
	}
	await(t, s, true)
}
