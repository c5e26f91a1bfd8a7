package cluster

import (
	"context"
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"frr-speaker/test/cluster"
	"frr-speaker/test/cluster/clustertest"
)

const (
	namespace = "metallb-system"
	account   = "speaker"
	rbac      = "../../deploy/frr-mode/rbac/speaker.yaml"
	crds      = "../../deploy/frr-mode/crds"
)

// api is an API server with the definitions and the account that ship.
type api struct {
	*cluster.Cluster
	client     *dynamic.DynamicClient
	kubeconfig string // of the speaker
	beats      int64  // so far
}

func newAPI(b *testing.B) *api {
	b.Helper()
	a := &api{Cluster: clustertest.New(b, cluster.Options{})}
	clustertest.Kubectl(b, a.Cluster, "", "apply", "-k", crds)
	clustertest.Kubectl(b, a.Cluster, "", "wait", "crd", "--all", "--for=condition=Established", "--timeout=60s")
	clustertest.Kubectl(b, a.Cluster, "", "create", "namespace", namespace)
	clustertest.Kubectl(b, a.Cluster, "", "apply", "-f", rbac)
	var err error
	if a.kubeconfig, err = a.ServiceAccount(b.Context(), namespace, account); err != nil {
		b.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", a.Kubeconfig())
	if err != nil {
		b.Fatal(err)
	}
	config.QPS = -1
	if a.client, err = dynamic.NewForConfig(config); err != nil {
		b.Fatal(err)
	}
	return a
}

// writers is how many objects are written at the same time.
const writers = 16

// object is the JSON of an API object.
type object = map[string]any

// create creates objects, and gives each the status that it has.
func (a *api) create(ctx context.Context, resource schema.GroupVersionResource, objects []object) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for _, o := range objects {
		group.Go(func() error { return a.createOne(ctx, resource, o) })
	}
	return group.Wait()
}

func (a *api) createOne(ctx context.Context, resource schema.GroupVersionResource, o object) error {
	sent := &unstructured.Unstructured{Object: o}
	client := a.client.Resource(resource).Namespace(sent.GetNamespace())
	made, err := client.Create(ctx, sent, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("create %s %s: %w", resource.Resource, sent.GetName(), err)
	}
	if o["status"] == nil {
		return nil
	}
	made.Object["status"] = o["status"]
	if _, err := client.UpdateStatus(ctx, made, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("write the status of %s %s: %w", resource.Resource, sent.GetName(), err)
	}
	return nil
}

// patch merges into an object, or into its status.
func (a *api) patch(ctx context.Context, resource schema.GroupVersionResource, namespace, name, patch string, subresources ...string) error {
	client := a.client.Resource(resource).Namespace(namespace)
	if _, err := client.Patch(ctx, name, types.MergePatchType, []byte(patch), metav1.PatchOptions{}, subresources...); err != nil {
		return fmt.Errorf("patch %s %s: %w", resource.Resource, name, err)
	}
	return nil
}

// populated is what populate makes objects of.
func populated() []schema.GroupVersionResource {
	return []schema.GroupVersionResource{
		core("services"), endpointSliceResource(), metallb("bgppeers"), metallb("bgpadvertisements"), metallb("ipaddresspools"), core("nodes"),
	}
}

// empty deletes all objects of some kinds.
func (a *api) empty(ctx context.Context, resources ...schema.GroupVersionResource) error {
	for _, resource := range resources {
		list, err := a.client.Resource(resource).List(ctx, metav1.ListOptions{})
		if err != nil {
			return fmt.Errorf("list %s: %w", resource.Resource, err)
		}
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(writers)
		for _, o := range list.Items {
			if o.GetName() == "kubernetes" { // of the API server itself
				continue
			}
			group.Go(func() error {
				return a.client.Resource(resource).Namespace(o.GetNamespace()).Delete(ctx, o.GetName(), metav1.DeleteOptions{})
			})
		}
		if err := group.Wait(); err != nil {
			return fmt.Errorf("delete %s: %w", resource.Resource, err)
		}
	}
	return nil
}

// The resources that are written.
func core(resource string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Version: "v1", Resource: resource}
}

func endpointSliceResource() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}
}

func metallb(resource string) schema.GroupVersionResource {
	version := "v1beta1"
	if resource == "bgppeers" {
		version = "v1beta2"
	}
	return schema.GroupVersionResource{Group: "metallb.io", Version: version, Resource: resource}
}
