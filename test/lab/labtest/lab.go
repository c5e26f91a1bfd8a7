package labtest

import (
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"frr-speaker/test/lab"
)

// tailLines is how much of each log a failure shows.
const tailLines = 30

// New makes a lab that ends with the test. Where the user is not root the test
// is skipped, but fails in CI.
func New(t testing.TB, o lab.Options) *lab.Lab {
	t.Helper()
	if o.Name == "" {
		o.Name = nameOf(t)
	}
	l, err := lab.New(t.Context(), o)
	if errors.Is(err, lab.ErrNotRoot) && os.Getenv("CI") != "true" {
		t.Skipf("SKIPPED, NOTHING WAS TESTED: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		t.Helper()
		checkLogs(t, l)
		if t.Failed() {
			t.Logf("what the lab's processes said last:\n%s", l.Tails(tailLines))
		}
		if err := l.Close(); err != nil {
			t.Errorf("close lab: %v", err)
		}
		left, err := l.Leaks()
		if err != nil {
			t.Error(err)
		}
		for _, what := range left {
			t.Errorf("the lab left behind: %s", what)
		}
	})
	return l
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// nameOf makes a lab's name of a test's.
func nameOf(t testing.TB) string {
	name := notInNames.ReplaceAllString(strings.ToLower(strings.TrimPrefix(t.Name(), "Test")), "-")
	return strings.Trim(name[:min(len(name), 20)], "-")
}

// checkLogs fails the test if a process of ours crashed or raced.
func checkLogs(t testing.TB, l *lab.Lab) {
	t.Helper()
	for _, h := range l.Hosts() {
		for _, process := range []string{"speaker", "frr-reloader"} {
			text, err := os.ReadFile(h.LogFile(process))
			if err != nil {
				continue // it does not run here
			}
			for _, sign := range []string{"WARNING: DATA RACE", "\npanic: ", "\nfatal error: "} {
				if strings.Contains("\n"+string(text), sign) {
					t.Errorf("%s on %s: %s in its log:\n%s", process, h.Name(), strings.TrimSpace(sign), text)
				}
			}
		}
	}
}

// Must stops the test on an error; it wraps a call: r := labtest.Must(l.StartNode(ctx, o))(t).
func Must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// Network makes a network with addresses chosen by the lab.
func Network(ctx context.Context, t testing.TB, l *lab.Lab) *lab.Network {
	t.Helper()
	return Must(l.NewNetwork(ctx, lab.NetworkOptions{}))(t)
}
