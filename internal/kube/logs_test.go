package kube

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"
)

// A pod whose node is gone costs a bundle its own log alone.
func TestLogsDoNotWaitForEver(t *testing.T) {
	const pods = `{"apiVersion": "v1", "kind": "PodList", "items": [
		{"metadata": {"name": "gone"}, "status": {"containerStatuses": [{"name": "speaker", "restartCount": 1}]}},
		{"metadata": {"name": "here"}, "status": {"containerStatuses": [{"name": "speaker"}, {"name": "frr", "restartCount": 2}]}}]}`
	server := answers(func(r *http.Request) (*http.Response, error) {
		text := r.URL.Query().Get("container") + " " + r.URL.Query().Get("previous") + " " + r.URL.Query().Get("tailLines")
		switch {
		case strings.HasSuffix(r.URL.Path, "/pods"):
			text = pods
		case strings.Contains(r.URL.Path, "/pods/gone/"):
			<-r.Context().Done() // as an API server that waits for a kubelet
			return nil, r.Context().Err()
		}
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(strings.NewReader(text)), Request: r,
		}, nil
	})
	synctest.Test(t, func(t *testing.T) {
		client, err := newClient(&rest.Config{Host: "https://192.0.2.1", Transport: server}, ClientOptions{})
		if err != nil {
			t.Fatal(err)
		}
		logs, err := Logs(t.Context(), client, LogOptions{Namespace: "metallb-system", Selector: "component=speaker", Lines: 7, Patience: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range logs {
			text := string(l.Text)
			if errors.Is(l.Err, context.DeadlineExceeded) {
				text = "too late"
			} else if l.Err != nil {
				text = l.Err.Error()
			}
			got = append(got, l.Pod+": "+text)
		}
		want := []string{"gone: too late", "gone: too late", "here: speaker false 7", "here: frr false 7", "here: frr true 7"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("logs (-want +got):\n%s", diff)
		}
	})
}
