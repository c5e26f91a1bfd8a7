package announce_test

import (
	"flag"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"frr-speaker/internal/frrconfig"
	"frr-speaker/test/frrcheck"
	"frr-speaker/test/scenario"
)

var update = flag.Bool("update", false, "rewrite what the scenarios in testdata expect")

// TestScenarios runs every archive of testdata; testdata/README.md explains them.
func TestScenarios(t *testing.T) {
	scenarios, err := scenario.ReadAll("testdata")
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := frrconfig.New()
	if err != nil {
		t.Fatal(err)
	}
	var frr frrcheck.Checker
	for _, s := range scenarios {
		t.Run(s.Name, func(t *testing.T) {
			outcomes, err := s.Play(renderer)
			if err != nil {
				t.Fatal(err)
			}
			now := outcomes[len(outcomes)-1]
			if *update {
				if err := s.Rewrite(now); err != nil {
					t.Fatal(err)
				}
			}
			if differences := s.Differences(now); differences != "" {
				t.Error(differences)
			}
			for _, node := range now.Nodes {
				complaints, err := frr.Complaints(t.Context(), node.Text)
				if err != nil {
					t.Fatal(err)
				}
				if len(complaints) > 0 {
					t.Errorf("FRR on the text of %s: %s", node.State.Node, strings.Join(complaints, "\n"))
				}
			}
		})
	}
}

// TestL2Scenarios runs every archive of testdata/l2. What FRR runs is not what
// they are about, so FRR does not read it.
func TestL2Scenarios(t *testing.T) {
	scenarios, err := scenario.ReadAll("testdata/l2")
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := frrconfig.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scenarios {
		t.Run(s.Name, func(t *testing.T) {
			outcomes, err := s.Play(renderer)
			if err != nil {
				t.Fatal(err)
			}
			now := outcomes[len(outcomes)-1]
			if *update {
				if err := s.Rewrite(now); err != nil {
					t.Fatal(err)
				}
			}
			if differences := s.Differences(now); differences != "" {
				t.Error(differences)
			}
			if twice := answeredTwice(now); twice != "" {
				t.Error(twice)
			}
		})
	}
}

// answeredTwice names an address for which two nodes of an outcome answer; "" is none.
func answeredTwice(o *scenario.Outcome) string {
	by := map[netip.Addr]string{}
	for _, n := range o.Nodes {
		for _, a := range n.State.L2 {
			if other, taken := by[a.Addr]; taken {
				return fmt.Sprintf("both %s and %s answer for %s", other, n.State.Node, a.Addr)
			}
			by[a.Addr] = n.State.Node
		}
	}
	return ""
}
