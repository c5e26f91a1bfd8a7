package intent

import (
	"time"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/bgp"
)

// maxBFDProfileName is where bgpd cuts names off without a word (FRR 8.4: "neighbor bfd profile").
const maxBFDProfileName = 63

var bfdConsequence = consequence{
	kept: "the profile keeps its last valid settings",
	lost: "peers that use this profile are held back",
}

func parseBFDProfile(o *v1beta1.BFDProfile, f *findings) bgp.BFDProfile {
	if len(o.Name) > maxBFDProfileName {
		f.refuse("metadata.name", "choose a shorter name", "has %d characters, and FRR takes at most %d", len(o.Name), maxBFDProfileName)
	}
	return bgp.BFDProfile{
		Name:             o.Name,
		ReceiveInterval:  milliseconds(f, "spec.receiveInterval", o.Spec.ReceiveInterval),
		TransmitInterval: milliseconds(f, "spec.transmitInterval", o.Spec.TransmitInterval),
		DetectMultiplier: uint8(within(f, "spec.detectMultiplier", o.Spec.DetectMultiplier, 2, 255, "")),
		EchoInterval:     milliseconds(f, "spec.echoInterval", o.Spec.EchoInterval),
		EchoMode:         o.Spec.EchoMode != nil && *o.Spec.EchoMode,
		PassiveMode:      o.Spec.PassiveMode != nil && *o.Spec.PassiveMode,
		MinimumTTL:       uint8(within(f, "spec.minimumTtl", o.Spec.MinimumTTL, 1, 254, "")),
	}
}

func milliseconds(f *findings, field string, value *uint32) time.Duration {
	return time.Duration(within(f, field, value, 10, 60000, " ms")) * time.Millisecond
}

// within checks an optional number; 0 is one that is not set.
func within(f *findings, field string, value *uint32, low, high uint32, unit string) uint32 {
	if value == nil {
		return 0
	}
	if *value < low || *value > high {
		f.refuse(field, "correct the value", "%d is not between %d and %d%s", *value, low, high, unit)
		return 0
	}
	return *value
}
