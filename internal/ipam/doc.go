// Package ipam gives the addresses of pools to services. Assign is pure, total
// and deterministic: what services hold and ask for, and the pools there are,
// give the addresses that each is to have, and what to tell about it.
//
// It must not import API types, I/O, a clock, a logger or randomness. One file
// per question: may a service keep what it holds, what does it get, what is free,
// who may share.
package ipam
