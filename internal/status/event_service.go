package status

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
)

// serviceEvents tells which services this node took up, and which it gave up. Of
// a service that is gone there is nobody left to tell. Where it is known only of some
// what was told, as after a restart in a large cluster, the others count as told.
func serviceEvents(before Memory, now *Memory, f Facts) []Event {
	if same(before.verdicts, f.State.Verdicts) {
		now.announced = before.announced
		return nil
	}
	var out []Event
	now.announced = make(map[subject][]netip.Addr, len(before.announced))
	for i := range f.State.Verdicts {
		v := &f.State.Verdicts[i]
		key := subject{v.Service, v.Protocol}
		addresses, was := before.announced[key]
		switch {
		case !v.Announced() && !was:
		case v.Announced():
			now.announced[key] = v.Addresses
			news := !was && !before.partial || addresses != nil && !slices.Equal(addresses, v.Addresses)
			if news && f.tells(v) {
				out = append(out, Event{Object: v.Service, Reason: EventNodeAssigned, Message: assigned(f.Node, v.Protocol)})
			}
		case f.tells(v):
			out = append(out, Event{Object: v.Service, Reason: EventNodeWithdrawn, Message: withdrawn(f.Node, v)})
		}
	}
	return out
}

// How many nodes, more or less, write Events about one service that all nodes announce:
// 5,000 Events of each change would tell nobody more, and the first start of all speakers
// must not fill the cluster's memory of Events, about 1 kB each.
const (
	maxTellers = 50
	minTellers = 5      // of 1,000 services seven then have none
	maxToTell  = 50_000 // Events of all nodes about all services
)

// tells reports whether this node writes Events about a service. In a large cluster each
// service has other nodes that do; that lasts as long as the cluster keeps its size.
func (f Facts) tells(v *announce.Verdict) bool {
	if v.Protocol != announce.ProtocolBGP || f.Nodes <= maxTellers {
		return true
	}
	tellers := min(max(maxToTell/len(f.State.Verdicts), minTellers), maxTellers)
	sum := sha256.Sum256([]byte(f.Node + "/" + v.Service.Namespace + "/" + v.Service.Name))
	lot := float64(binary.BigEndian.Uint64(sum[:])) / math.MaxUint64
	return lot < float64(tellers)/float64(f.Nodes)
}

// same tells whether two slices are one. Nobody changes verdicts once they are given.
func same(a, b []announce.Verdict) bool {
	return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0]
}

func assigned(node string, p announce.Protocol) string {
	return "announcing from node " + strconv.Quote(node) + " with protocol " + strconv.Quote(p.String())
}

func withdrawn(node string, v *announce.Verdict) string {
	return "no longer announcing from node " + strconv.Quote(node) + " with protocol " + strconv.Quote(v.Protocol.String()) + ": " + because(v)
}

func because(v *announce.Verdict) string {
	if v.Detail == "" {
		return v.Reason.String()
	}
	return v.Reason.String() + " (" + cut(v.Detail) + ")"
}

// SilenceGrace is how long no node announces a service before it is an event: pods
// need a moment to start, and nodes to take over.
const SilenceGrace = 10 * time.Second

// silenceEvents tells of services that no node announces.
func silenceEvents(before Memory, now *Memory, f Facts) []Event {
	var out []Event
	now.silent = make(map[intent.Ref]silence, len(f.Silences))
	for _, s := range f.Silences {
		was, known := before.silent[s.Service]
		if !known {
			was.since = f.Now
		}
		if f.Now.Sub(was.since) >= SilenceGrace && was.told != s.Why {
			was.told = s.Why
			out = append(out, Event{Object: s.Service, Warning: true, Reason: EventNotAnnounced, Message: "no node announces this service: " + s.Why})
		}
		now.silent[s.Service] = was
	}
	return out
}
