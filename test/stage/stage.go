package stage

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"frr-speaker/internal/bgp"
	"frr-speaker/test/lab"
)

// The ASNs that the peers in examples/ speak of.
const (
	NodesASN = 64512
	FRRASN   = 65001
	BIRDASN  = 65002
)

// Stage is the network, with everything started.
type Stage struct {
	Objects string // the directory that the speakers follow; "" if they follow something else
	Network *lab.Network
	Nodes   []*lab.Node  // node-1, node-2
	Routers []lab.Router // tor-frr, tor-bird
}

// Build copies the objects of examples and starts routers and nodes. It does not
// wait for sessions.
func Build(ctx context.Context, l *lab.Lab, version lab.FRRVersion, examples string) (*Stage, error) {
	objects := filepath.Join(l.Dir(), "objects")
	if err := os.CopyFS(objects, os.DirFS(examples)); err != nil {
		return nil, fmt.Errorf("copy the example objects: %w", err)
	}
	s, err := prepare(ctx, l, version, lab.NodeOptions{ObjectsDir: objects})
	if err != nil {
		return nil, err
	}
	s.Objects = objects
	for _, node := range s.Nodes {
		if err := errors.Join(node.StartReloader(), node.StartSpeaker()); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// BuildFor starts routers, and makes nodes whose speakers are to have the given
// arguments, which say where the objects are. Nothing runs on the nodes yet.
func BuildFor(ctx context.Context, l *lab.Lab, version lab.FRRVersion, speakerArgs ...string) (*Stage, error) {
	return prepare(ctx, l, version, lab.NodeOptions{SpeakerArgs: speakerArgs})
}

// prepare starts the network and the routers, and makes the nodes.
func prepare(ctx context.Context, l *lab.Lab, version lab.FRRVersion, o lab.NodeOptions) (*Stage, error) {
	s := &Stage{}
	var err error
	s.Network, err = l.NewNetwork(ctx, lab.NetworkOptions{
		Name:    "fabric",
		Prefix4: netip.MustParsePrefix("192.0.2.0/24"),
		Prefix6: netip.MustParsePrefix("2001:db8:0:1::/64"),
	})
	if err != nil {
		return nil, err
	}
	hosts := []lab.HostOptions{s.At("node-1", 11), s.At("node-2", 12)}
	if err := s.startRouters(ctx, l, version, neighborsOf(hosts)); err != nil {
		return nil, err
	}
	args := o.SpeakerArgs
	for _, host := range hosts {
		o.HostOptions, o.Version, o.SharedPIDs = host, version, true
		o.SpeakerArgs = append(slices.Clone(args), "--ml-bindaddr", host.Networks[0].Addr4.String(), "--members", membersOf(hosts))
		node, err := l.NewNode(ctx, o)
		if err != nil {
			return nil, err
		}
		s.Nodes = append(s.Nodes, node)
	}
	return s, nil
}

// At is a host of the network by the last part of its addresses.
func (s *Stage) At(name string, number int) lab.HostOptions {
	return lab.HostOptions{Name: name, Networks: []lab.Attachment{{
		Network: s.Network,
		Addr4:   netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", number)),
		Addr6:   netip.MustParseAddr(fmt.Sprintf("2001:db8:0:1::%d", number)),
	}}}
}

// membersOf are the addresses at which the speakers of all nodes watch each other.
func membersOf(nodes []lab.HostOptions) string {
	var all []string
	for _, host := range nodes {
		all = append(all, host.Networks[0].Addr4.String())
	}
	return strings.Join(all, ",")
}

// neighborsOf are the sessions that a router has with the nodes: each family over its own.
func neighborsOf(nodes []lab.HostOptions) []lab.Neighbor {
	var neighbors []lab.Neighbor
	for _, host := range nodes {
		for _, addr := range []netip.Addr{host.Networks[0].Addr4, host.Networks[0].Addr6} {
			neighbors = append(neighbors, lab.Neighbor{
				Addr: addr, ASN: NodesASN, Passive: true, Families: []bgp.Family{bgp.FamilyOf(addr)},
			})
		}
	}
	return neighbors
}

func (s *Stage) startRouters(ctx context.Context, l *lab.Lab, version lab.FRRVersion, neighbors []lab.Neighbor) error {
	frr, err := l.StartFRRRouter(ctx, version, lab.RouterOptions{HostOptions: s.At("tor-frr", 1), ASN: FRRASN, Neighbors: neighbors})
	if err != nil {
		return err
	}
	bird, err := l.StartBIRDRouter(ctx, lab.RouterOptions{HostOptions: s.At("tor-bird", 2), ASN: BIRDASN, Neighbors: neighbors})
	if err != nil {
		return err
	}
	s.Routers = []lab.Router{frr, bird}
	return nil
}

// FromEveryNode checks that a prefix has a path through each node.
func (s *Stage) FromEveryNode(routes lab.Routes, prefix netip.Prefix) error {
	for _, node := range s.Nodes {
		through := func(p lab.Path) bool { return p.NextHop == node.Addr4() || p.NextHop == node.Addr6() }
		if !slices.ContainsFunc(routes[prefix], through) {
			return fmt.Errorf("no path to %s through %s; the paths are %v", prefix, node.Name(), routes[prefix])
		}
	}
	return nil
}

// Write puts a file into the objects directory at once, as an editor does.
func (s *Stage) Write(name, text string) error {
	hidden := filepath.Join(s.Objects, "."+name+".new")
	if err := os.WriteFile(hidden, []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(hidden, filepath.Join(s.Objects, name))
}

// Remove deletes a file of the objects directory.
func (s *Stage) Remove(name string) error { return os.Remove(filepath.Join(s.Objects, name)) }

// Replace changes a text in a file of the objects directory.
func (s *Stage) Replace(name, from, to string) error {
	text, err := os.ReadFile(filepath.Join(s.Objects, name))
	if err != nil {
		return err
	}
	changed := strings.ReplaceAll(string(text), from, to)
	if changed == string(text) {
		return fmt.Errorf("%s does not hold %q", name, from)
	}
	return s.Write(name, changed)
}
