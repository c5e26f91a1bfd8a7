package v1beta1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of the types in this package.
var GroupVersion = schema.GroupVersion{Group: "metallb.io", Version: "v1beta1"}

// AddToScheme registers the types of this package.
func AddToScheme(s *runtime.Scheme) error {
	b := runtime.NewSchemeBuilder(func(s *runtime.Scheme) error {
		s.AddKnownTypes(GroupVersion,
			&BFDProfile{}, &BFDProfileList{},
			&BGPAdvertisement{}, &BGPAdvertisementList{},
			&BGPPeer{}, &BGPPeerList{},
			&Community{}, &CommunityList{},
			&ConfigurationState{}, &ConfigurationStateList{},
			&IPAddressPool{}, &IPAddressPoolList{},
			&L2Advertisement{}, &L2AdvertisementList{},
			&ServiceBGPStatus{}, &ServiceBGPStatusList{},
			&ServiceL2Status{}, &ServiceL2StatusList{},
		)
		metav1.AddToGroupVersion(s, GroupVersion)
		return nil
	})
	return b.AddToScheme(s)
}
