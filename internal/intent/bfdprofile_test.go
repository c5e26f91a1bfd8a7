package intent

import (
	"strings"
	"testing"
	"time"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/bgp"
)

func number(n uint32) *uint32 { return &n }

func TestBFDProfileMeans(t *testing.T) {
	yes := true
	objs := Objects{BFDProfiles: []*v1beta1.BFDProfile{
		profile("full", func(s *v1beta1.BFDProfileSpec) {
			*s = v1beta1.BFDProfileSpec{
				ReceiveInterval: number(10), TransmitInterval: number(60000), DetectMultiplier: number(255),
				EchoInterval: number(50), EchoMode: &yes, PassiveMode: &yes, MinimumTTL: number(254),
			}
		}),
		profile("empty"),
		profile(strings.Repeat("n", 63)),
	}}
	expect(t, objs, nil, Intent{BFDProfiles: []bgp.BFDProfile{
		{Name: "empty"},
		{
			Name: "full", ReceiveInterval: 10 * time.Millisecond, TransmitInterval: time.Minute, DetectMultiplier: 255,
			EchoInterval: 50 * time.Millisecond, EchoMode: true, PassiveMode: true, MinimumTTL: 254,
		},
		{Name: strings.Repeat("n", 63)},
	}})
}

func TestBFDProfileIsRefused(t *testing.T) {
	type spec = v1beta1.BFDProfileSpec
	tests := []struct {
		name        string
		profile     *v1beta1.BFDProfile
		field, says string
		remedy      string
	}{
		{
			"with a receive interval of 9 ms", profile("p", func(s *spec) { s.ReceiveInterval = number(9) }),
			"spec.receiveInterval", "9 is not between 10 and 60000 ms", "correct the value",
		},
		{
			"with a transmit interval above a minute", profile("p", func(s *spec) { s.TransmitInterval = number(60001) }),
			"spec.transmitInterval", "60001 is not between 10 and 60000 ms", "correct the value",
		},
		{
			"with an echo interval of zero", profile("p", func(s *spec) { s.EchoInterval = number(0) }),
			"spec.echoInterval", "0 is not between 10 and 60000 ms", "correct the value",
		},
		{
			"with a multiplier that would wrap around", profile("p", func(s *spec) { s.DetectMultiplier = number(258) }),
			"spec.detectMultiplier", "258 is not between 2 and 255", "correct the value",
		},
		{
			"with a TTL of 255", profile("p", func(s *spec) { s.MinimumTTL = number(255) }),
			"spec.minimumTtl", "255 is not between 1 and 254", "correct the value",
		},
		{
			"with a name that bgpd would cut off", profile(strings.Repeat("n", 64)),
			"metadata.name", "has 64 characters, and FRR takes at most 63", "choose a shorter name",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, Objects{BFDProfiles: []*v1beta1.BFDProfile{tt.profile}}, nil, Intent{}, Problem{
				Object: ref("BFDProfile", tt.profile.Name), Field: tt.field, Message: tt.says,
				Effect: "peers that use this profile are held back", Remedy: tt.remedy,
			})
		})
	}
}

func TestProfilesWithoutEchoHaveTheirOwnNames(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range []string{"a", strings.Repeat("n", 57), strings.Repeat("n", 58), strings.Repeat("n", 62) + "a", strings.Repeat("n", 62) + "b"} {
		async := asyncName(name)
		if len(async) > 63 || seen[async] || isObjectName(async) {
			t.Errorf("%s has the name %s: too long, taken, or an object's", name, async)
		}
		seen[async] = true
	}
}
