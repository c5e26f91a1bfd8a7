package intent

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Remember returns what has to be kept of a set of objects so that a process that starts
// later finds what each of them meant when it was last valid: Parse of it, as prev of a
// Parse of what there is then. Problems are those of now, kept is what Remember returned
// before.
//
// While nothing is refused that is all configuration there is. While something is, a
// refused object stays as it was kept, and so does what others refer to, for it may be that
// which changed: a Secret, a Community. Services are not kept: they have no last meaning.
func Remember(kept, now Objects, problems []Problem) Objects {
	refused := map[Ref]bool{}
	for _, p := range problems {
		if !p.Harmless && isConfiguration(p.Object.Kind) {
			refused[p.Object] = true
		}
	}
	m := memory{refused: refused}
	next := Objects{
		Peers:             users(m, "BGPPeer", kept.Peers, now.Peers),
		BGPAdvertisements: users(m, "BGPAdvertisement", kept.BGPAdvertisements, now.BGPAdvertisements),
		L2Advertisements:  users(m, "L2Advertisement", kept.L2Advertisements, now.L2Advertisements),
		Pools:             used(m, kept.Pools, now.Pools),
		BFDProfiles:       used(m, kept.BFDProfiles, now.BFDProfiles),
		Communities:       used(m, kept.Communities, now.Communities),
		Nodes:             used(m, kept.Nodes, trimmed(now.Nodes, trimNode)),
		Namespaces:        used(m, kept.Namespaces, trimmed(now.Namespaces, trimNamespace)),
		ConfigMaps:        used(m, kept.ConfigMaps, now.ConfigMaps),
	}
	next.ConfigMaps = slices.DeleteFunc(next.ConfigMaps, func(c *corev1.ConfigMap) bool { return c.Name != rawConfigMap })
	secrets := map[string]bool{}
	for _, p := range next.Peers {
		if p.Spec.PasswordSecret.Name != "" {
			secrets[p.Spec.PasswordSecret.Name] = true
		}
	}
	next.Secrets = used(m, kept.Secrets, now.Secrets)
	next.Secrets = slices.DeleteFunc(next.Secrets, func(s *corev1.Secret) bool { return !secrets[s.Name] })
	return next
}

func isConfiguration(kind string) bool {
	switch kind {
	case "BGPPeer", "BGPAdvertisement", "L2Advertisement", "IPAddressPool", "BFDProfile", "Community", "ConfigMap", "Secret":
		return true
	}
	return false
}

// memory is one pass of Remember.
type memory struct{ refused map[Ref]bool }

// named is an object of the API.
type named interface {
	comparable
	GetNamespace() string
	GetName() string
}

// users keeps objects that nothing refers to: as they are, or were where they are refused.
func users[T named](m memory, kind string, kept, now []T) []T {
	had := index(kept)
	var next []T
	for _, o := range present(now) {
		ref := Ref{Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName()}
		if !m.refused[ref] {
			next = append(next, o)
			continue
		}
		if before, is := had[key(o)]; is {
			next = append(next, before)
		}
	}
	return sorted(next)
}

// used keeps objects that others refer to: as they are, unless something is refused. Then
// those that were kept stay, even when they are gone.
func used[T named](m memory, kept, now []T) []T {
	if len(m.refused) == 0 {
		return sorted(present(now))
	}
	next, had := slices.Clone(kept), index(kept)
	for _, o := range present(now) {
		if _, is := had[key(o)]; !is {
			next = append(next, o)
		}
	}
	return sorted(next)
}

func present[T named](all []T) []T {
	var none T
	return slices.DeleteFunc(slices.Clone(all), func(o T) bool { return o == none })
}

type objectKey struct{ namespace, name string }

func key[T named](o T) objectKey { return objectKey{o.GetNamespace(), o.GetName()} }

func index[T named](all []T) map[objectKey]T {
	byKey := make(map[objectKey]T, len(all))
	for _, o := range present(all) {
		byKey[key(o)] = o
	}
	return byKey
}

func sorted[T named](all []T) []T {
	slices.SortStableFunc(all, func(a, b T) int {
		return cmp.Or(cmp.Compare(a.GetNamespace(), b.GetNamespace()), cmp.Compare(a.GetName(), b.GetName()))
	})
	return all
}

// trimmed are copies of objects with what Parse reads of their configuration alone.
func trimmed[T any](all []*T, trim func(*T) *T) []*T {
	var next []*T
	for _, o := range all {
		if o != nil {
			next = append(next, trim(o))
		}
	}
	return next
}

func trimNode(n *corev1.Node) *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: n.Name, Labels: n.Labels}}
}

func trimNamespace(n *corev1.Namespace) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n.Name, Labels: n.Labels}}
}
