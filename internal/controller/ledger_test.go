package controller

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"frr-speaker/internal/kube"
)

// TestTheLedgerRemembersEveryEditionThatNoSnapshotShows writes twice to a service while
// snapshots stay at the edition before, and the second write gets no answer.
func TestTheLedgerRemembersEveryEditionThatNoSnapshotShows(t *testing.T) {
	var (
		service = types.NamespacedName{Namespace: "shop", Name: "web"}
		first   = netip.MustParseAddr("198.51.100.1")
		second  = netip.MustParseAddr("203.0.113.1")
		shows   = func(version string) map[types.NamespacedName]*corev1.Service {
			return map[types.NamespacedName]*corev1.Service{service: {ObjectMeta: metav1.ObjectMeta{UID: "a", ResourceVersion: version}}}
		}
		write = func(version string, addr netip.Addr) job {
			return job{service: service, uid: "a", assignment: kube.Assignment{Version: version, Addresses: []netip.Addr{addr}}}
		}
		l      = ledger{}
		expect = func(when, version string, mayHave ...netip.Addr) {
			t.Helper()
			if got := l[service].version("10"); got != version {
				t.Errorf("%s the next write goes to edition %s, want %s", when, got, version)
			}
			opts := cmp.Options{cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmpopts.EquateEmpty()}
			if diff := cmp.Diff(mayHave, l[service].mayHave(nil), opts); diff != "" {
				t.Errorf("%s the service may have (-want +got):\n%s", when, diff)
			}
		}
	)

	l.begin(write("10", first))
	expect("during the first write", "10", first)
	l.end(result{job: write("10", first), version: "11"}, time.Now())
	expect("after it", "11", first)

	l.begin(write("11", second))
	expect("during the second write", "11", first, second)
	l.end(result{job: write("11", second), err: errors.New("no answer")}, time.Now())
	l.settle(shows("10"), time.Now())
	expect("without an answer", "11", first, second)

	l.begin(write("11", second))
	l.settle(shows("11"), time.Now())
	expect("during the repetition", "11", first, second)
	l.end(result{job: write("11", second), err: errors.New("no answer")}, time.Now())
	l.settle(shows("11"), time.Now())
	if l[service] == nil {
		t.Error("a snapshot of the first write's edition ends the wait for the second write")
	}
	l.settle(shows("12"), time.Now())
	if l[service] != nil {
		t.Error("a snapshot of a later edition does not end the wait")
	}
}

// TestAWriteThatChangesNothingShutsNoOtherOut: the API server makes no edition of it, so
// a write to the same edition may still be carried out, for as long as one may take.
func TestAWriteThatChangesNothingShutsNoOtherOut(t *testing.T) {
	var (
		service = types.NamespacedName{Namespace: "shop", Name: "web"}
		addr    = netip.MustParseAddr("198.51.100.1")
		shows   = map[types.NamespacedName]*corev1.Service{service: {ObjectMeta: metav1.ObjectMeta{UID: "a", ResourceVersion: "10"}}}
		lost    = job{service: service, uid: "a", assignment: kube.Assignment{Version: "10", Addresses: []netip.Addr{addr}}}
		nothing = job{service: service, uid: "a", assignment: kube.Assignment{Version: "10"}}
		l       = ledger{}
		now     = time.Now()
	)
	l.begin(lost)
	l.end(result{job: lost, err: errors.New("no answer")}, now)
	l.begin(nothing)
	l.end(result{job: nothing, version: "10"}, now)
	l.settle(shows, now)
	if !slices.Contains(l[service].mayHave(nil), addr) {
		t.Error("the address counts as free although the first write may still give it")
	}
	wait, waits := l.next(now)
	if !waits {
		t.Fatal("nobody looks when the first write cannot be carried out any more")
	}
	l.settle(shows, now.Add(wait))
	if l[service] != nil {
		t.Errorf("after %s the first write still counts as possible", wait)
	}
}

func TestWhatWaitsForOthersAsksForNoPass(t *testing.T) {
	j := job{assignment: kube.Assignment{Version: "10"}}
	now := time.Now()
	l := ledger{}
	l.begin(j)
	l.end(result{job: j, err: errors.New("no answer")}, now)
	wait, waits := l.next(now)
	if !waits || wait <= 0 || wait > minBackoff {
		t.Errorf("after a failure the next pass is due in %s (%t), want up to %s", wait, waits, minBackoff)
	}
	if wait, waits := l.next(now.Add(wait)); waits {
		t.Errorf("when the write is due, but cannot be done yet, the next pass is due in %s", wait)
	}
}
