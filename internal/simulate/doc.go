// Package simulate says what another set of objects, or a node less, would change: which
// services move from which nodes to which, and what each router would be told.
//
// It is pure: decisions are those of package announce. It must not import a clock, a
// logger, client-go or anything that does I/O.
package simulate
