package intent

import "slices"

// Reader parses as Parse does, and remembers what it made of objects, so that a pass
// costs what has changed: an object that is the same pointer as last time is not read
// again. It is not for several goroutines at once.
type Reader struct {
	opts     Options
	objs     Objects // of the last time
	result   *Intent // likewise
	problems []Problem
	services serviceMemory
}

// NewReader returns a Reader that remembers nothing yet.
func NewReader() *Reader { return &Reader{} }

// Parse is the function Parse, for objects that never change.
func (r *Reader) Parse(objs Objects, opts Options, prev *Intent) (*Intent, []Problem) {
	if opts.Namespace == "" {
		opts.Namespace = DefaultNamespace
	}
	if opts != r.opts {
		*r = Reader{opts: opts}
	}
	if prev == nil {
		prev = &Intent{}
	}
	p := parser{objs: objs, opts: opts, prev: prev, result: &Intent{}}
	if r.result != nil && prev == r.result && sameConfiguration(objs, r.objs) {
		*p.result, p.problems = *r.result, slices.Clone(r.problems)
	} else {
		p.configuration()
		r.problems = slices.Clone(p.problems) // the others are sorted in place, and given away
	}
	services, problems := r.services.parse(objs.Services, objs.EndpointSlices, opts)
	p.result.Services = services
	p.report(problems)
	r.objs, r.result = objs, p.result
	return p.result, SortProblems(p.problems)
}

// sameConfiguration tells whether all objects but Services and their endpoints are the same.
// What an invalid one means depends on the result before, too.
func sameConfiguration(a, b Objects) bool {
	return slices.Equal(a.Peers, b.Peers) &&
		slices.Equal(a.BGPAdvertisements, b.BGPAdvertisements) &&
		slices.Equal(a.L2Advertisements, b.L2Advertisements) &&
		slices.Equal(a.Pools, b.Pools) &&
		slices.Equal(a.BFDProfiles, b.BFDProfiles) &&
		slices.Equal(a.Communities, b.Communities) &&
		slices.Equal(a.Nodes, b.Nodes) &&
		slices.Equal(a.Namespaces, b.Namespaces) &&
		slices.Equal(a.Secrets, b.Secrets) &&
		slices.Equal(a.ConfigMaps, b.ConfigMaps) &&
		(a.Members == nil) == (b.Members == nil) && slices.Equal(a.Members, b.Members)
}
