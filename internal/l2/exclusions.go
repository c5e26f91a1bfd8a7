package l2

import (
	"fmt"
	"regexp"
	"slices"

	"sigs.k8s.io/yaml"
)

// Exclusions are links that never answer, by regular expressions that need only
// match a part of the name. The zero value excludes none.
type Exclusions struct {
	patterns []*regexp.Regexp
}

// defaultPatterns name the links of containers and of the node itself, as
// MetalLB's ConfigMap metallb-excludel2 does.
var defaultPatterns = []string{
	"^docker.*", "^cbr.*", "^dummy.*", "^virbr.*", "^lxcbr.*", "^veth.*", "^lo$", "^cali.*", "^tunl.*", "^flannel.*",
	"^kube-ipvs.*", "^cni.*", "^nodelocaldns.*", "^lxc.*",
}

// DefaultExclusions are those of a node that has no list of its own.
func DefaultExclusions() Exclusions {
	e, err := compile(defaultPatterns)
	if err != nil {
		panic(err) // a constant of this package
	}
	return e
}

// excludeFile is the file that the ConfigMap metallb-excludel2 is mounted as.
type excludeFile struct {
	Patterns []string `json:"announcedInterfacesToExclude"`
}

// ParseExclusions reads the YAML of the ConfigMap metallb-excludel2. An empty list
// excludes nothing.
func ParseExclusions(data []byte) (Exclusions, error) {
	var file excludeFile
	if err := yaml.UnmarshalStrict(data, &file); err != nil {
		return Exclusions{}, fmt.Errorf("read list of interfaces to exclude: %w", err)
	}
	return compile(file.Patterns)
}

func compile(patterns []string) (Exclusions, error) {
	var e Exclusions
	for i, p := range patterns {
		re, err := regexp.Compile(p)
		if err != nil {
			return Exclusions{}, fmt.Errorf("announcedInterfacesToExclude[%d] %q: %w", i, p, err)
		}
		e.patterns = append(e.patterns, re)
	}
	return e, nil
}

// Match reports whether a link is excluded.
func (e Exclusions) Match(name string) bool {
	return slices.ContainsFunc(e.patterns, func(re *regexp.Regexp) bool { return re.MatchString(name) })
}

// Equal reports whether both exclude by the same expressions.
func (e Exclusions) Equal(o Exclusions) bool {
	return slices.EqualFunc(e.patterns, o.patterns, func(a, b *regexp.Regexp) bool { return a.String() == b.String() })
}
