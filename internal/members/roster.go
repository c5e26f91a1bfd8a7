package members

import (
	"maps"
	"slices"
	"sync"
)

// roster is who is alive and where, as told by events. memberlist hands out its
// nodes by pointer and goes on writing to them, so this is a copy.
type roster struct {
	mu sync.Mutex
	at map[string]string // host:port by name
}

// put enters a member, or where it is now.
func (r *roster) put(name, at string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at == nil {
		r.at = map[string]string{}
	}
	r.at[name] = at
}

// remove strikes a member off.
func (r *roster) remove(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.at, name)
}

// names are those of all members, sorted; never nil.
func (r *roster) names() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	names := slices.AppendSeq(make([]string, 0, len(r.at)), maps.Keys(r.at))
	slices.Sort(names)
	return names
}

// addresses are those at which there is a member.
func (r *roster) addresses() map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	addresses := make(map[string]bool, len(r.at))
	for _, at := range r.at {
		addresses[at] = true
	}
	return addresses
}
