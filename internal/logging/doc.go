// Package logging makes the log of both binaries: JSON lines at one of MetalLB's
// levels. It is a leaf.
package logging
