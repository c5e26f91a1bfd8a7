package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/intent"
)

// Assignment is what is written to one edition of a service.
type Assignment struct {
	Namespace, Name string
	Version         string       // resource version of the edition; another one is not written to
	Addresses       []netip.Addr // none: status and annotation go
	Pool            string
}

// AssignmentWriter writes what services and pools are told. It needs patch of
// services/status and of ipaddresspools/status.
type AssignmentWriter struct {
	namespace string // of the pools
	core      rest.Interface
	metallb   rest.Interface
}

// NewAssignmentWriter returns a writer. It sends nothing.
func NewAssignmentWriter(client *Client, namespace string) (*AssignmentWriter, error) {
	core, err := client.unpaced(corev1.SchemeGroupVersion)
	if err != nil {
		return nil, err
	}
	metallb, err := client.unpaced(v1beta1.GroupVersion)
	if err != nil {
		return nil, err
	}
	return &AssignmentWriter{namespace: namespace, core: core, metallb: metallb}, nil
}

// writeTimeout bounds one write, so that who leads no more has none under way for long.
const writeTimeout = 5 * time.Second

// Assign writes status and annotation of a service in one request. It returns the
// resource version that came of it.
func (w *AssignmentWriter) Assign(ctx context.Context, a Assignment) (version string, err error) {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	body, err := json.Marshal(servicePatch(a))
	if err != nil {
		return "", fmt.Errorf("assign to service %s/%s: %w", a.Namespace, a.Name, err)
	}
	var got corev1.Service
	err = w.core.Patch(types.MergePatchType).Namespace(a.Namespace).Resource("services").Name(a.Name).
		SubResource("status").Body(body).Do(ctx).Into(&got)
	if err != nil {
		return "", fmt.Errorf("assign to service %s/%s: %w", a.Namespace, a.Name, err)
	}
	return got.ResourceVersion, nil
}

// servicePatch is a JSON merge patch (RFC 7396): null removes.
func servicePatch(a Assignment) map[string]any {
	var (
		pool    any
		ingress []map[string]string
	)
	if a.Pool != "" {
		pool = a.Pool
	}
	for _, addr := range a.Addresses {
		ingress = append(ingress, map[string]string{"ip": addr.String()})
	}
	return map[string]any{
		"metadata": map[string]any{
			"resourceVersion": a.Version,
			"annotations":     map[string]any{intent.AnnotationPool: pool, intent.OldAnnotationPool: nil},
		},
		"status": map[string]any{"loadBalancer": map[string]any{"ingress": ingress}},
	}
}

// Count writes how full a pool is.
func (w *AssignmentWriter) Count(ctx context.Context, pool string, s v1beta1.IPAddressPoolStatus) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	body, err := json.Marshal(map[string]any{"status": s})
	if err != nil {
		return fmt.Errorf("write status of IPAddressPool %s: %w", pool, err)
	}
	err = w.metallb.Patch(types.MergePatchType).Namespace(w.namespace).Resource("ipaddresspools").Name(pool).
		SubResource("status").Body(body).Do(ctx).Error()
	if err != nil {
		return fmt.Errorf("write status of IPAddressPool %s: %w", pool, err)
	}
	return nil
}

// Overtaken reports whether an error says that the edition that was written to is not
// the newest any more, or that the object is gone: the write was not carried out, and a
// watch will tell why. Of other errors nobody knows whether the write was carried out.
func Overtaken(err error) bool { return apierrors.IsConflict(err) || apierrors.IsNotFound(err) }
