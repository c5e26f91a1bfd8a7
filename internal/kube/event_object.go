package kube

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/intent"
)

// maxEventMessage is how long the message of an Event may be, in bytes.
const maxEventMessage = 1024

// event is the object that says it.
func (r *EventRecorder) event(q queuedEvent) *corev1.Event {
	e, at := q.event, metav1.NewTime(q.at)
	about := corev1.ObjectReference{
		APIVersion: versionOf(e.Object), Kind: e.Object.Kind, Namespace: e.Object.Namespace, Name: e.Object.Name, UID: e.UID,
	}
	if about.UID == "" && r.opts.UID != nil {
		about.UID = r.opts.UID(e.Object.Kind, e.Object.Name)
	}
	eventType := corev1.EventTypeNormal
	if e.Warning {
		eventType = corev1.EventTypeWarning
	}
	return &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{
			// Unique, and as client-go names them: an object name may have 253 bytes.
			Name:      fmt.Sprintf("%.230s.%x", e.Object.Name, at.UnixNano()+r.next()),
			Namespace: orDefaultNamespace(e.Object.Namespace),
		},
		InvolvedObject: about,
		Type:           eventType, Reason: e.Reason, Message: shortened(e.Message),
		FirstTimestamp: at, LastTimestamp: at, Count: 1,
		Source:              corev1.EventSource{Component: r.opts.Component, Host: r.opts.Node},
		ReportingController: r.opts.Component, ReportingInstance: r.opts.Node,
	}
}

// next makes names of Events differ that are of one moment.
func (r *EventRecorder) next() int64 {
	r.serial++
	return r.serial
}

// orDefaultNamespace is where Events go about objects without a namespace.
func orDefaultNamespace(namespace string) string {
	if namespace == "" {
		return metav1.NamespaceDefault
	}
	return namespace
}

func versionOf(object intent.Ref) string {
	switch object.Kind {
	case "BGPPeer":
		return v1beta2.GroupVersion.String()
	case "ConfigurationState":
		return v1beta1.GroupVersion.String()
	case "NodeState":
		return v1alpha1.GroupVersion.String()
	}
	return "v1"
}

// shortened cuts a message to what the API server takes.
func shortened(message string) string {
	if len(message) <= maxEventMessage {
		return message
	}
	const end = "..."
	cut := maxEventMessage - len(end)
	for cut > 0 && message[cut]&0xC0 == 0x80 { // inside a character of UTF-8
		cut--
	}
	return message[:cut] + end
}
