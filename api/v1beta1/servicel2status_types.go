package v1beta1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// InterfaceInfo names an interface of a node.
type InterfaceInfo struct {
	// Name of the interface.
	// +optional
	Name string `json:"name,omitempty"`
}

// ServiceL2StatusSpec defines the desired state of a ServiceL2Status: nothing.
type ServiceL2StatusSpec struct{}

// MetalLBServiceL2Status says which node answers for a service.
type MetalLBServiceL2Status struct {
	// Name of the node that answers.
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

	// Interfaces on which the node answers. Empty when on all that can.
	// +optional
	Interfaces []InterfaceInfo `json:"interfaces,omitempty"`
}

// +kubebuilder:object:root=true
// +kubebuilder:storageversion
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Allocated Node",type=string,JSONPath=`.status.node`
// +kubebuilder:printcolumn:name="Service Name",type=string,JSONPath=`.status.serviceName`
// +kubebuilder:printcolumn:name="Service Namespace",type=string,JSONPath=`.status.serviceNamespace`

// ServiceL2Status reports, per service, the node that answers ARP and NDP for it.
// The speakers write it.
type ServiceL2Status struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   ServiceL2StatusSpec    `json:"spec,omitempty"`
	Status MetalLBServiceL2Status `json:"status,omitempty"`
}

// +kubebuilder:object:root=true

// ServiceL2StatusList is a list of ServiceL2Status objects.
type ServiceL2StatusList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ServiceL2Status `json:"items"`
}
