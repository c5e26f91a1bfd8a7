package intent

import "frr-speaker/internal/bgp"

// Intent is what users want of the whole cluster, typed and valid. Everything in
// it is sorted by name; nothing in it is to be changed after Parse.
type Intent struct {
	Pools             []Pool
	Peers             []Peer
	BGPAdvertisements []BGPAdvertisement
	L2Advertisements  []L2Advertisement
	BFDProfiles       []bgp.BFDProfile // of objects, and what sessions use in place of them: names with "_"
	Services          []Service
	Nodes             []Node
	// RawConfig is the FRR text of ConfigMap bgpextras, unchecked beyond control characters.
	RawConfig string
}

// Options are what the process was told, as opposed to what the objects say.
type Options struct {
	Namespace         string // where metallb.io objects, Secrets and ConfigMaps are read; "" is metallb-system
	LoadBalancerClass string // announce only services of this class; "" means those without one
	IgnoreExcludeLB   bool   // announce from nodes that carry the exclude label too
}
