package kube

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/objects"
)

// What the API server leaves out for us.
const (
	onlyLoadBalancers = "spec.type=LoadBalancer"
	// Slices of a headless service are for DNS; it cannot be of type LoadBalancer.
	onlyOfBalanced = discoveryv1.LabelServiceName + ",!" + corev1.IsHeadlessService
	// Secrets that no peer can have, and that may be large.
	onlySmallSecrets = "type!=helm.sh/release.v1,type!=" + string(corev1.SecretTypeServiceAccountToken)
	onlyRawConfig    = "metadata.name=bgpextras"
)

// follow makes a store, and what fills it, for each kind.
func (s *Source) follow() error {
	own := s.opts.Namespace
	core, discovery := corev1.SchemeGroupVersion, discoveryv1.SchemeGroupVersion

	s.services = native(s, trimService, s.serviceMatters)
	s.endpointSlices = native(s, trimEndpointSlice, s.endpointSliceMatters)
	s.nodes = native(s, trimNode, always)
	s.secrets = native(s, trimSecret, always)
	s.configMaps = native(s, trimConfigMap, always)
	for _, k := range []*kind{
		{resource: core.WithResource("services"), fields: onlyLoadBalancers, example: &corev1.Service{}, store: s.services},
		{resource: discovery.WithResource("endpointslices"), labels: onlyOfBalanced, example: &discoveryv1.EndpointSlice{}, store: s.endpointSlices},
		{resource: core.WithResource("nodes"), fields: onlyNode(s.opts.OwnNode), example: &corev1.Node{}, store: s.nodes},
		{resource: core.WithResource("secrets"), namespace: own, fields: onlySmallSecrets, example: &corev1.Secret{}, store: s.secrets},
		{resource: core.WithResource("configmaps"), namespace: own, fields: onlyRawConfig, example: &corev1.ConfigMap{}, store: s.configMaps},
	} {
		requests, err := s.client.typed(k.resource, k.namespace)
		if err != nil {
			return err
		}
		s.add(k, requests)
	}

	s.peers = custom(s, trimPeer)
	s.bgpAdvertisements = custom(s, trimBGPAdvertisement)
	s.l2Advertisements = custom(s, trimL2Advertisement)
	s.pools = custom(s, trimPool)
	s.bfdProfiles = custom(s, trimBFDProfile)
	s.communities = custom(s, trimCommunity)
	for _, k := range []*kind{
		{resource: v1beta2.GroupVersion.WithResource("bgppeers"), store: s.peers},
		{resource: v1beta1.GroupVersion.WithResource("bgpadvertisements"), store: s.bgpAdvertisements},
		{resource: v1beta1.GroupVersion.WithResource("l2advertisements"), store: s.l2Advertisements},
		{resource: v1beta1.GroupVersion.WithResource("ipaddresspools"), store: s.pools},
		{resource: v1beta1.GroupVersion.WithResource("bfdprofiles"), store: s.bfdProfiles},
		{resource: v1beta1.GroupVersion.WithResource("communities"), store: s.communities},
	} {
		k.namespace, k.example = own, &unstructured.Unstructured{}
		s.add(k, s.client.untyped(k.resource, own))
	}
	return nil
}

// onlyNode selects one Node, or all.
func onlyNode(name string) string {
	if name == "" {
		return ""
	}
	return fields.OneTermEqualSelector(metav1.ObjectNameField, name).String()
}

func (s *Source) add(k *kind, r requests) {
	k.requests, k.poke, k.log = r, s.poked, quietLog(s.opts.Log)
	s.kinds = append(s.kinds, k)
}

// native is a store of a kind of Kubernetes itself, which arrives with its type.
func native[T any, P object[T]](s *Source, trim func(P) P, matters func(before, after P) bool) *store[T, P] {
	return &store[T, P]{
		source: s, early: true, matters: matters, wrong: map[name][]intent.Problem{},
		read: func(sent any) (P, []intent.Problem) {
			o, ok := sent.(P) // the reflector lets nothing else through
			if !ok {
				return nil, nil
			}
			return trim(o), nil
		},
	}
}

// custom is a store of a kind of metallb.io. Its objects are decoded one by one: one
// that does not fit its type must not keep the others from arriving.
func custom[T any, P object[T]](s *Source, trim func(P) P) *store[T, P] {
	opts := objects.Options{Namespace: s.opts.Namespace}
	read := func(sent any) (P, []intent.Problem) {
		u, ok := sent.(*unstructured.Unstructured) // the reflector lets nothing else through
		if !ok {
			return nil, nil
		}
		raw, err := u.MarshalJSON()
		if err != nil {
			return nil, []intent.Problem{unreadable(u, err)}
		}
		o, problems := objects.DecodeSent(raw, opts)
		if p, ok := o.(P); ok {
			return trim(p), problems
		}
		return nil, problems
	}
	return &store[T, P]{source: s, read: read, matters: always[P], wrong: map[name][]intent.Problem{}}
}

func unreadable(o *unstructured.Unstructured, err error) intent.Problem {
	return intent.Problem{
		Object:  intent.Ref{Kind: o.GetKind(), Namespace: o.GetNamespace(), Name: o.GetName()},
		Message: "cannot be read: " + err.Error(),
		Effect:  "this edition of the object is not used",
	}
}

// typed are requests for objects with a Go type.
func (c *Client) typed(resource schema.GroupVersionResource, namespace string) (requests, error) {
	client, err := c.rest(resource.GroupVersion())
	if err != nil {
		return requests{}, err
	}
	return requests{
		list: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			return client.Get().Namespace(namespace).Resource(resource.Resource).
				VersionedParams(&options, metav1.ParameterCodec).Do(ctx).Get()
		},
		watch: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			options.Watch = true
			return client.Get().Namespace(namespace).Resource(resource.Resource).
				VersionedParams(&options, metav1.ParameterCodec).Watch(ctx)
		},
	}, nil
}

// untyped are requests for objects as they are.
func (c *Client) untyped(resource schema.GroupVersionResource, namespace string) requests {
	client := c.dynamic.Resource(resource).Namespace(namespace)
	return requests{
		list: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			return client.List(ctx, options)
		},
		watch: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			return client.Watch(ctx, options)
		},
	}
}

func always[P any](P, P) bool { return true }

// serviceMatters: one that is nobody's load balancer, before and after, changes nothing.
func (s *Source) serviceMatters(before, after *corev1.Service) bool {
	return isLoadBalancer(before) || isLoadBalancer(after)
}

func isLoadBalancer(o *corev1.Service) bool {
	return o != nil && o.Spec.Type == corev1.ServiceTypeLoadBalancer
}

// endpointSliceMatters: endpoints count for services that we know alone. If such a
// service comes later, it pokes itself.
func (s *Source) endpointSliceMatters(before, after *discoveryv1.EndpointSlice) bool {
	return s.ofLoadBalancer(before) || s.ofLoadBalancer(after)
}

func (s *Source) ofLoadBalancer(o *discoveryv1.EndpointSlice) bool {
	if o == nil {
		return false
	}
	i, found := s.services.find(name{o.Namespace, o.Labels[discoveryv1.LabelServiceName]})
	return found && isLoadBalancer(s.services.items[i])
}
