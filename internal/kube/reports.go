package kube

import (
	"cmp"
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/explain"
	"frr-speaker/internal/intent"
)

// ReadReports reads once what nodes have written about themselves. Whoever may not read
// a kind of it is told so, and does without. It returns nil when there are no NodeStates
// to be had: then nothing follows from what is missing.
func ReadReports(ctx context.Context, c *Client, namespace string) (*explain.Reports, []intent.Problem, error) {
	metallb, err := c.custom(v1beta1.GroupVersion)
	if err != nil {
		return nil, nil, err
	}
	ours, err := c.custom(v1alpha1.GroupVersion)
	if err != nil {
		return nil, nil, err
	}
	core, err := c.rest(corev1.SchemeGroupVersion)
	if err != nil {
		return nil, nil, err
	}
	var (
		nodes          v1alpha1.NodeStateList
		bgp            v1beta1.ServiceBGPStatusList
		l2             v1beta1.ServiceL2StatusList
		configurations v1beta1.ConfigurationStateList
		events         corev1.EventList
		problems       []intent.Problem
	)
	about := fields.Set{"involvedObject.kind": "Service", "source": component}.AsSelector().String()
	for _, read := range []struct {
		client    rest.Interface
		resource  string
		namespace string
		fields    string
		into      runtime.Object
	}{
		{ours, "nodestates", "", "", &nodes},
		{metallb, "servicebgpstatuses", namespace, "", &bgp},
		{metallb, "servicel2statuses", namespace, "", &l2},
		{metallb, "configurationstates", namespace, "", &configurations},
		{core, "events", metav1.NamespaceAll, about, &events},
	} {
		request := read.client.Get().NamespaceIfScoped(read.namespace, read.namespace != "").Resource(read.resource)
		if read.fields != "" {
			request = request.Param("fieldSelector", read.fields)
		}
		if err := request.Do(ctx).Into(read.into); err != nil && !apierrors.IsNotFound(err) {
			problems = append(problems, unreadReports(read.resource, err))
		}
	}
	out := &explain.Reports{
		Nodes: pointers(nodes.Items), BGP: pointers(bgp.Items), L2: pointers(l2.Items),
		Configurations: pointers(configurations.Items), Events: EventsToExplain(pointers(events.Items)),
	}
	if len(out.Nodes) == 0 {
		return nil, problems, nil
	}
	return out, problems, nil
}

func unreadReports(resource string, err error) intent.Problem {
	return intent.Problem{
		Object: intent.Ref{Kind: "APIResource", Name: resource}, Message: "cannot be read: " + err.Error(),
		Effect: "what nodes report there is not known", Remedy: "ask for the right to list it", Harmless: true,
	}
}

func pointers[T any](list []T) []*T {
	out := make([]*T, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}

// EventsToExplain takes from Events what explain reads, the newest last.
func EventsToExplain(events []*corev1.Event) []explain.Event {
	sorted := slices.SortedStableFunc(slices.Values(events), func(a, b *corev1.Event) int {
		return cmp.Or(a.LastTimestamp.Compare(b.LastTimestamp.Time), a.FirstTimestamp.Compare(b.FirstTimestamp.Time))
	})
	var out []explain.Event
	for _, e := range sorted {
		about := e.InvolvedObject
		out = append(out, explain.Event{
			Object: intent.Ref{Kind: about.Kind, Namespace: about.Namespace, Name: about.Name},
			Node:   e.Source.Host, Reason: e.Reason, Message: e.Message,
		})
	}
	return out
}
