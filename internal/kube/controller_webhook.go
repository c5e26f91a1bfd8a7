package kube

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TrustWebhooks has the API server trust a bundle of certificates, in PEM, for every
// webhook of a ValidatingWebhookConfiguration. It needs get and update of it.
func TrustWebhooks(ctx context.Context, client *Client, configuration string, bundle []byte) (changed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	resource := client.dynamic.Resource(admissionregistrationv1.SchemeGroupVersion.WithResource("validatingwebhookconfigurations"))
	got, err := resource.Get(ctx, configuration, metav1.GetOptions{})
	if err != nil {
		return false, fmt.Errorf("read ValidatingWebhookConfiguration %s: %w", configuration, err)
	}
	if !trust(got, bundle) {
		return false, nil
	}
	if _, err := resource.Update(ctx, got, metav1.UpdateOptions{}); err != nil {
		return false, fmt.Errorf("write ValidatingWebhookConfiguration %s: %w", configuration, err)
	}
	return true, nil
}

// trust puts the bundle into each webhook, and reports whether that changed anything.
func trust(o *unstructured.Unstructured, bundle []byte) bool {
	webhooks, _, _ := unstructured.NestedSlice(o.Object, "webhooks")
	changed := false
	for _, w := range webhooks {
		webhook, ok := w.(map[string]any)
		if !ok {
			continue
		}
		text, _, _ := unstructured.NestedString(webhook, "clientConfig", "caBundle")
		if have, err := base64.StdEncoding.DecodeString(text); err == nil && bytes.Equal(have, bundle) {
			continue
		}
		if unstructured.SetNestedField(webhook, base64.StdEncoding.EncodeToString(bundle), "clientConfig", "caBundle") == nil {
			changed = true
		}
	}
	if changed {
		changed = unstructured.SetNestedSlice(o.Object, webhooks, "webhooks") == nil
	}
	return changed
}
