// Package vty is a client of the socket that every FRR daemon opens for vtysh:
// one command and a NUL byte go in, the text of the reply, three NUL bytes and a status byte
// come back (docs/design/frr.md).
//
// A reply is never taken for success by its status alone, because FRR reports some failures with status 0;
// Reply.Err is the judge of that. A connection that saw an error of the transport is broken for good:
// nobody can tell which reply belongs to which command any more.
//
// The package knows the protocol and no configuration. It must import no other package of
// the project, nor Kubernetes.
package vty
