package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// The types of a NodeState's conditions.
const (
	// ConditionConfigurationValid is True when every object that concerns the node could be used.
	ConditionConfigurationValid = "ConfigurationValid"
	// ConditionApplied is True when FRR was seen to run what the speaker wants.
	// When it is False, the message names the object and the line that FRR refused.
	ConditionApplied = "Applied"
	// ConditionSessionsEstablished is True when every BGP session of the node is established.
	ConditionSessionsEstablished = "SessionsEstablished"
)

// NodeStateStatus is what a node's speaker wants, what FRR runs, and what the
// routers were told. These are different facts; none stands in for another.
type NodeStateStatus struct {
	// How many BGP sessions are established, of how many: "3/4".
	// +optional
	SessionsUp string `json:"sessionsUp,omitempty"`

	// The BGP sessions of the node, sorted by VRF, then neighbor.
	// +listType=atomic
	// +optional
	Sessions []Session `json:"sessions,omitempty"`

	// The session that was reset last. Omitted when none was seen.
	// +optional
	LastReset *Reset `json:"lastReset,omitempty"`

	// How many services the node means to announce, by BGP or by layer 2.
	// +optional
	ServicesAnnounced int32 `json:"servicesAnnounced,omitempty"`

	// How many of them have no ServiceBGPStatus or ServiceL2Status: a cluster has a
	// bound on these, for there are as many as services times nodes.
	// +optional
	ServicesUnreported int32 `json:"servicesUnreported,omitempty"`

	// How many services the node does not announce, by protocol and reason. A reason is
	// no fault by itself: by layer 2 one node answers for all.
	// +listType=atomic
	// +optional
	NotAnnounced []ReasonCount `json:"notAnnounced,omitempty"`

	// The configuration that the speaker published last.
	// +optional
	Desired Version `json:"desired,omitzero"`

	// The configuration that FRR was last seen to run.
	// +optional
	Running Version `json:"running,omitzero"`

	// When FRR was first seen to run it.
	// +optional
	RunningSince *metav1.Time `json:"runningSince,omitempty"`

	// How the last attempt to apply the desired configuration ended.
	// +optional
	Outcome Outcome `json:"outcome,omitempty"`

	// The lines that FRR refused, most important first. With outcome partial
	// they are what was left out.
	// +listType=atomic
	// +optional
	Failures []Failure `json:"failures,omitempty"`

	// How many lines of FRR's configuration are not as they were applied, and
	// wait for repair: somebody changed them in vtysh.
	// +optional
	DriftLines int32 `json:"driftLines,omitempty"`

	// Version of FRR.
	// +optional
	FRRVersion string `json:"frrVersion,omitempty"`

	// The daemons of FRR, in the order in which they start.
	// +listType=atomic
	// +optional
	Daemons []Daemon `json:"daemons,omitempty"`

	// How many problems the node's configuration has. The list of them may be cut short.
	// +optional
	ProblemCount int32 `json:"problemCount,omitempty"`

	// What is wrong with objects that concern the node.
	// +listType=atomic
	// +optional
	Problems []Problem `json:"problems,omitempty"`

	// Summary of the above, for "kubectl wait": ConfigurationValid, Applied,
	// SessionsEstablished.
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// Outcome is how an attempt to apply a configuration ended.
// +kubebuilder:validation:Enum=applied;partial;refused;rolledBack;failed
type Outcome string

// The outcomes. Only OutcomeApplied says that FRR runs all of what is desired.
const (
	// OutcomeApplied: FRR was seen to run it.
	OutcomeApplied Outcome = "applied"
	// OutcomePartial: FRR was seen to run it, but for the lines that failed.
	OutcomePartial Outcome = "partial"
	// OutcomeRefused: FRR's check said no; FRR was not touched.
	OutcomeRefused Outcome = "refused"
	// OutcomeRolledBack: FRR refused a line, and was seen to run what it ran before.
	OutcomeRolledBack Outcome = "rolledBack"
	// OutcomeFailed: FRR runs something unknown, which is being repaired.
	OutcomeFailed Outcome = "failed"
)

// Version identifies one configuration text of FRR.
type Version struct {
	// Counts the texts that the node's speaker published.
	// +optional
	Generation int64 `json:"generation,omitempty"`

	// First 12 hex digits of the text's SHA-256, as in the header of frr.conf.
	// +optional
	Digest string `json:"digest,omitempty"`
}

// ReasonCount is how many services a node does not announce for one reason.
type ReasonCount struct {
	// Protocol that does not announce them: bgp or layer2.
	Protocol string `json:"protocol"`

	// Why, such as noEndpoints; docs/explain.md lists the reasons.
	Reason string `json:"reason"`

	// How many services.
	Services int32 `json:"services"`
}

// Session is one BGP session, as FRR sees it.
type Session struct {
	// Name of the BGPPeer that asks for the session. Empty when none does.
	// +optional
	Peer string `json:"peer,omitempty"`

	// Address of the neighbor, or the interface of an unnumbered one.
	Neighbor string `json:"neighbor"`

	// VRF of the session. Omitted for the default one.
	// +optional
	VRF string `json:"vrf,omitempty"`

	// AS number of the neighbor, where it is known.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=4294967295
	// +kubebuilder:validation:Format=int64
	// +optional
	RemoteASN uint32 `json:"remoteASN,omitempty"`

	// State of the session (RFC 4271 section 8.2.2): Established, Idle, or Active,
	// which stands for the states between them too. Unknown when FRR has not told it.
	State string `json:"state"`

	// Since when it is in this state, where FRR tells.
	// +optional
	Since *metav1.Time `json:"since,omitempty"`

	// Why the session was reset last, in the words of FRR or frr-reloader.
	// +optional
	LastReset string `json:"lastReset,omitempty"`

	// How often the session was lost since frr-reloader started.
	// +optional
	Flaps int32 `json:"flaps,omitempty"`

	// How many prefixes the speaker wants this neighbor to have, over all families.
	// +optional
	PrefixesWanted int32 `json:"prefixesWanted"`

	// How many prefixes FRR has sent to this neighbor, over all families.
	// +optional
	PrefixesSent int32 `json:"prefixesSent"`
}

// Reset is the end of an established session.
type Reset struct {
	// When the session was seen to be down.
	Time metav1.Time `json:"time"`

	// Name of the BGPPeer, or the neighbor when no BGPPeer asks for it.
	Peer string `json:"peer"`

	// Why, in the words of FRR.
	// +optional
	Reason string `json:"reason,omitempty"`
}

// Failure is a line that FRR refused.
type Failure struct {
	// Object that the line comes from, such as "BGPPeer tor-a" or "bgpextras".
	// +optional
	Object string `json:"object,omitempty"`

	// The line, without secrets.
	Line string `json:"line"`

	// Number of the line in frr.conf, from 1. Omitted when it is not from there.
	// +optional
	Number int32 `json:"number,omitempty"`

	// What FRR said, without secrets.
	Message string `json:"message"`

	// Daemon that refused it.
	// +optional
	Daemon string `json:"daemon,omitempty"`

	// Step that failed: check, apply, verify or rollback.
	// +optional
	Phase string `json:"phase,omitempty"`
}

// Daemon is one daemon of FRR.
type Daemon struct {
	// Name of the daemon, such as bgpd.
	Name string `json:"name"`

	// State of the daemon: starting, up, hung or down.
	State string `json:"state"`

	// How often it was restarted since its supervisor started.
	// +optional
	Restarts int32 `json:"restarts,omitempty"`

	// Why it ended last.
	// +optional
	LastError string `json:"lastError,omitempty"`
}

// Problem is something wrong with an object.
type Problem struct {
	// The object: "Kind namespace/name".
	Object string `json:"object"`

	// Path of the field below the object, such as "spec.peerAddress". Omitted
	// when it is about the whole object.
	// +optional
	Field string `json:"field,omitempty"`

	// What is wrong.
	Message string `json:"message"`

	// What follows from it for the network.
	// +optional
	Effect string `json:"effect,omitempty"`

	// What to do about it.
	// +optional
	Remedy string `json:"remedy,omitempty"`
}

// +kubebuilder:object:root=true
// +kubebuilder:storageversion
// +kubebuilder:resource:scope=Cluster
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Sessions",type=string,JSONPath=`.status.sessionsUp`,description="BGP sessions: established of all"
// +kubebuilder:printcolumn:name="Services",type=integer,JSONPath=`.status.servicesAnnounced`,description="Services that the node means to announce"
// +kubebuilder:printcolumn:name="Outcome",type=string,JSONPath=`.status.outcome`,description="How the last attempt to apply the configuration ended"
// +kubebuilder:printcolumn:name="Running",type=string,JSONPath=`.status.running.digest`,description="Digest of the configuration that FRR runs"
// +kubebuilder:printcolumn:name="Since",type=date,JSONPath=`.status.runningSince`,description="How long FRR has been running it"
// +kubebuilder:printcolumn:name="Last Reset",type=date,JSONPath=`.status.lastReset.time`,description="How long ago a session was reset last"
// +kubebuilder:printcolumn:name="Problems",type=integer,JSONPath=`.status.problemCount`,description="How many objects or fields are wrong"
// +kubebuilder:printcolumn:name="Desired",type=string,JSONPath=`.status.desired.digest`,priority=10,description="Digest of the configuration that the speaker wants"
// +kubebuilder:printcolumn:name="Reset Peer",type=string,JSONPath=`.status.lastReset.peer`,priority=10
// +kubebuilder:printcolumn:name="Reset Reason",type=string,JSONPath=`.status.lastReset.reason`,priority=10
// +kubebuilder:printcolumn:name="FRR",type=string,JSONPath=`.status.frrVersion`,priority=10
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`

// NodeState is what a node's speaker and FRR report: one object per node, under
// the node's name and owned by it, so that it goes when the node does. The
// speakers write it; there is nothing to specify.
type NodeState struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Status NodeStateStatus `json:"status,omitempty"`
}

// +kubebuilder:object:root=true

// NodeStateList is a list of NodeState objects.
type NodeStateList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []NodeState `json:"items"`
}
