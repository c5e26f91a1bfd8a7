package kube

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// Secret is one Secret that replicas share. It needs get, create and update of it.
type Secret struct {
	client          rest.Interface
	namespace, name string
}

// NewSecret returns the Secret. It sends nothing.
func NewSecret(client *Client, namespace, name string) (*Secret, error) {
	core, err := client.unpaced(corev1.SchemeGroupVersion)
	if err != nil {
		return nil, err
	}
	return &Secret{client: core, namespace: namespace, name: name}, nil
}

// Get returns what the Secret holds and its resource version; "" if it is not there.
func (s *Secret) Get(ctx context.Context) (data map[string][]byte, version string, err error) {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	var got corev1.Secret
	err = s.client.Get().Namespace(s.namespace).Resource("secrets").Name(s.name).Do(ctx).Into(&got)
	if apierrors.IsNotFound(err) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("read Secret %s: %w", s.name, err)
	}
	return got.Data, got.ResourceVersion, nil
}

// Put writes to the version that was read; "" creates the Secret.
func (s *Secret) Put(ctx context.Context, data map[string][]byte, version string) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: s.name, ResourceVersion: version},
		Data:       data,
	}
	var err error
	if version == "" {
		err = s.client.Post().Namespace(s.namespace).Resource("secrets").Body(secret).Do(ctx).Error()
	} else {
		err = s.client.Put().Namespace(s.namespace).Resource("secrets").Name(s.name).Body(secret).Do(ctx).Error()
	}
	if err != nil {
		return fmt.Errorf("write Secret %s: %w", s.name, err)
	}
	return nil
}

// memberlistKey is where speakers find the key that they share, and its length.
const (
	memberlistKey       = "secretkey"
	memberlistKeyLength = 16
)

// EnsureMemberlistSecret creates the Secret with the key of memberlist, if there is none.
// The Deployment owns it; one that cannot be found owns nothing.
func EnsureMemberlistSecret(ctx context.Context, client *Client, namespace, name, deployment string) (created bool, err error) {
	core, err := client.unpaced(corev1.SchemeGroupVersion)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	err = core.Get().Namespace(namespace).Resource("secrets").Name(name).Do(ctx).Error()
	if err == nil {
		return false, nil
	}
	if !apierrors.IsNotFound(err) {
		return false, fmt.Errorf("read Secret %s: %w", name, err)
	}
	key := make([]byte, memberlistKeyLength)
	if _, err := rand.Read(key); err != nil {
		return false, fmt.Errorf("make the key of memberlist: %w", err)
	}
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Data:       map[string][]byte{memberlistKey: []byte(base64.RawStdEncoding.EncodeToString(key))},
	}
	if owner, found := deploymentOwner(ctx, client, namespace, deployment); found {
		secret.OwnerReferences = []metav1.OwnerReference{owner}
	}
	err = core.Post().Namespace(namespace).Resource("secrets").Body(secret).Do(ctx).Error()
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return false, fmt.Errorf("create Secret %s: %w", name, err)
	}
	return err == nil, nil
}

// deploymentOwner is the reference to a Deployment that makes objects go with it.
func deploymentOwner(ctx context.Context, client *Client, namespace, deployment string) (metav1.OwnerReference, bool) {
	if deployment == "" {
		return metav1.OwnerReference{}, false
	}
	group := appsv1.SchemeGroupVersion
	got, err := client.dynamic.Resource(group.WithResource("deployments")).Namespace(namespace).Get(ctx, deployment, metav1.GetOptions{})
	if err != nil {
		return metav1.OwnerReference{}, false
	}
	return metav1.OwnerReference{APIVersion: group.String(), Kind: "Deployment", Name: deployment, UID: got.GetUID()}, true
}
