// Package explain answers "why is my service not announced?": for every node and
// protocol the verdict, what led to it, and, as far as nodes have reported it,
// whether FRR runs it and routers were told.
//
// It is pure, and finds nothing out by itself: verdicts are those of package announce,
// conditions and their reasons those of package status. It must not import a clock, a
// logger, client-go or anything that does I/O. Nothing in it holds a secret.
package explain
