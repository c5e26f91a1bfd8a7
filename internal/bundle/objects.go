package bundle

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/intent"
)

// Password stands for every password, so that a configuration can be rendered all the same.
const Password = "redacted"

// bgpextras is the ConfigMap of which speaker reads FRR text.
const bgpextras = "bgpextras"

// object is an API object that can be written.
type object interface {
	runtime.Object
	metav1.Object
}

// Objects are the files of objects, one for each kind, without secrets. Secrets that no
// peer refers to, and ConfigMaps but the one that speaker reads, are not in them.
func Objects(o intent.Objects) ([]File, error) {
	var w objectWriter
	write(&w, "nodes", corev1.SchemeGroupVersion.WithKind("Node"), o.Nodes, nil)
	write(&w, "namespaces", corev1.SchemeGroupVersion.WithKind("Namespace"), o.Namespaces, nil)
	write(&w, "pools", v1beta1.GroupVersion.WithKind("IPAddressPool"), o.Pools, nil)
	write(&w, "bfdprofiles", v1beta1.GroupVersion.WithKind("BFDProfile"), o.BFDProfiles, nil)
	write(&w, "communities", v1beta1.GroupVersion.WithKind("Community"), o.Communities, nil)
	write(&w, "peers", v1beta2.GroupVersion.WithKind("BGPPeer"), o.Peers, redactPeer)
	write(&w, "bgpadvertisements", v1beta1.GroupVersion.WithKind("BGPAdvertisement"), o.BGPAdvertisements, nil)
	write(&w, "l2advertisements", v1beta1.GroupVersion.WithKind("L2Advertisement"), o.L2Advertisements, nil)
	write(&w, "services", corev1.SchemeGroupVersion.WithKind("Service"), o.Services, nil)
	write(&w, "endpointslices", schema.GroupVersionKind{Group: "discovery.k8s.io", Version: "v1", Kind: "EndpointSlice"}, o.EndpointSlices, nil)
	write(&w, "secrets", corev1.SchemeGroupVersion.WithKind("Secret"), referred(o), redactSecret)
	write(&w, "configmaps", corev1.SchemeGroupVersion.WithKind("ConfigMap"), extras(o.ConfigMaps), redactExtras)
	return w.files, w.err
}

// objectWriter collects files until something goes wrong.
type objectWriter struct {
	files []File
	err   error
}

// write adds a file of one kind. What it writes are copies: objects are shared.
func write[T object](w *objectWriter, name string, kind schema.GroupVersionKind, list []T, redact func(T)) {
	var text []byte
	for _, o := range list {
		copied, ok := o.DeepCopyObject().(T)
		if !ok || w.err != nil {
			continue // a copy has the type of what it is a copy of
		}
		copied.SetManagedFields(nil)
		copied.SetResourceVersion("")
		if a := copied.GetAnnotations(); a[corev1.LastAppliedConfigAnnotation] != "" {
			delete(a, corev1.LastAppliedConfigAnnotation)
		}
		if redact != nil {
			redact(copied)
		}
		copied.GetObjectKind().SetGroupVersionKind(kind)
		one, err := yaml.Marshal(copied)
		if err != nil {
			w.err = fmt.Errorf("write %s %s: %w", kind.Kind, o.GetName(), err)
			return
		}
		text = append(append(text, "---\n"...), one...)
	}
	if len(text) > 0 {
		w.files = append(w.files, File{Name: "objects/" + name + ".yaml", Text: text})
	}
}

func redactPeer(p *v1beta2.BGPPeer) {
	if p.Spec.Password != "" {
		p.Spec.Password = Password
	}
}

func redactSecret(s *corev1.Secret) {
	for key, value := range s.Data {
		if len(value) > 0 { // that there is none may be what is wrong
			s.Data[key] = []byte(Password)
		}
	}
	s.StringData = nil
}

func redactExtras(m *corev1.ConfigMap) {
	for key, text := range m.Data {
		m.Data[key] = frrdiff.Redact(text)
	}
	m.BinaryData = nil
}

// referred are the Secrets that peers refer to.
func referred(o intent.Objects) []*corev1.Secret {
	return slices.DeleteFunc(slices.Clone(o.Secrets), func(s *corev1.Secret) bool {
		return s == nil || !slices.ContainsFunc(o.Peers, func(p *v1beta2.BGPPeer) bool { return p.Spec.PasswordSecret.Name == s.Name })
	})
}

func extras(all []*corev1.ConfigMap) []*corev1.ConfigMap {
	return slices.DeleteFunc(slices.Clone(all), func(m *corev1.ConfigMap) bool { return m == nil || m.Name != bgpextras })
}
