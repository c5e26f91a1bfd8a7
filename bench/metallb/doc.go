// Package metallb writes a bgp.Speaker as FRR text of the shape that MetalLB's
// FRR mode gives it, for benchmarks against frr-reload.py and for tests of
// migration: the same neighbors, prefixes and attributes as internal/frrconfig,
// with one prefix-list per neighbor, family and attribute value, and sequence
// numbers that count positions.
//
// The code is its own; only the shape is MetalLB's. It must not import
// internal/frrconfig: the two are compared with each other.
package metallb
