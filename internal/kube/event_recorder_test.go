package kube

import (
	"errors"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// TestFinalAnswers: an API server that starts refuses everybody, so that a refusal may pass;
// what it calls invalid stays so.
func TestFinalAnswers(t *testing.T) {
	events := schema.GroupResource{Resource: "events"}
	for _, tt := range []struct {
		name  string
		err   error
		tried time.Duration
		want  bool
	}{
		{"nobody is there", errors.New("connection refused"), time.Hour, false},
		{"refused at once", apierrors.NewForbidden(events, "web.1", nil), time.Second, false},
		{"refused for long", apierrors.NewForbidden(events, "web.1", nil), maxEventRefusal, true},
		{"a token that is not known yet", apierrors.NewUnauthorized("token"), time.Second, false},
		{"a token that is void", apierrors.NewUnauthorized("token"), maxEventRefusal, true},
		{"too many", apierrors.NewTooManyRequests("later", 1), time.Hour, false},
		{"its own fault", apierrors.NewInternalError(errors.New("etcd")), time.Hour, false},
		{"an invalid Event", apierrors.NewBadRequest("message"), 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := final(tt.err, tt.tried); got != tt.want {
				t.Errorf("final(%v, %s) = %t, want %t", tt.err, tt.tried, got, tt.want)
			}
		})
	}
}
