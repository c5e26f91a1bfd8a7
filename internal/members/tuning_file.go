package members

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/memberlist"
)

// ParseTuning reads the options of memberlist from JSON, as MetalLB has them in
// ConfigMap metallb-memberlist-config: an object with names of fields and values,
// durations as Go writes them ("500ms"). What the file leaves out stays as in
// base; MetalLB takes numbers that are left out for zero.
func ParseTuning(data []byte, base Tuning) (Tuning, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var values map[string]any
	if err := decoder.Decode(&values); err != nil {
		return Tuning{}, fmt.Errorf("read memberlist options: not a JSON object: %w", err)
	}
	known := settings()
	var edits []func(*memberlist.Config)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		parse, exists := known[name]
		if !exists {
			return Tuning{}, fmt.Errorf("read memberlist options: %q is no option; there are %s", name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
		edit, err := parse(values[name])
		if err != nil {
			return Tuning{}, fmt.Errorf("read memberlist options: %s: %w", name, err)
		}
		edits = append(edits, edit)
	}
	return Tuning{base: base.config, edits: func(c *memberlist.Config) {
		for _, edit := range edits {
			edit(c)
		}
	}}, nil
}

// setting turns a JSON value into an edit of a configuration.
type setting func(value any) (func(*memberlist.Config), error)

// settings are the options by name: those of MetalLB.
func settings() map[string]setting {
	return map[string]setting{
		"TCPTimeout":              duration(func(c *memberlist.Config) *time.Duration { return &c.TCPTimeout }),
		"PushPullInterval":        duration(func(c *memberlist.Config) *time.Duration { return &c.PushPullInterval }),
		"ProbeTimeout":            duration(func(c *memberlist.Config) *time.Duration { return &c.ProbeTimeout }),
		"ProbeInterval":           duration(func(c *memberlist.Config) *time.Duration { return &c.ProbeInterval }),
		"GossipInterval":          duration(func(c *memberlist.Config) *time.Duration { return &c.GossipInterval }),
		"GossipToTheDeadTime":     duration(func(c *memberlist.Config) *time.Duration { return &c.GossipToTheDeadTime }),
		"QueueCheckInterval":      duration(func(c *memberlist.Config) *time.Duration { return &c.QueueCheckInterval }),
		"IndirectChecks":          number(func(c *memberlist.Config) *int { return &c.IndirectChecks }),
		"RetransmitMult":          number(func(c *memberlist.Config) *int { return &c.RetransmitMult }),
		"SuspicionMult":           number(func(c *memberlist.Config) *int { return &c.SuspicionMult }),
		"SuspicionMaxTimeoutMult": number(func(c *memberlist.Config) *int { return &c.SuspicionMaxTimeoutMult }),
		"AwarenessMaxMultiplier":  number(func(c *memberlist.Config) *int { return &c.AwarenessMaxMultiplier }),
		"GossipNodes":             number(func(c *memberlist.Config) *int { return &c.GossipNodes }),
		"HandoffQueueDepth":       number(func(c *memberlist.Config) *int { return &c.HandoffQueueDepth }),
		"UDPBufferSize":           number(func(c *memberlist.Config) *int { return &c.UDPBufferSize }),
		"DisableTcpPings":         boolean(func(c *memberlist.Config) *bool { return &c.DisableTcpPings }),
		"GossipVerifyIncoming":    boolean(func(c *memberlist.Config) *bool { return &c.GossipVerifyIncoming }),
		"GossipVerifyOutgoing":    boolean(func(c *memberlist.Config) *bool { return &c.GossipVerifyOutgoing }),
		"EnableCompression":       boolean(func(c *memberlist.Config) *bool { return &c.EnableCompression }),
	}
}

func duration(field func(*memberlist.Config) *time.Duration) setting {
	return func(value any) (func(*memberlist.Config), error) {
		text, isText := value.(string)
		d, err := time.ParseDuration(text)
		if !isText || err != nil || d < 0 {
			return nil, fmt.Errorf(`%v is no duration: write it as "500ms" or "1m30s"`, value)
		}
		return func(c *memberlist.Config) { *field(c) = d }, nil
	}
}

func number(field func(*memberlist.Config) *int) setting {
	return func(value any) (func(*memberlist.Config), error) {
		text, isNumber := value.(json.Number)
		n, err := text.Int64()
		if !isNumber || err != nil || n < 0 || n > 1<<20 {
			return nil, fmt.Errorf("%v is no number from 0 to %d", value, 1<<20)
		}
		return func(c *memberlist.Config) { *field(c) = int(n) }, nil
	}
}

func boolean(field func(*memberlist.Config) *bool) setting {
	return func(value any) (func(*memberlist.Config), error) {
		b, isBool := value.(bool)
		if !isBool {
			return nil, fmt.Errorf("%v is neither true nor false", value)
		}
		return func(c *memberlist.Config) { *field(c) = b }, nil
	}
}
