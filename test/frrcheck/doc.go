// Package frrcheck lets the daemons of the installed FRR read a configuration
// and says what they object to. It starts no session and needs no network: it is
// FRR's own dry run, once per daemon.
package frrcheck
