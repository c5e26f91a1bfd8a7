package members

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/memberlist"
)

func TestKeyIsTheOneThatMetalLBMakes(t *testing.T) {
	const nothing = "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24\x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4\x95\x99\x1b\x78\x52\xb8\x55"
	for _, tt := range []struct{ name, secret, want string }{
		{"no secret is no key", "", ""},
		{"what a short one lacks comes from the hash of nothing", "x", "x" + nothing[:31]},
		{"that of the controller has 22 characters", testSecret, testKey},
		{"a long one is cut", strings.Repeat("s", 40), strings.Repeat("s", 32)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(key([]byte(tt.secret))); got != tt.want {
				t.Errorf("key %q, want %q", got, tt.want)
			}
		})
	}
}

// everyOption is a file with all options, none with the value that it has anyway.
const everyOption = `{
	"TCPTimeout": "11s", "IndirectChecks": 2, "RetransmitMult": 5, "SuspicionMult": 6, "SuspicionMaxTimeoutMult": 7,
	"PushPullInterval": "1m", "ProbeTimeout": "250ms", "ProbeInterval": "500ms", "DisableTcpPings": true,
	"AwarenessMaxMultiplier": 9, "GossipNodes": 4, "GossipInterval": "50ms", "GossipToTheDeadTime": "40s",
	"GossipVerifyIncoming": false, "GossipVerifyOutgoing": false, "EnableCompression": false,
	"HandoffQueueDepth": 2048, "UDPBufferSize": 1300, "QueueCheckInterval": "31s"
}`

func TestTuningOfAFile(t *testing.T) {
	tuning, err := ParseTuning([]byte(everyOption), Fast())
	if err != nil {
		t.Fatal(err)
	}
	want := memberlist.DefaultLANConfig()
	want.TCPTimeout, want.IndirectChecks, want.RetransmitMult = 11*time.Second, 2, 5
	want.SuspicionMult, want.SuspicionMaxTimeoutMult, want.PushPullInterval = 6, 7, time.Minute
	want.ProbeTimeout, want.ProbeInterval, want.DisableTcpPings = 250*time.Millisecond, 500*time.Millisecond, true
	want.AwarenessMaxMultiplier, want.GossipNodes, want.GossipInterval = 9, 4, 50*time.Millisecond
	want.GossipToTheDeadTime, want.GossipVerifyIncoming, want.GossipVerifyOutgoing = 40*time.Second, false, false
	want.EnableCompression, want.HandoffQueueDepth, want.UDPBufferSize, want.QueueCheckInterval = false, 2048, 1300, 31*time.Second
	if diff := cmp.Diff(want, tuning.config(), cmp.AllowUnexported(memberlist.Config{})); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	if len(settings()) != 19 {
		t.Errorf("%d options, want MetalLB's 19", len(settings()))
	}
}

func TestWhatAFileLeavesOutStays(t *testing.T) {
	tuning, err := ParseTuning([]byte(`{"GossipNodes": 7}`), WAN())
	if err != nil {
		t.Fatal(err)
	}
	want := memberlist.DefaultWANConfig()
	want.GossipNodes = 7
	if diff := cmp.Diff(want, tuning.config(), cmp.AllowUnexported(memberlist.Config{})); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestAFileIsRefusedWithTheOptionThatIsWrong(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"no JSON", "GossipNodes: 7", "read memberlist options: not a JSON object: "},
		{"a list", "[1]", "read memberlist options: not a JSON object: "},
		{"an option that does not exist", `{"GossipNode": 7}`, `read memberlist options: "GossipNode" is no option; there are AwarenessMaxMultiplier, `},
		{"a number for a duration", `{"ProbeTimeout": 500}`, `read memberlist options: ProbeTimeout: 500 is no duration: write it as "500ms" or "1m30s"`},
		{"a duration without unit", `{"ProbeTimeout": "500"}`, "read memberlist options: ProbeTimeout: 500 is no duration"},
		{"a negative duration", `{"ProbeTimeout": "-1s"}`, "read memberlist options: ProbeTimeout: -1s is no duration"},
		{"a text for a number", `{"SuspicionMult": "4"}`, "read memberlist options: SuspicionMult: 4 is no number from 0 to 1048576"},
		{"a fraction", `{"SuspicionMult": 1.5}`, "read memberlist options: SuspicionMult: 1.5 is no number"},
		{"a negative number", `{"SuspicionMult": -1}`, "read memberlist options: SuspicionMult: -1 is no number"},
		{"a text for a switch", `{"EnableCompression": "yes"}`, "read memberlist options: EnableCompression: yes is neither true nor false"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseTuning([]byte(tt.file), Fast())
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}
