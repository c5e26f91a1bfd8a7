package kube

import (
	"fmt"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
)

// unpaced returns a client of one group and version of Kubernetes itself without a
// limit of its own on the rate of requests: the API server shares out what it can take,
// and the controller bounds how many requests are under way.
func (c *Client) unpaced(group schema.GroupVersion) (rest.Interface, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, coordinationv1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("register API types: %w", err)
		}
	}
	return c.unpacedOf(group, scheme)
}

// metadata returns a client that reads the metadata of objects alone.
func (c *Client) metadata(group schema.GroupVersion) (rest.Interface, error) {
	scheme := runtime.NewScheme()
	if err := metav1.AddMetaToScheme(scheme); err != nil {
		return nil, fmt.Errorf("register API types: %w", err)
	}
	return c.unpacedOf(group, scheme)
}

func (c *Client) unpacedOf(group schema.GroupVersion, scheme *runtime.Scheme) (rest.Interface, error) {
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	config := rest.CopyConfig(c.config)
	config.GroupVersion = &group
	config.APIPath = "/apis"
	if group.Group == corev1.GroupName {
		config.APIPath = "/api"
	}
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	config.QPS = -1
	client, err := rest.RESTClientForConfigAndClient(config, c.http)
	if err != nil {
		return nil, fmt.Errorf("prepare requests for %s: %w", group, err)
	}
	return client, nil
}

// acceptMetadata asks for lists without anything but metadata.
const acceptMetadata = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
