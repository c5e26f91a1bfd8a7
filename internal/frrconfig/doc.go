// Package frrconfig turns a bgp.Speaker into the text of FRR's configuration,
// as docs/design/text.md has it, without the two lines of header that
// internal/handoff adds. It knows FRR and not Kubernetes.
//
// Go decides what is in the text, in which order and under which names; the
// templates only place it. Equal input gives equal bytes, and a route more of a
// class that is already there gives one line more and changes no other.
//
// It must not import API types, internal/intent, internal/announce, I/O, a clock
// or a logger.
package frrconfig
