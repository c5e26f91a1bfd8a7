package soak

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/collector"
)

// settleTimeout bounds the wait for what takes milliseconds, or seconds after a daemon's
// death: it is for what hangs.
const settleTimeout = 2 * time.Minute

// ended waits until the sessions have ended that a step takes down: only then does it tell
// anything that routers hold what is meant.
func (w *world) ended(ctx context.Context, from []int, e excuse) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	for i, router := range w.routers {
		for _, node := range w.nodes {
			leaves := e.guest && i == guest && !w.model.guest
			if !leaves && (e.node != node.Name() || i == guest && !w.model.guest) {
				continue
			}
			_, err := router.WaitEvent(ctx, from[i], func(event collector.Event) bool {
				return event.Neighbor == node.Addr4() && event.Kind == collector.Down
			})
			if err != nil {
				return fmt.Errorf("%s: the session with %s goes on: %w", router.Name(), node.Name(), err)
			}
		}
	}
	return nil
}

// settle waits until every router holds from every node exactly what is meant.
func (w *world) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	meant := w.meant()
	for _, router := range w.listening() {
		for _, node := range w.nodes {
			err := router.Wait(ctx, func() error {
				if !router.Established(node.Addr4()) {
					return fmt.Errorf("%s has no session with %s", router.Name(), node.Name())
				}
				return differ(router.RIB(node.Addr4()), meant[node.Name()])
			})
			if err != nil {
				return fmt.Errorf("%s from %s: %w", router.Name(), node.Name(), err)
			}
		}
	}
	return nil
}

func differ(has map[netip.Prefix]collector.Route, want map[netip.Prefix]bool) error {
	for prefix := range want {
		if _, found := has[prefix]; !found {
			return fmt.Errorf("%d routes and not %d: %s is missing", len(has), len(want), prefix)
		}
	}
	for prefix := range has {
		if !want[prefix] {
			return fmt.Errorf("%d routes and not %d: nobody wants %s", len(has), len(want), prefix)
		}
	}
	return nil
}

// judge looks at all that a router heard during a step: sessions that ended and routes that
// came or went without an excuse.
func (w *world) judge(router *lab.Collector, from int, before, after map[string]map[netip.Prefix]bool, e excuse, addresses map[netip.Prefix]string) []string {
	var faults []string
	for _, event := range router.Events(from) {
		node := w.nodeAt(event.Neighbor)
		if e.node == node || e.guest && router == w.routers[guest] || e.services[addresses[event.Prefix]] {
			continue
		}
		switch event.Kind {
		case collector.Down:
			faults = append(faults, fmt.Sprintf("%s: %v", router.Name(), event))
		case collector.Withdraw:
			if before[node][event.Prefix] && after[node][event.Prefix] {
				faults = append(faults, fmt.Sprintf("%s: %v, which is wanted", router.Name(), event))
			}
		case collector.Announce:
			if !before[node][event.Prefix] && !after[node][event.Prefix] && !e.late[node][event.Prefix] {
				faults = append(faults, fmt.Sprintf("%s: %v, which nobody wants", router.Name(), event))
			}
		case collector.Up, collector.EndOfRIB:
		}
	}
	return faults
}

func (w *world) nodeAt(address netip.Addr) string {
	for _, node := range w.nodes {
		if node.Addr4() == address {
			return node.Name()
		}
	}
	return ""
}

// addresses finds the service of a prefix.
func (m *model) addresses() map[netip.Prefix]string {
	names := map[netip.Prefix]string{}
	for name, s := range m.services {
		names[netip.PrefixFrom(s.address, s.address.BitLen())] = name
	}
	return names
}

// truthful waits until what each node says of itself in the cluster is so.
func (w *world) truthful(ctx context.Context) error {
	for _, node := range w.nodes {
		err := lab.Eventually(ctx, settleTimeout, func() error { return w.saysTruth(ctx, node.Name()) })
		if err != nil {
			return fmt.Errorf("NodeState %s: %w", node.Name(), err)
		}
	}
	return nil
}

func (w *world) saysTruth(ctx context.Context, node string) error {
	got, err := w.api.client.Resource(nodeStates).Get(ctx, node, metav1.GetOptions{})
	if err != nil {
		return err
	}
	var state v1alpha1.NodeState
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(got.Object, &state); err != nil {
		return err
	}
	routes, sessions := len(w.model.routes(node)), len(w.listening())
	s := state.Status
	switch {
	case s.Outcome != v1alpha1.OutcomeApplied || s.Running != s.Desired || len(s.Failures) > 0:
		return fmt.Errorf("outcome %s, %v runs and %v is desired, failures %v", s.Outcome, s.Running, s.Desired, s.Failures)
	case s.SessionsUp != fmt.Sprintf("%d/%d", sessions, sessions):
		return fmt.Errorf("sessions %s, not %d", s.SessionsUp, sessions)
	case int(s.ServicesAnnounced) != routes:
		return fmt.Errorf("%d services announced, not %d", s.ServicesAnnounced, routes)
	case s.ProblemCount > 0 || s.DriftLines > 0:
		return fmt.Errorf("%d problems %v, %d lines of drift", s.ProblemCount, s.Problems, s.DriftLines)
	}
	for _, session := range s.Sessions {
		if int(session.PrefixesWanted) != routes || session.PrefixesSent != session.PrefixesWanted {
			return fmt.Errorf("%s: %d prefixes wanted and %d sent, not %d", session.Neighbor, session.PrefixesWanted, session.PrefixesSent, routes)
		}
	}
	return nil
}
