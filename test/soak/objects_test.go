package soak

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// The resources that are written.
var (
	services   = schema.GroupVersionResource{Version: "v1", Resource: "services"}                                  //nolint:gochecknoglobals // constant
	nodes      = schema.GroupVersionResource{Version: "v1", Resource: "nodes"}                                     //nolint:gochecknoglobals // constant
	slicesOf   = schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"} //nolint:gochecknoglobals // constant
	peers      = schema.GroupVersionResource{Group: "metallb.io", Version: "v1beta2", Resource: "bgppeers"}        //nolint:gochecknoglobals // constant
	nodeStates = schema.GroupVersionResource{Group: "frr-speaker.io", Version: "v1alpha1", Resource: "nodestates"} //nolint:gochecknoglobals // constant
)

const (
	namespace = "metallb-system"
	exclude   = "node.kubernetes.io/exclude-from-external-load-balancers"
)

// api writes what the model holds.
type api struct{ client *dynamic.DynamicClient }

// apply writes one object, and its status if it has one.
func (a api) apply(ctx context.Context, resource schema.GroupVersionResource, text string) error {
	o := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
		return fmt.Errorf("%w in\n%s", err, text)
	}
	client := a.client.Resource(resource).Namespace(o.GetNamespace())
	options := metav1.ApplyOptions{FieldManager: "soak", Force: true}
	if _, err := client.Apply(ctx, o.GetName(), o, options); err != nil {
		return fmt.Errorf("apply %s %s: %w", resource.Resource, o.GetName(), err)
	}
	if o.Object["status"] == nil {
		return nil
	}
	if _, err := client.ApplyStatus(ctx, o.GetName(), o, options); err != nil {
		return fmt.Errorf("write the status of %s %s: %w", resource.Resource, o.GetName(), err)
	}
	return nil
}

func (a api) delete(ctx context.Context, resource schema.GroupVersionResource, namespace, name string) error {
	err := a.client.Resource(resource).Namespace(namespace).Delete(ctx, name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete %s %s: %w", resource.Resource, name, err)
	}
	return nil
}

// write brings one service to what the model says, endpoints first: its address comes last,
// as it does in a cluster.
func (a api) write(ctx context.Context, s *service) error {
	if err := a.apply(ctx, slicesOf, s.slice()); err != nil {
		return err
	}
	policy := "Cluster"
	if s.local {
		policy = "Local"
	}
	return a.apply(ctx, services, fmt.Sprintf(`apiVersion: v1
kind: Service
metadata: {name: %s, namespace: default}
spec: {type: LoadBalancer, externalTrafficPolicy: %s, ports: [{name: http, port: 80, protocol: TCP}]}
status: {loadBalancer: {ingress: [{ip: %s}]}}
`, s.name, policy, s.address))
}

func (s *service) slice() string {
	var endpoints strings.Builder
	for i, node := range slices.Sorted(maps.Keys(s.ready)) {
		fmt.Fprintf(&endpoints, "{addresses: [10.244.1.%d], nodeName: %s, conditions: {ready: %t}}, ", i+1, node, s.ready[node])
	}
	return fmt.Sprintf(`apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: %[1]s-1, namespace: default, labels: {kubernetes.io/service-name: %[1]s}}
addressType: IPv4
ports: [{name: http, port: 8080, protocol: TCP}]
endpoints: [%[2]s]
`, s.name, endpoints.String())
}

// remove deletes a service; its endpoints go after it.
func (a api) remove(ctx context.Context, s *service) error {
	if err := a.delete(ctx, services, "default", s.name); err != nil {
		return err
	}
	return a.delete(ctx, slicesOf, "default", s.name+"-1")
}

func (a api) writeNode(ctx context.Context, node string, excluded bool) error {
	labels := "{}"
	if excluded {
		labels = "{" + exclude + ": \"\"}"
	}
	return a.apply(ctx, nodes, fmt.Sprintf("apiVersion: v1\nkind: Node\nmetadata: {name: %s, labels: %s}\n", node, labels))
}

func (a api) writePeer(ctx context.Context, name string, asn, address fmt.Stringer) error {
	return a.apply(ctx, peers, fmt.Sprintf(`apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: %s, namespace: %s}
spec: {myASN: %d, peerASN: %v, peerAddress: %v, connectTime: 1s}
`, name, namespace, nodesASN, asn, address))
}
