package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/api/v1beta1"
)

// fieldManager owns what the speaker applies (server-side apply).
const fieldManager = "frr-speaker"

// requestTimeout bounds one write.
const requestTimeout = 10 * time.Second

// request completes a request for this node's objects of the kind.
func (k statusKind) request(r *rest.Request, options metav1.ListOptions) *rest.Request {
	options.FieldSelector, options.LabelSelector = k.fields, k.labels
	return k.path(r).VersionedParams(&options, metav1.ParameterCodec)
}

func (k statusKind) path(r *rest.Request) *rest.Request {
	return r.NamespaceIfScoped(k.namespace, k.namespace != "").Resource(k.resource)
}

func (k statusKind) list(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
	list := k.newList()
	err := k.request(k.client.Get(), options).Do(ctx).Into(list)
	return list, err
}

// applied is what server-side apply takes of an object: all that is in it is owned
// from then on, and nothing else.
type applied struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Metadata   appliedMetadata `json:"metadata"`
	Status     any             `json:"status,omitempty"`
}

type appliedMetadata struct {
	Name            string                  `json:"name"`
	Namespace       string                  `json:"namespace,omitempty"`
	Labels          map[string]string       `json:"labels,omitempty"`
	OwnerReferences []metav1.OwnerReference `json:"ownerReferences,omitempty"`
}

// applyMeta creates the object, or gives it its labels and owner.
func (k statusKind) applyMeta(ctx context.Context, want statusObject) (statusObject, error) {
	body := k.body(want)
	body.Metadata.Labels, body.Metadata.OwnerReferences = want.GetLabels(), want.GetOwnerReferences()
	return k.apply(ctx, want.GetName(), body)
}

// applyStatus gives an object that exists its status.
func (k statusKind) applyStatus(ctx context.Context, want statusObject) (statusObject, error) {
	body := k.body(want)
	body.Status = statusOf(want)
	return k.apply(ctx, want.GetName(), body, "status")
}

func (k statusKind) body(want statusObject) applied {
	version, kind := want.GetObjectKind().GroupVersionKind().ToAPIVersionAndKind()
	return applied{APIVersion: version, Kind: kind, Metadata: appliedMetadata{Name: want.GetName(), Namespace: want.GetNamespace()}}
}

func (k statusKind) apply(ctx context.Context, name string, body applied, subresource ...string) (statusObject, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("apply %s %s: %w", k.resource, name, err)
	}
	force := true
	got := k.newObject()
	err = k.path(k.client.Patch(types.ApplyPatchType)).Name(name).SubResource(subresource...).
		VersionedParams(&metav1.PatchOptions{FieldManager: fieldManager, Force: &force}, metav1.ParameterCodec).
		Body(text).Do(ctx).Into(got)
	if err != nil {
		return nil, fmt.Errorf("apply %s %s: %w", k.resource, name, err)
	}
	return trimStatus(got)
}

// remove deletes an object, and only the one that was seen: not another of its name.
func (k statusKind) remove(ctx context.Context, o statusObject) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	uid := o.GetUID()
	err := k.path(k.client.Delete()).Name(o.GetName()).
		Body(&metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}}).Do(ctx).Error()
	if err != nil {
		return fmt.Errorf("delete %s %s: %w", k.resource, o.GetName(), err)
	}
	return nil
}

// statusOf is the part of an object that says something.
func statusOf(o statusObject) any {
	switch o := o.(type) {
	case *v1beta1.ConfigurationState:
		return o.Status
	case *v1beta1.ServiceBGPStatus:
		return o.Status
	case *v1beta1.ServiceL2Status:
		return o.Status
	case *v1alpha1.NodeState:
		return o.Status
	}
	return nil
}
