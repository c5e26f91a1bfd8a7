package intent

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/bgp"
)

func TestTimers(t *testing.T) {
	const s = time.Second
	tests := []struct {
		name            string
		hold, keepalive *metav1.Duration
		want            bgp.Timers
	}{
		{"the keepalive time is a third of the hold time", seconds(90 * s), nil, bgp.Timers{Hold: 90 * s, Keepalive: 30 * s}},
		{"the third is rounded down", seconds(10 * s), nil, bgp.Timers{Hold: 10 * s, Keepalive: 3 * s}},
		{"the hold time is three keepalives", nil, seconds(7 * s), bgp.Timers{Hold: 21 * s, Keepalive: 7 * s}},
		{"three seconds are the shortest hold time", seconds(3 * s), seconds(1 * s), bgp.Timers{Hold: 3 * s, Keepalive: 1 * s}},
		{"both may be equal", seconds(9 * s), seconds(9 * s), bgp.Timers{Hold: 9 * s, Keepalive: 9 * s}},
		{"a hold time of zero means no keepalives", seconds(0), nil, bgp.Timers{}},
		{"no keepalives mean a hold time of zero", nil, seconds(0), bgp.Timers{}},
		{"65535 seconds are the longest hold time", seconds(65535 * s), nil, bgp.Timers{Hold: 65535 * s, Keepalive: 21845 * s}},
		{"the longest keepalive time alone is a third of that", nil, seconds(21845 * s), bgp.Timers{Hold: 65535 * s, Keepalive: 21845 * s}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			objs := Objects{Peers: []*v1beta2.BGPPeer{torA(func(s *peerSpec) { s.HoldTime, s.KeepaliveTime = tt.hold, tt.keepalive })}}
			expect(t, objs, nil, Intent{Peers: []Peer{torAMeaning(func(p *Peer) { p.Session.Timers = &tt.want })}})
		})
	}
}

func TestTimersAreRefused(t *testing.T) {
	const s = time.Second
	tests := []struct {
		name                     string
		hold, keepalive, connect *metav1.Duration
		field, says, remedy      string
	}{
		{
			"half a second must not become no hold time", seconds(s / 2), nil, nil,
			"spec.holdTime", "500ms is less than a second, and FRR counts whole seconds", "use whole seconds",
		},
		{
			"a hold time of two seconds is shorter than BGP allows", seconds(2 * s), nil, nil,
			"spec.holdTime", "2s is below 3 s", "use 0s for no keepalives, or at least 3s",
		},
		{
			"a hold time that 16 bits do not hold", seconds(100000 * s), nil, nil,
			"spec.holdTime", "27h46m40s is above 65535 s", "use at most 65535s",
		},
		{
			"a negative hold time", seconds(-3 * s), nil, nil,
			"spec.holdTime", "-3s is negative", "use a positive time",
		},
		{
			"a keepalive time longer than the hold time", seconds(9 * s), seconds(10 * s), nil,
			"spec.keepaliveTime", "10s is longer than the hold time of 9s", "use a third of holdTime",
		},
		{
			"keepalives that a hold time of zero does not want", seconds(0), seconds(10 * s), nil,
			"spec.keepaliveTime", "10s is longer than the hold time of 0s", "use a third of holdTime",
		},
		{
			"no keepalives while the neighbor waits for them", seconds(9 * s), seconds(0), nil,
			"spec.keepaliveTime", "sends no keepalives, so the neighbor closes the session after the hold time of 9s", "use a third of holdTime, or set both to 0s",
		},
		{
			"a keepalive time whose triple is too long", nil, seconds(21846 * s), nil,
			"spec.keepaliveTime", "6h4m6s makes a hold time of 18h12m18s, above 65535 s", "set holdTime, or a keepaliveTime of at most 21845s",
		},
		{
			"a connect time of zero", nil, nil, seconds(0),
			"spec.connectTime", "is zero", "use 1s to 65535s, or remove the field",
		},
		{
			"a connect time that FRR does not take", nil, nil, seconds(65536 * s),
			"spec.connectTime", "18h12m16s is above 65535 s", "use at most 65535s",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			objs := Objects{Peers: []*v1beta2.BGPPeer{torA(func(s *peerSpec) {
				s.HoldTime, s.KeepaliveTime, s.ConnectTime = tt.hold, tt.keepalive, tt.connect
			})}}
			expect(t, objs, nil, Intent{}, Problem{
				Object: ref("BGPPeer", "tor-a"), Field: tt.field, Message: tt.says,
				Effect: "no session is made with this peer", Remedy: tt.remedy,
			})
		})
	}
}

func TestConnectTimeIsTakenOver(t *testing.T) {
	objs := Objects{Peers: []*v1beta2.BGPPeer{torA(func(s *peerSpec) { s.ConnectTime = seconds(10 * time.Second) })}}
	expect(t, objs, nil, Intent{Peers: []Peer{torAMeaning(func(p *Peer) { p.Session.ConnectTime = 10 * time.Second })}})
}
