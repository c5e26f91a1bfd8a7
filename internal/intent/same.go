package intent

import "reflect"

// Same reports whether two services certainly are alike, because what they are made of is one
// in memory: the result of a Reader shares what has not changed with the one before. It looks
// into no list.
func (s *Service) Same(o *Service) bool {
	return s.Ref == o.Ref && s.TrafficPolicy == o.TrafficPolicy && s.SharingKey == o.SharingKey &&
		s.Endpoints.Serving == o.Endpoints.Serving && oneList(s.Endpoints.Nodes, o.Endpoints.Nodes) &&
		oneList(s.Addresses, o.Addresses) && reflect.ValueOf(s.Labels).UnsafePointer() == reflect.ValueOf(o.Labels).UnsafePointer()
}

// SameButServices reports whether two intents certainly differ in no more than services and
// raw text. Like Service.Same it looks into no list.
func (in *Intent) SameButServices(o *Intent) bool {
	return oneList(in.Pools, o.Pools) && oneList(in.Peers, o.Peers) && oneList(in.Nodes, o.Nodes) &&
		oneList(in.BGPAdvertisements, o.BGPAdvertisements) && oneList(in.L2Advertisements, o.L2Advertisements) &&
		oneList(in.BFDProfiles, o.BFDProfiles)
}

// oneList reports whether two lists are one in memory.
func oneList[E any](a, b []E) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}
