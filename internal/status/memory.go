package status

import (
	"net/netip"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/announce"
	"frr-speaker/internal/intent"
)

// Memory is what Events has told. The zero Memory has told nothing.
type Memory struct {
	verdicts  []announce.Verdict       // that announced comes from
	announced map[subject][]netip.Addr // with their addresses; nil: not known
	partial   bool                     // announced lacks services that have no object of their own
	silent    map[intent.Ref]silence
	links     map[netip.Addr]trouble
	sessions  map[place]seen
	failure   string // what keeps FRR from running the configuration; "": nothing
}

// subject is what a verdict is about.
type subject struct {
	service  intent.Ref
	protocol announce.Protocol
}

// silence is a service that no node announces.
type silence struct {
	since time.Time
	told  string // the reasons, once they were told
}

// seen is a session that was established.
type seen struct {
	peer  string
	since time.Time
	flaps int32
	down  bool // and that it is not any more was told
}

// Recall returns what an earlier life of the speaker must have told, from the
// objects that it left. A restart then repeats no event, and tells what changed meanwhile.
func Recall(have Objects) Memory {
	m := Memory{announced: map[subject][]netip.Addr{}, sessions: map[place]seen{}}
	if have.Services != nil {
		for _, o := range have.Services.BGP {
			m.recall(o.Status.ServiceNamespace, o.Status.ServiceName, announce.ProtocolBGP)
		}
		for _, o := range have.Services.L2 {
			m.recall(o.Status.ServiceNamespace, o.Status.ServiceName, announce.ProtocolL2)
		}
	}
	m.partial = have.Node != nil && int(have.Node.Status.ServicesAnnounced) > m.services()
	m.recallSessions(have.Node)
	m.recallFailure(have.Configuration)
	return m
}

func (m *Memory) recall(namespace, name string, p announce.Protocol) {
	m.announced[subject{intent.Ref{Kind: "Service", Namespace: namespace, Name: name}, p}] = nil
}

// services counts what is announced, whatever by.
func (m *Memory) services() int {
	distinct := make(map[intent.Ref]bool, len(m.announced))
	for s := range m.announced {
		distinct[s.service] = true
	}
	return len(distinct)
}

func (m *Memory) recallSessions(node *v1alpha1.NodeState) {
	if node == nil {
		return
	}
	for _, s := range node.Status.Sessions {
		if s.State == stateEstablished && s.Peer != "" {
			m.sessions[place{s.VRF, s.Neighbor}] = seenNow(s)
		}
	}
}

func (m *Memory) recallFailure(configuration *v1beta1.ConfigurationState) {
	if configuration == nil {
		return
	}
	for _, c := range configuration.Status.Conditions {
		if c.Type == ConditionApplied && c.Status == metav1.ConditionFalse {
			m.failure = c.Message
		}
	}
}
