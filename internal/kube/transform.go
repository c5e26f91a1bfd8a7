package kube

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
	"frr-speaker/api/v1beta2"
)

// What is kept of an object is what a pass reads, and the UID, which Events name. Not
// the resource version: it changes with every heartbeat.

// head is the part of the metadata that is kept of every object.
func head(m *metav1.ObjectMeta) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: m.Namespace, Name: m.Name, UID: m.UID}
}

// labeled is head with the labels.
func labeled(m *metav1.ObjectMeta) metav1.ObjectMeta {
	h := head(m)
	if len(m.Labels) > 0 {
		h.Labels = m.Labels
	}
	return h
}

// configured is for objects that users write for us: labels, and which edition it is.
func configured(m *metav1.ObjectMeta) metav1.ObjectMeta {
	h := labeled(m)
	h.Generation = m.Generation
	return h
}

func trimService(o *corev1.Service) *corev1.Service {
	t := &corev1.Service{ObjectMeta: labeled(&o.ObjectMeta)}
	t.Annotations = ourAnnotations(o.Annotations)
	t.Spec.Type = o.Spec.Type
	t.Spec.LoadBalancerClass = o.Spec.LoadBalancerClass
	t.Spec.ExternalTrafficPolicy = o.Spec.ExternalTrafficPolicy
	for _, ingress := range o.Status.LoadBalancer.Ingress {
		t.Status.LoadBalancer.Ingress = append(t.Status.LoadBalancer.Ingress, corev1.LoadBalancerIngress{IP: ingress.IP})
	}
	return t
}

// ourAnnotations are those under the prefixes that MetalLB has had.
func ourAnnotations(all map[string]string) map[string]string {
	var ours map[string]string
	for key, value := range all {
		if !strings.HasPrefix(key, "metallb.io/") && !strings.HasPrefix(key, "metallb.universe.tf/") {
			continue
		}
		if ours == nil {
			ours = map[string]string{}
		}
		ours[key] = value
	}
	return ours
}

func trimEndpointSlice(o *discoveryv1.EndpointSlice) *discoveryv1.EndpointSlice {
	t := &discoveryv1.EndpointSlice{ObjectMeta: head(&o.ObjectMeta)}
	t.UID = ""
	if owner, owned := o.Labels[discoveryv1.LabelServiceName]; owned {
		t.Labels = map[string]string{discoveryv1.LabelServiceName: owner}
	}
	if len(o.Endpoints) == 0 {
		return t
	}
	t.Endpoints = make([]discoveryv1.Endpoint, len(o.Endpoints))
	for i := range o.Endpoints {
		e, kept := &o.Endpoints[i], &t.Endpoints[i]
		kept.Conditions = discoveryv1.EndpointConditions{Ready: e.Conditions.Ready, Serving: e.Conditions.Serving}
		kept.NodeName = e.NodeName
		if len(e.Addresses) > 0 {
			kept.Addresses = e.Addresses[:1:1] // consumers of the API look at the first alone
		}
	}
	return t
}

func trimNode(o *corev1.Node) *corev1.Node {
	t := &corev1.Node{ObjectMeta: labeled(&o.ObjectMeta)}
	for _, c := range o.Status.Conditions {
		if c.Type == corev1.NodeNetworkUnavailable {
			t.Status.Conditions = append(t.Status.Conditions, corev1.NodeCondition{Type: c.Type, Status: c.Status})
		}
	}
	if len(o.Status.Addresses) > 0 {
		t.Status.Addresses = o.Status.Addresses
	}
	return t
}

func trimNamespace(o *corev1.Namespace) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: labeled(&o.ObjectMeta)}
}

// trimSecret keeps no secret but those that peers may have.
func trimSecret(o *corev1.Secret) *corev1.Secret {
	t := &corev1.Secret{ObjectMeta: head(&o.ObjectMeta), Type: o.Type}
	if o.Type != corev1.SecretTypeBasicAuth {
		return t
	}
	if password, ok := o.Data[corev1.BasicAuthPasswordKey]; ok {
		t.Data = map[string][]byte{corev1.BasicAuthPasswordKey: password}
	}
	return t
}

func trimConfigMap(o *corev1.ConfigMap) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: head(&o.ObjectMeta), Data: o.Data}
}

func trimPeer(o *v1beta2.BGPPeer) *v1beta2.BGPPeer {
	return &v1beta2.BGPPeer{ObjectMeta: configured(&o.ObjectMeta), Spec: o.Spec}
}

func trimBGPAdvertisement(o *v1beta1.BGPAdvertisement) *v1beta1.BGPAdvertisement {
	return &v1beta1.BGPAdvertisement{ObjectMeta: configured(&o.ObjectMeta), Spec: o.Spec}
}

func trimL2Advertisement(o *v1beta1.L2Advertisement) *v1beta1.L2Advertisement {
	return &v1beta1.L2Advertisement{ObjectMeta: configured(&o.ObjectMeta), Spec: o.Spec}
}

func trimPool(o *v1beta1.IPAddressPool) *v1beta1.IPAddressPool {
	return &v1beta1.IPAddressPool{ObjectMeta: configured(&o.ObjectMeta), Spec: o.Spec}
}

func trimBFDProfile(o *v1beta1.BFDProfile) *v1beta1.BFDProfile {
	return &v1beta1.BFDProfile{ObjectMeta: configured(&o.ObjectMeta), Spec: o.Spec}
}

func trimCommunity(o *v1beta1.Community) *v1beta1.Community {
	return &v1beta1.Community{ObjectMeta: configured(&o.ObjectMeta), Spec: o.Spec}
}
