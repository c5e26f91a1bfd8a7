// Package frrdiff reads FRR configuration text into a tree and computes the
// commands that take a running daemon from one tree to another.
//
// It knows FRR's grammar where order, replacement or a session reset depends on
// it (docs/design/frr.md), and treats every other line as opaque. It is pure: no
// I/O, no clock. It must not import Kubernetes, or any other package of the project.
package frrdiff
