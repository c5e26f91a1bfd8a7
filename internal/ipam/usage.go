package ipam

// Usage is how full a pool is.
type Usage struct {
	Pool     string
	V4, V6   Level
	Services int // that have addresses of it
}

// Level is how full a pool is in one family.
type Level struct {
	Used  int   // addresses that services have, however many share one
	Total Count // addresses to give out
}

// Free is how many addresses are left.
func (l Level) Free() Count { return l.Total.Less(l.Used) }

func usage(spaces []space) []Usage {
	all := make([]Usage, 0, len(spaces))
	for i := range spaces {
		s := &spaces[i]
		all = append(all, Usage{
			Pool:     s.pool.Name,
			V4:       Level{Used: s.v4.used, Total: s.v4.total},
			V6:       Level{Used: s.v6.used, Total: s.v6.total},
			Services: s.services,
		})
	}
	return all
}
