package v1beta1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ServiceBGPStatusSpec defines the desired state of a ServiceBGPStatus: nothing.
type ServiceBGPStatusSpec struct{}

// MetalLBServiceBGPStatus says to which peers a node announces a service.
type MetalLBServiceBGPStatus struct {
	// Name of the node that announces.
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="node cannot be changed"
	// +optional
	Node string `json:"node,omitempty"`

	// Name of the service.
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="serviceName cannot be changed"
	// +optional
	ServiceName string `json:"serviceName,omitempty"`

	// Namespace of the service.
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="serviceNamespace cannot be changed"
	// +optional
	ServiceNamespace string `json:"serviceNamespace,omitempty"`

	// Names of the BGPPeers to which the node means to announce the service,
	// whether or not their sessions are established.
	// +optional
	Peers []string `json:"peers,omitempty"`
}

// +kubebuilder:object:root=true
// +kubebuilder:storageversion
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Node",type=string,JSONPath=`.status.node`
// +kubebuilder:printcolumn:name="Service Name",type=string,JSONPath=`.status.serviceName`
// +kubebuilder:printcolumn:name="Service Namespace",type=string,JSONPath=`.status.serviceNamespace`

// ServiceBGPStatus reports, per service and node, the peers to which the node
// announces it. The speakers write it.
type ServiceBGPStatus struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   ServiceBGPStatusSpec    `json:"spec,omitempty"`
	Status MetalLBServiceBGPStatus `json:"status,omitempty"`
}

// +kubebuilder:object:root=true

// ServiceBGPStatusList is a list of ServiceBGPStatus objects.
type ServiceBGPStatusList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ServiceBGPStatus `json:"items"`
}
