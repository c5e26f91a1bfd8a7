package frrmetrics

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"frr-speaker/internal/vty"
)

// bfdKey is what MetalLB tells BFD sessions apart by.
type bfdKey struct{ peer, vrf string }

// bfdPeer is all BFD sessions with one key: with a link-local address there may be one on each link.
type bfdPeer struct {
	up                        bool // all of them
	controlIn, controlOut     uint64
	echoIn, echoOut           uint64
	ups, downs, notifications uint64
}

func bfdMeasures() []measure[bfdPeer] {
	count := func(name, help string, of func(bfdPeer) uint64) measure[bfdPeer] {
		return counter(name, help, func(p bfdPeer) float64 { return float64(of(p)) })
	}
	return []measure[bfdPeer]{
		gauge("metallb_bfd_session_up", "Whether the BFD session is up: 1 or 0.", func(p bfdPeer) float64 { return boolean(p.up) }),
		count("metallb_bfd_control_packet_input", "BFD control packets received.", func(p bfdPeer) uint64 { return p.controlIn }),
		count("metallb_bfd_control_packet_output", "BFD control packets sent.", func(p bfdPeer) uint64 { return p.controlOut }),
		count("metallb_bfd_echo_packet_input", "BFD echo packets received.", func(p bfdPeer) uint64 { return p.echoIn }),
		count("metallb_bfd_echo_packet_output", "BFD echo packets sent.", func(p bfdPeer) uint64 { return p.echoOut }),
		count("metallb_bfd_session_up_events", "Times that the BFD session came up.", func(p bfdPeer) uint64 { return p.ups }),
		count("metallb_bfd_session_down_events", "Times that the BFD session went down.", func(p bfdPeer) uint64 { return p.downs }),
		count("metallb_bfd_zebra_notifications", "Times that zebra was told of the BFD session.", func(p bfdPeer) uint64 { return p.notifications }),
	}
}

func (e *exporter) collectBFD(ctx context.Context, ch chan<- prometheus.Metric, conn *vty.Conn) error {
	// The forms with "vrf all" list nothing (FRR 8.4 and 10.3); these list the sessions of all VRFs.
	states, err := conn.Query(ctx, "show bfd peers json")
	if err != nil {
		return err
	}
	counters, err := conn.Query(ctx, "show bfd peers counters json")
	if err != nil {
		return err
	}
	peers, err := parseBFD(states, counters)
	if err != nil {
		return err
	}
	for key, p := range peers {
		for _, m := range e.bfd {
			ch <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(*p), key.peer, key.vrf)
		}
	}
	return nil
}

func parseBFD(states, counters string) (map[bfdKey]*bfdPeer, error) {
	var sessions []struct {
		Peer   string `json:"peer"`
		VRF    string `json:"vrf"`
		Status string `json:"status"`
	}
	if err := json.Unmarshal([]byte(states), &sessions); err != nil {
		return nil, fmt.Errorf("read BFD sessions: %w", err)
	}
	peers := map[bfdKey]*bfdPeer{}
	for _, s := range sessions {
		p, others := peers[bfdKey{s.Peer, s.VRF}]
		if !others {
			p = &bfdPeer{up: true}
			peers[bfdKey{s.Peer, s.VRF}] = p
		}
		p.up = p.up && s.Status == "up"
	}
	var counts []struct {
		Peer          string `json:"peer"`
		VRF           string `json:"vrf"`
		ControlIn     uint64 `json:"control-packet-input"`
		ControlOut    uint64 `json:"control-packet-output"`
		EchoIn        uint64 `json:"echo-packet-input"`
		EchoOut       uint64 `json:"echo-packet-output"`
		Ups           uint64 `json:"session-up"`
		Downs         uint64 `json:"session-down"`
		Notifications uint64 `json:"zebra-notifications"`
	}
	if err := json.Unmarshal([]byte(counters), &counts); err != nil {
		return nil, fmt.Errorf("read BFD counters: %w", err)
	}
	for _, c := range counts {
		p, is := peers[bfdKey{c.Peer, c.VRF}]
		if !is {
			continue // it came between the two answers
		}
		p.controlIn += c.ControlIn
		p.controlOut += c.ControlOut
		p.echoIn += c.EchoIn
		p.echoOut += c.EchoOut
		p.ups += c.Ups
		p.downs += c.Downs
		p.notifications += c.Notifications
	}
	return peers, nil
}
