package kube

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

func TestPodAddrs(t *testing.T) {
	pod := func(ip string, phase corev1.PodPhase) corev1.Pod {
		return corev1.Pod{Status: corev1.PodStatus{PodIP: ip, Phase: phase}}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got, want := r.URL.Path+"?"+r.URL.Query().Get("labelSelector"), "/api/v1/namespaces/metallb-system/pods?component=speaker"; got != want {
			t.Errorf("asked for %s, want %s", got, want)
		}
		w.Header().Set("Content-Type", "application/json")
		err := json.NewEncoder(w).Encode(corev1.PodList{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PodList"},
			Items: []corev1.Pod{
				pod("192.0.2.1", corev1.PodRunning), pod("", corev1.PodPending), pod("192.0.2.3", corev1.PodFailed),
				pod("192.0.2.4", corev1.PodSucceeded), pod("2001:db8::5", corev1.PodPending),
			},
		})
		if err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	c, err := newClient(&rest.Config{Host: server.URL}, ClientOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.PodAddrs(t.Context(), "metallb-system", "component=speaker")
	if err != nil {
		t.Fatal(err)
	}
	want := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::5")}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("addresses of pods (-want +got):\n%s", diff)
	}
	if _, err := c.PodAddrs(t.Context(), "metallb-system", "not a selector"); err == nil || !strings.Contains(err.Error(), `"not a selector"`) {
		t.Errorf("error %v on a selector that is none", err)
	}
}
