package kube

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// How fast requests may follow each other: a start opens a dozen watches at once, and
// status writers pace themselves.
const (
	requestsPerSecond = 50
	requestBurst      = 100
)

// ClientOptions say how to reach the API server.
type ClientOptions struct {
	// Kubeconfig is a file; "" means the ServiceAccount of the pod.
	Kubeconfig string
	UserAgent  string
	Log        *slog.Logger
}

// Client reaches one API server over one connection for all groups.
type Client struct {
	config  *rest.Config
	http    *http.Client
	codecs  serializer.CodecFactory
	dynamic *dynamic.DynamicClient // for metallb.io, whose objects are decoded one by one
	contact *contact
	log     *slog.Logger
}

// Connect prepares a client. It sends nothing: an API server that is away is no error.
func Connect(opts ClientOptions) (*Client, error) {
	config, err := restConfig(opts.Kubeconfig)
	if err != nil {
		return nil, err
	}
	return newClient(config, opts)
}

func restConfig(kubeconfig string) (*rest.Config, error) {
	if kubeconfig == "" {
		config, err := rest.InClusterConfig()
		if err != nil {
			return nil, fmt.Errorf("find the API server: %w; outside a pod give --kubeconfig, or --objects", err)
		}
		return config, nil
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("read --kubeconfig %s: %w", kubeconfig, err)
	}
	return config, nil
}

func newClient(config *rest.Config, opts ClientOptions) (*Client, error) {
	scheme, err := newScheme()
	if err != nil {
		return nil, err
	}
	c := &Client{config: rest.CopyConfig(config), codecs: serializer.NewCodecFactory(scheme), log: opts.Log}
	c.contact = newContact(c.config.Host, time.Now)
	c.config.UserAgent = opts.UserAgent
	c.config.QPS, c.config.Burst = requestsPerSecond, requestBurst
	c.config.Wrap(c.contact.wrap)
	c.http, err = rest.HTTPClientFor(c.config)
	if err != nil {
		return nil, fmt.Errorf("prepare the connection to the API server %s: %w", c.config.Host, err)
	}
	c.dynamic, err = dynamic.NewForConfigAndClient(c.config, c.http)
	if err != nil {
		return nil, fmt.Errorf("prepare requests to the API server %s: %w", c.config.Host, err)
	}
	return c, nil
}

// newScheme knows the types that this package reads or writes, and no others: all of
// Kubernetes would cost memory in every process.
func newScheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, discoveryv1.AddToScheme, authenticationv1.AddToScheme, authorizationv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("register API types: %w", err)
		}
	}
	return scheme, nil
}

// Host is the URL of the API server.
func (c *Client) Host() string { return c.config.Host }

// rest returns the client of one group and version of Kubernetes itself.
func (c *Client) rest(group schema.GroupVersion) (rest.Interface, error) {
	config := rest.CopyConfig(c.config)
	config.GroupVersion = &group
	config.APIPath = "/apis"
	if group.Group == corev1.GroupName {
		config.APIPath = "/api"
	}
	config.NegotiatedSerializer = c.codecs.WithoutConversion()
	// Protobuf costs a fifth of the CPU of JSON.
	config.ContentType = runtime.ContentTypeProtobuf
	config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	client, err := rest.RESTClientForConfigAndClient(config, c.http)
	if err != nil {
		return nil, fmt.Errorf("prepare requests for %s: %w", group, err)
	}
	return client, nil
}
