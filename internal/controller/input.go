package controller

import (
	"slices"
	"strings"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/ipam"
)

// Input reads the pools of a set of objects. last is the result before this one,
// for pools that go bad; it may be nil.
func Input(objs intent.Objects, opts intent.Options, last *intent.Intent) (ipam.Input, []intent.Problem) {
	pools := intent.Objects{Pools: objs.Pools, Namespaces: objs.Namespaces}
	parsed, problems := intent.Parse(pools, opts, last)
	in := ipam.Input{Pools: parsed.Pools}
	own := opts.Namespace
	if own == "" {
		own = intent.DefaultNamespace
	}
	for _, o := range objs.Pools {
		_, usable := slices.BinarySearchFunc(parsed.Pools, o.Name, func(p intent.Pool, name string) int {
			return strings.Compare(p.Name, name)
		})
		if !usable && o.Namespace == own {
			in.Unusable = append(in.Unusable, o.Name)
		}
	}
	return in, problems
}
