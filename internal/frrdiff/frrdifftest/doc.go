// Package frrdifftest holds the ways of writing FRR configuration that frrdiff
// knows, as a table, and checks them against real FRR daemons: each is brought
// about, read back, compared, and taken away again. Tests choose which FRR.
//
// It must not import anything of the project but internal/frrdiff and internal/vty.
package frrdifftest
