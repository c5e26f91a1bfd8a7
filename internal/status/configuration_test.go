package status

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/internal/handoff"
	"frr-speaker/internal/intent"
)

func peerProblem(name string) intent.Problem {
	return intent.Problem{
		Object: intent.Ref{Kind: "BGPPeer", Namespace: ours, Name: name}, Field: "spec.peerAddress",
		Message: "is missing", Effect: "this peer is left out", Remedy: "set it",
	}
}

func TestConfigurationState(t *testing.T) {
	problems := func(p ...intent.Problem) func(*Facts) { return func(f *Facts) { f.Problems = p } }
	for _, tt := range []struct {
		name string
		f    Facts
		want []string // result, then the conditions, then the summary
	}{
		{
			"what is used as it is written and runs in FRR is valid", facts(),
			[]string{"Valid", "configReconcilerValid=True Reconciled: ", "Applied=True applied: ", ""},
		},
		{
			"an object with a problem makes it invalid, and is named with field and remedy",
			facts(problems(peerProblem("tor-a"))),
			[]string{
				"Invalid",
				"configReconcilerValid=False ConfigurationError: configuration error: BGPPeer metallb-system/tor-a: spec.peerAddress: is missing; this peer is left out; set it",
				"Applied=True applied: ",
				"configuration error: BGPPeer metallb-system/tor-a: spec.peerAddress: is missing; this peer is left out; set it",
			},
		},
		{
			"a problem of a service, a field without meaning and an API server that is away are no configuration errors",
			facts(problems(
				intent.Problem{Object: service("web"), Message: "has an address that is none"},
				intent.Problem{Object: intent.Ref{Kind: "BGPPeer", Name: "tor-a"}, Message: "has disableMP", Harmless: true},
				intent.Problem{Object: intent.Ref{Kind: "APIServer", Name: "https://api"}, Message: "does not answer"},
			)),
			[]string{"Valid", "configReconcilerValid=True Reconciled: ", "Applied=True applied: ", ""},
		},
		{
			"a line that FRR refused makes it invalid, and is named with its object",
			facts(reload(refusal)),
			[]string{
				"Invalid", "configReconcilerValid=True Reconciled: ",
				`Applied=False partial: FRR runs the configuration without this: BGPPeer tor-b: line 17 "neighbor 2001:db8::1 remote-as 65002": bgpd: % AS number mismatch`,
				`FRR runs the configuration without this: BGPPeer tor-b: line 17 "neighbor 2001:db8::1 remote-as 65002": bgpd: % AS number mismatch`,
			},
		},
		{
			"a daemon that died makes no configuration invalid, but is said",
			facts(reload(func(r *handoff.Result) {
				r.Outcome, r.Failures = handoff.OutcomeFailed, []handoff.Failure{{Daemon: "bgpd", Message: "the daemon does not run"}}
			})),
			[]string{
				"Valid", "configReconcilerValid=True Reconciled: ",
				"Applied=False failed: what FRR runs is not what was wanted, and is being repaired: bgpd: the daemon does not run",
				"what FRR runs is not what was wanted, and is being repaired: bgpd: the daemon does not run",
			},
		},
		{
			"a frr-reloader that never reported leaves unknown what runs",
			facts(func(f *Facts) { f.Reload = Reload{} }),
			[]string{"Valid", "configReconcilerValid=True Reconciled: ", "Applied=Unknown pending: frr-reloader has not reported yet", ""},
		},
		{
			"a frr-reloader that fell silent leaves unknown what runs",
			facts(func(f *Facts) { f.Reload.Silent = true }),
			[]string{"Valid", "configReconcilerValid=True Reconciled: ", "Applied=Unknown silent: frr-reloader does not report any more; FRR may still run what it ran", ""},
		},
		{
			"an outcome that this speaker does not know is a failure",
			facts(reload(func(r *handoff.Result) { r.Outcome = "exploded" })),
			[]string{
				"Valid", "configReconcilerValid=True Reconciled: ",
				`Applied=False failed: frr-reloader reports "exploded"`, `frr-reloader reports "exploded"`,
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := Build(tt.f).Configuration
			got := []string{string(o.Status.Result)}
			for _, c := range o.Status.Conditions {
				got = append(got, fmt.Sprintf("%s=%s %s: %s", c.Type, c.Status, c.Reason, c.Message))
			}
			got = append(got, o.Status.ErrorSummary)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ConfigurationState (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConfigurationStateIsMetalLBs(t *testing.T) {
	want := metav1.ObjectMeta{
		Namespace: ours, Name: "speaker-node-1",
		Labels:          map[string]string{"metallb.io/component-type": "speaker", "metallb.io/node-name": node},
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: node, UID: "uid-of-node-1"}},
	}
	if diff := cmp.Diff(want, Build(facts()).Configuration.ObjectMeta); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
}

func TestUndecidedSpeakerWritesOnlyWhatKeepsIt(t *testing.T) {
	undecided := facts(func(f *Facts) { f.State = nil })
	if diff := cmp.Diff(Objects{}, Build(undecided)); diff != "" {
		t.Errorf("without problems (-want +got):\n%s", diff)
	}
	undecided.Problems = []intent.Problem{{Object: intent.Ref{Kind: "Node", Name: node}, Message: "the cluster has no node of this name"}}
	got := Build(undecided)
	if got.Configuration == nil || got.Configuration.Status.Result != "Invalid" || got.Node != nil || got.Services != nil {
		t.Errorf("with a problem: %+v, want a ConfigurationState that is Invalid and nothing else", got)
	}
}

func TestMessagesAreBounded(t *testing.T) {
	f := facts(func(f *Facts) {
		for i := range 1000 {
			p := peerProblem(fmt.Sprintf("tor-%03d", i))
			p.Message = strings.Repeat("é", 5000)
			f.Problems = append(f.Problems, p)
		}
		for range 1000 {
			f.Reload.Result.Failures = append(f.Reload.Result.Failures, handoff.Failure{Line: strings.Repeat("x", 5000), Message: "no"})
		}
		f.Reload.Result.Outcome = handoff.OutcomePartial
	})
	o := Build(f)
	for _, c := range append(o.Configuration.Status.Conditions, o.Node.Status.Conditions...) {
		if len(c.Message) > 32768 { // maxLength of a condition's message
			t.Errorf("the message of %s has %d bytes", c.Type, len(c.Message))
		}
	}
	if message := o.Configuration.Status.Conditions[0].Message; !strings.HasSuffix(message, "\nand 980 more") {
		t.Errorf("the message ends in %q", message[len(message)-40:])
	}
	if n := o.Node.Status; n.ProblemCount != 1000 || len(n.Problems) != 50 || len(n.Failures) != 50 {
		t.Errorf("%d problems of %d and %d failures are listed", len(n.Problems), n.ProblemCount, len(n.Failures))
	}
	text, err := json.Marshal(o.Node)
	if err != nil || len(text) > 200_000 {
		t.Errorf("the NodeState has %d bytes, error %v", len(text), err)
	}
}

func TestNoObjectHoldsAPassword(t *testing.T) {
	f := facts(reload(refusal))
	text, err := json.Marshal(Build(f))
	if err != nil {
		t.Fatal(err)
	}
	events, _ := Events(Memory{}, f)
	if all := string(text) + fmt.Sprint(events); strings.Contains(all, "hunter2") {
		t.Errorf("the password of the peer is in %s", all)
	}
}

func TestReportWithoutOutcomeLeavesTheLastOneStanding(t *testing.T) {
	applying := result()
	applying.Outcome, applying.Phase, applying.Since = handoff.OutcomeNone, handoff.PhaseApply, noon()
	before := Reload{}.Next(result(), noon())
	for _, tt := range []struct {
		name  string
		after time.Duration
		want  handoff.Outcome
	}{
		{"while FRR is being given a new text", 50 * time.Millisecond, handoff.OutcomeApplied},
		{"not for ever", time.Minute, handoff.OutcomeNone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := before.Next(applying, noon().Add(tt.after)).Result.Outcome; got != tt.want {
				t.Errorf("outcome %q, want %q", got, tt.want)
			}
		})
	}
}
