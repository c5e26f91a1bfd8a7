// Package serve is the HTTP side of the binaries: listeners that are tasks, TLS as
// MetalLB's flags spell it, probes, profiles, and a guard that asks somebody else who
// may read.
//
// It knows nothing of what it serves and must not import anything of this module.
package serve
