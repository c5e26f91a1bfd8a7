// Package reloader makes the FRR of this node run what speaker wants, and keeps it so: it supervises the daemons,
// checks a new configuration with FRR's own parser, applies the difference over the vty sockets, reads back
// what runs, and goes back where FRR refuses a line. What it says of itself is handoff.Result.
//
// It is driven by levels: the desired text and what runs are compared in every pass, whatever caused it. What
// is guaranteed when is written in docs/design/reloader.md.
//
// It must import neither Kubernetes nor anything of speaker's side: handoff, frrdiff and vty are all it needs.
package reloader
