// Package collector is a passive BGP speaker that announces nothing and records
// all that it receives: every announcement and withdrawal with the time at which
// its UPDATE was read, every session that comes and goes. It is the ground truth
// of tests about what was on the wire, and when.
//
// It must not import the code under test, only the vocabulary of internal/bgp.
package collector
