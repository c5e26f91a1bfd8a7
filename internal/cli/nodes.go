package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"
)

// Values of --nodes.
const (
	nodesAll = "all"
	nodesOwn = "own"
)

// largeCluster is how many nodes a cluster is taken for that nobody counts: as many as
// Kubernetes promises to bear. What nodes share is divided by it.
const largeCluster = 5000

func (r *runFlags) addNodes(flags *pflag.FlagSet) {
	flags.StringVar(&r.nodes, "nodes", nodesAll, "`which` Nodes to follow: "+nodesAll+", or "+nodesOwn+
		", which spares the API server of thousands of nodes much and leaves out layer 2")
}

// checkNodes refuses values that mean nothing.
func (r *runFlags) checkNodes(c common) error {
	switch {
	case r.nodes != nodesAll && r.nodes != nodesOwn:
		return fmt.Errorf("--nodes %q is unknown: use %s or %s", r.nodes, nodesAll, nodesOwn)
	case r.nodes == nodesOwn && c.objects != "":
		return errors.New("--nodes=own is for a cluster: leave it out with --objects")
	case r.nodes == nodesOwn && r.bgp == bgpNone:
		return errors.New("--nodes=own leaves out layer 2 and --bgp=none BGP: nothing would be announced")
	}
	return nil
}
