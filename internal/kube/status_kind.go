package kube

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/status"
)

// statusObject is an object that the writer keeps.
type statusObject interface {
	metav1.Object
	runtime.Object
}

// statusKind is one kind of them, and which of its objects are this node's own.
type statusKind struct {
	resource  string
	namespace string // "" for a kind without
	fields    string // selectors of this node's objects
	labels    string
	client    rest.Interface
	newObject func() statusObject
	newList   func() runtime.Object
}

// The kinds, in the order of writing: what sums up goes first, then what one node alone says.
const (
	kindConfiguration = iota
	kindNode
	kindServiceL2
	kindServiceBGP
	kindCount
)

// statusKinds returns the kinds as the API server has them for one node.
func statusKinds(client *Client, namespace, node string) ([kindCount]statusKind, error) {
	var kinds [kindCount]statusKind
	metallb, err := client.custom(v1beta1.GroupVersion)
	if err != nil {
		return kinds, err
	}
	ours, err := client.custom(v1alpha1.GroupVersion)
	if err != nil {
		return kinds, err
	}
	named := func(name string) string { return fields.OneTermEqualSelector("metadata.name", name).String() }
	ofNode := labels.Set{status.LabelNode: status.LabelValue(node)}.String()
	kinds[kindConfiguration] = statusKind{
		resource: "configurationstates", namespace: namespace, fields: named(status.ConfigurationName(node)), client: metallb,
		newObject: func() statusObject { return &v1beta1.ConfigurationState{} },
		newList:   func() runtime.Object { return &v1beta1.ConfigurationStateList{} },
	}
	kinds[kindNode] = statusKind{
		resource: "nodestates", fields: named(node), client: ours,
		newObject: func() statusObject { return &v1alpha1.NodeState{} },
		newList:   func() runtime.Object { return &v1alpha1.NodeStateList{} },
	}
	kinds[kindServiceBGP] = statusKind{
		resource: "servicebgpstatuses", namespace: namespace, labels: ofNode, client: metallb,
		newObject: func() statusObject { return &v1beta1.ServiceBGPStatus{} },
		newList:   func() runtime.Object { return &v1beta1.ServiceBGPStatusList{} },
	}
	kinds[kindServiceL2] = statusKind{
		resource: "servicel2statuses", namespace: namespace, labels: ofNode, client: metallb,
		newObject: func() statusObject { return &v1beta1.ServiceL2Status{} },
		newList:   func() runtime.Object { return &v1beta1.ServiceL2StatusList{} },
	}
	return kinds, nil
}

// custom returns the client of a group and version of ours. It does not limit the
// rate of requests: status writers pace themselves.
func (c *Client) custom(group schema.GroupVersion) (rest.Interface, error) {
	scheme := runtime.NewScheme()
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	for _, add := range []func(*runtime.Scheme) error{v1beta1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("register API types: %w", err)
		}
	}
	config := rest.CopyConfig(c.config)
	config.GroupVersion = &group
	config.APIPath = "/apis"
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	config.QPS = -1
	client, err := rest.RESTClientForConfigAndClient(config, c.http)
	if err != nil {
		return nil, fmt.Errorf("prepare requests for %s: %w", group, err)
	}
	return client, nil
}
