package status

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/api/v1beta1"
)

// Objects are the objects that a node's speaker keeps in the cluster. What is nil is
// not known yet, and stays as it is.
type Objects struct {
	Configuration *v1beta1.ConfigurationState
	Node          *v1alpha1.NodeState
	Services      *Services
	// Nodes is how many nodes have such objects: they share what the API server can take.
	Nodes int
}

// Services are the objects per service, sorted by namespace and name.
type Services struct {
	BGP []*v1beta1.ServiceBGPStatus
	L2  []*v1beta1.ServiceL2Status
	// Unreported is how many announced services are beyond the bound on objects.
	Unreported int
}

// Build returns the objects as they should be. Times of transition in them are
// zero: Settle fills them in, beside what the cluster has.
func Build(f Facts) Objects {
	if f.State == nil || f.WithoutServices {
		return Rebuild(f, &Services{})
	}
	return Rebuild(f, BuildServices(f))
}

// Rebuild is Build with objects per service that are known to be right still: there may
// be ten thousand, and they do not depend on what FRR reports.
func Rebuild(f Facts, services *Services) Objects {
	if f.State == nil {
		return undecided(f)
	}
	if f.State.NodeGone {
		return Objects{Services: services, Nodes: f.Nodes} // the others belong to the Node, and go as it has gone
	}
	return Objects{Configuration: buildConfiguration(f), Node: buildNode(f, services), Services: services, Nodes: f.Nodes}
}

// undecided tells what keeps the speaker from deciding, if anything does. Else the
// objects of its earlier life stand.
func undecided(f Facts) Objects {
	if len(configurationErrors(f.Problems)) == 0 {
		return Objects{}
	}
	return Objects{Configuration: buildConfiguration(f)}
}

// owner makes an object go when its node does. That the owner is the Node and not
// the pod lets status outlive a new pod of the DaemonSet.
func owner(f Facts) []metav1.OwnerReference {
	if f.NodeUID == "" {
		return nil
	}
	return []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: f.Node, UID: f.NodeUID}}
}
