// Package announce decides what one node announces. Decide is pure, total and
// deterministic: the same intent and node give the same state, and each service
// gets a verdict that says why.
//
// It must not import API types, FRR text, I/O, a clock or a logger. One file per
// question: which sessions, which routes, may this node, does the service serve.
package announce
