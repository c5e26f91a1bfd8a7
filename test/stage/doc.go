// Package stage is the network that examples/ speak of: two nodes, an FRR router
// and a BIRD router on one segment. The demonstration and the tests of the main
// job play on it.
package stage
