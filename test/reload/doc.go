// Package reload holds the tests of frr-reloader with real FRR daemons on every
// version that the project supports: random sequences of configurations, faults
// at bad moments, hostile strings, and how long routes are away after a death.
// What a configuration means at the peers, and which sessions a change may reset,
// is computed from bgp.Speaker here and owes nothing to the code under test.
package reload
