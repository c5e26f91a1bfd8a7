package kube

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/resourceversion"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/intent"
)

// ControllerSource follows what the controller reads: services of every type with
// their editions, namespaces, and all that the webhooks check objects against.
// Secrets, ConfigMaps and endpoints it does not see.
type ControllerSource struct {
	*Source
	namespaces *store[corev1.Namespace, *corev1.Namespace]
}

// NewControllerSource returns a source of the objects that the client reaches. It
// sends nothing before Run.
func NewControllerSource(client *Client, opts SourceOptions) (*ControllerSource, error) {
	if opts.Namespace == "" {
		opts.Namespace = intent.DefaultNamespace
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	s := &ControllerSource{Source: &Source{client: client, opts: opts, changes: make(chan struct{}, 1)}}
	if err := s.follow(); err != nil {
		return nil, err
	}
	client.contact.watch(func() { s.poked() })
	return s, nil
}

// follow makes a store for each kind, and what fills those that the controller reads.
func (s *ControllerSource) follow() error {
	own, core := s.opts.Namespace, corev1.SchemeGroupVersion
	s.services = native(s.Source, trimControlledService, concernsPools)
	s.nodes = native(s.Source, trimNode, never[*corev1.Node])
	s.namespaces = native(s.Source, trimControlledNamespace, relabels)
	s.endpointSlices = native(s.Source, trimEndpointSlice, s.endpointSliceMatters)
	s.secrets = native(s.Source, trimSecret, always)
	s.configMaps = native(s.Source, trimConfigMap, always)
	for _, k := range []*kind{
		{resource: core.WithResource("services"), example: &corev1.Service{}, store: s.services},
		{resource: core.WithResource("nodes"), example: &corev1.Node{}, store: s.nodes},
		{resource: core.WithResource("namespaces"), example: &corev1.Namespace{}, store: s.namespaces},
	} {
		requests, err := s.client.typed(k.resource, "")
		if err != nil {
			return err
		}
		s.add(k, requests)
	}

	s.peers = custom(s.Source, trimPeer)
	s.bgpAdvertisements = custom(s.Source, trimBGPAdvertisement)
	s.l2Advertisements = custom(s.Source, trimL2Advertisement)
	s.pools = editioned(custom(s.Source, trimControlledPool))
	s.bfdProfiles = custom(s.Source, trimBFDProfile)
	s.communities = custom(s.Source, trimCommunity)
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

func never[P any](P, P) bool { return false }

// Snapshot is that of Source, with namespaces.
func (s *ControllerSource) Snapshot() (intent.Objects, []intent.Problem, bool) {
	objs, problems, ok := s.Source.Snapshot()
	if !ok {
		return objs, problems, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	objs.Namespaces = s.namespaces.lend()
	return objs, problems, true
}

// CatchUp waits until snapshots hold every service, pool and namespace at least as the
// API server has it now. Who begins to assign must know what others have written, and
// by which pools: a pool that is not known takes addresses away.
func (s *ControllerSource) CatchUp(ctx context.Context) error {
	for _, k := range []struct {
		resource  schema.GroupVersionResource
		namespace string
		holds     func(listed map[name]string) bool
	}{
		{corev1.SchemeGroupVersion.WithResource("services"), "", s.services.holds},
		{corev1.SchemeGroupVersion.WithResource("namespaces"), "", s.namespaces.holds},
		{v1beta1.GroupVersion.WithResource("ipaddresspools"), s.opts.Namespace, s.pools.holds},
	} {
		if err := s.catchUp(ctx, k.resource, k.namespace, k.holds); err != nil {
			return err
		}
	}
	return nil
}

func (s *ControllerSource) catchUp(ctx context.Context, resource schema.GroupVersionResource, namespace string, holds func(map[name]string) bool) error {
	const pause = 200 * time.Millisecond
	for said := ""; ; {
		listed, err := s.editions(ctx, resource, namespace)
		if err == nil && holds(listed) {
			return nil
		}
		if err != nil && err.Error() != said {
			said = err.Error()
			s.opts.Log.Warn("list objects before assigning, will retry", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// editions lists the resource versions of all objects of a kind, as they are stored now.
func (s *ControllerSource) editions(ctx context.Context, resource schema.GroupVersionResource, namespace string) (map[name]string, error) {
	client, err := s.client.metadata(resource.GroupVersion())
	if err != nil {
		return nil, err
	}
	listed := map[name]string{}
	for next := ""; ; {
		var page metav1.PartialObjectMetadataList
		options := metav1.ListOptions{Limit: 5000, Continue: next}
		err := client.Get().Namespace(namespace).Resource(resource.Resource).SetHeader("Accept", acceptMetadata).
			VersionedParams(&options, metav1.ParameterCodec).Do(ctx).Into(&page)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", resource.Resource, err)
		}
		for i := range page.Items {
			listed[nameOf(&page.Items[i])] = page.Items[i].ResourceVersion
		}
		if next = page.Continue; next == "" {
			return listed, nil
		}
	}
}

// holds reports whether snapshots have every one of some objects, no older. One of which
// an edition cannot be read stays as it was before.
func (s *store[T, P]) holds(listed map[name]string) bool {
	s.source.mu.Lock()
	defer s.source.mu.Unlock()
	if !s.synced {
		return false
	}
	for key, version := range listed {
		i, found := s.find(key)
		_, unreadable := s.wrong[key]
		if !unreadable && (!found || Older(s.items[i].GetResourceVersion(), version)) {
			return false
		}
	}
	return true
}

// Older reports whether one edition of an object came before another one. Editions
// that cannot be compared are as old as each other.
func Older(version, than string) bool {
	order, err := resourceversion.CompareResourceVersion(version, than)
	return err == nil && order < 0
}

// trimControlledService keeps what the controller reads of a service, and its edition.
func trimControlledService(o *corev1.Service) *corev1.Service {
	if !isLoadBalancer(o) && !hasPool(o) {
		return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: o.Namespace, Name: o.Name, ResourceVersion: o.ResourceVersion}}
	}
	t := &corev1.Service{ObjectMeta: labeled(&o.ObjectMeta)}
	t.ResourceVersion = o.ResourceVersion
	t.CreationTimestamp = o.CreationTimestamp
	t.Annotations = ourAnnotations(o.Annotations)
	t.Spec = corev1.ServiceSpec{
		Type:                  o.Spec.Type,
		LoadBalancerClass:     o.Spec.LoadBalancerClass,
		LoadBalancerIP:        o.Spec.LoadBalancerIP,
		ClusterIP:             o.Spec.ClusterIP,
		ClusterIPs:            o.Spec.ClusterIPs,
		IPFamilies:            o.Spec.IPFamilies,
		IPFamilyPolicy:        o.Spec.IPFamilyPolicy,
		ExternalTrafficPolicy: o.Spec.ExternalTrafficPolicy,
	}
	if o.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
		t.Spec.Selector = o.Spec.Selector
	}
	for _, p := range o.Spec.Ports {
		t.Spec.Ports = append(t.Spec.Ports, corev1.ServicePort{Protocol: p.Protocol, Port: p.Port})
	}
	t.Status.LoadBalancer = o.Status.LoadBalancer
	return t
}

// hasPool reports whether a controller gave the service an address.
func hasPool(o *corev1.Service) bool {
	_, now := o.Annotations[intent.AnnotationPool]
	_, before := o.Annotations[intent.OldAnnotationPool]
	return now || before
}

// concernsPools: a service that neither has nor wants an address changes nothing.
func concernsPools(before, after *corev1.Service) bool {
	return slices.ContainsFunc([]*corev1.Service{before, after}, func(o *corev1.Service) bool {
		return isLoadBalancer(o) || o != nil && hasPool(o)
	})
}

// editioned has a store of objects of metallb.io keep which edition each is.
func editioned[T any, P object[T]](s *store[T, P]) *store[T, P] {
	read := s.read
	s.read = func(sent any) (P, []intent.Problem) {
		o, problems := read(sent)
		if original, ok := sent.(metav1.Object); ok && o != nil {
			o.SetResourceVersion(original.GetResourceVersion())
		}
		return o, problems
	}
	return s
}

// trimControlledNamespace keeps which edition it is.
func trimControlledNamespace(o *corev1.Namespace) *corev1.Namespace {
	t := trimNamespace(o)
	t.ResourceVersion = o.ResourceVersion
	return t
}

// relabels: pools ask namespaces for their labels alone.
func relabels(before, after *corev1.Namespace) bool {
	return before == nil || after == nil || !maps.Equal(before.Labels, after.Labels)
}

// trimControlledPool keeps the status, which the controller writes, and the age, which
// says who had addresses first.
func trimControlledPool(o *v1beta1.IPAddressPool) *v1beta1.IPAddressPool {
	t := trimPool(o)
	t.CreationTimestamp = o.CreationTimestamp
	t.Status = o.Status
	return t
}
