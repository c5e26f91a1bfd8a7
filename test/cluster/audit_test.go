package cluster

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What an API server refuses before it has read its roles tells nothing about rights.
func TestForbiddenLeavesOutWhatAStartingServerRefused(t *testing.T) {
	began := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	second := func(n int) time.Time { return began.Add(time.Duration(n) * time.Second) }
	c := &Cluster{dir: t.TempDir(), starts: []span{
		{from: second(0), to: second(3)},
		{from: second(10), to: second(13)},
		{from: second(20)}, // never ready
	}}
	var log strings.Builder
	for _, event := range []struct{ at, code int }{
		{1, 403}, {3, 403}, {9, 403}, {9, 200}, {10, 403}, {12, 403}, {14, 403}, {15, 404}, {19, 403}, {20, 403}, {90, 403},
	} {
		fmt.Fprintf(&log, `{"auditID":"%d-%d","verb":"list","requestURI":"/%[1]d","requestReceivedTimestamp":%[3]q,"responseStatus":{"code":%[2]d}}`+"\n",
			event.at, event.code, second(event.at).Format("2006-01-02T15:04:05.000000Z07:00"))
	}
	if err := os.WriteFile(c.auditLog(), []byte(log.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	forbidden, err := c.Forbidden()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range forbidden {
		got = append(got, r.URI)
	}
	if diff := cmp.Diff([]string{"/3", "/9", "/14", "/19"}, got); diff != "" {
		t.Errorf("forbidden requests by the second they came in (-want +got):\n%s", diff)
	}
}
