package v1beta1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ServiceAllocation says which services may take addresses from a pool.
type ServiceAllocation struct {
	// Order in which pools that match a service are tried: lower first, 0 or
	// omitted last.
	// +optional
	Priority int `json:"priority,omitempty"`

	// Namespaces whose services may use the pool.
	// +optional
	Namespaces []string `json:"namespaces,omitempty"`

	// Selects further namespaces whose services may use the pool.
	// +optional
	NamespaceSelectors []metav1.LabelSelector `json:"namespaceSelectors,omitempty"`

	// Selects the services that may use the pool, by their labels.
	// +optional
	ServiceSelectors []metav1.LabelSelector `json:"serviceSelectors,omitempty"`
}

// IPAddressPoolSpec defines the desired state of an IPAddressPool.
type IPAddressPoolSpec struct {
	// Addresses that the pool owns. Each entry is a CIDR or a range of the form
	// "first-last".
	// +kubebuilder:validation:MinItems=1
	Addresses []string `json:"addresses"`

	// Lets services that ask for no pool and no address take one of this pool.
	// +kubebuilder:default:=true
	// +optional
	AutoAssign *bool `json:"autoAssign,omitempty"`

	// Keeps the pool's IPv4 addresses that end in .0 and .255 unused, which some
	// old equipment filters.
	// +kubebuilder:default:=false
	// +optional
	AvoidBuggyIPs bool `json:"avoidBuggyIPs,omitempty"`

	// Restricts the pool to some namespaces or services.
	// +optional
	AllocateTo *ServiceAllocation `json:"serviceAllocation,omitempty"`
}

// IPAddressPoolStatus defines the observed state of an IPAddressPool.
type IPAddressPoolStatus struct {
	// Number of IPv4 addresses in use.
	AssignedIPv4 int64 `json:"assignedIPv4"`

	// Number of IPv6 addresses in use.
	AssignedIPv6 int64 `json:"assignedIPv6"`

	// Number of free IPv4 addresses.
	AvailableIPv4 int64 `json:"availableIPv4"`

	// Number of free IPv6 addresses.
	AvailableIPv6 int64 `json:"availableIPv6"`
}

// +kubebuilder:object:root=true
// +kubebuilder:storageversion
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Auto Assign",type=boolean,JSONPath=`.spec.autoAssign`
// +kubebuilder:printcolumn:name="Avoid Buggy IPs",type=boolean,JSONPath=`.spec.avoidBuggyIPs`
// +kubebuilder:printcolumn:name="Addresses",type=string,JSONPath=`.spec.addresses`

// IPAddressPool is a set of addresses for services of type LoadBalancer.
type IPAddressPool struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   IPAddressPoolSpec   `json:"spec"`
	Status IPAddressPoolStatus `json:"status,omitempty"`
}

// +kubebuilder:object:root=true

// IPAddressPoolList is a list of IPAddressPool objects.
type IPAddressPoolList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []IPAddressPool `json:"items"`
}
