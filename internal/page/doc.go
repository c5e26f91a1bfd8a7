// Package page makes the status page of a node: facts in, one HTML document out,
// bounded however large the node's table is. It needs no other file, and its own
// script does nothing but load it again.
//
// Reasons, remedies and conditions are those of internal/announce, internal/explain
// and internal/status, in their words. The package is pure: it must not import a
// clock, a logger, net/http or anything that does I/O. Whatever it prints is escaped
// by html/template, and lines of configuration are redacted.
package page
