package v1beta1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ConfigurationResult sums up whether a component could use its configuration.
// +kubebuilder:validation:Enum=Valid;Invalid;Unknown
type ConfigurationResult string

// The results of checking a configuration.
const (
	ConfigurationResultValid   ConfigurationResult = "Valid"
	ConfigurationResultInvalid ConfigurationResult = "Invalid"
	ConfigurationResultUnknown ConfigurationResult = "Unknown"
)

// ConfigurationStateStatus is what a component found of its configuration.
type ConfigurationStateStatus struct {
	// Whether the configuration is valid, over all conditions.
	// +optional
	Result ConfigurationResult `json:"result,omitempty"`

	// Messages of the conditions that failed, one per line.
	// +optional
	ErrorSummary string `json:"errorSummary,omitempty"`

	// One condition per part of the component that reads the configuration.
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// +kubebuilder:object:root=true
// +kubebuilder:storageversion
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Result",type=string,JSONPath=`.status.result`
// +kubebuilder:printcolumn:name="ErrorSummary",type=string,JSONPath=`.status.errorSummary`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`

// ConfigurationState reports whether a component could use its configuration:
// one object per speaker ("speaker-<node>") and one for the controller
// ("controller"). The components write it.
type ConfigurationState struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Status ConfigurationStateStatus `json:"status,omitempty"`
}

// +kubebuilder:object:root=true

// ConfigurationStateList is a list of ConfigurationState objects.
type ConfigurationStateList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ConfigurationState `json:"items"`
}
