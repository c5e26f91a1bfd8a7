// Package intent turns API objects into a typed and valid picture of what users
// want. Parse is total and deterministic: what is wrong with an object becomes a
// Problem, and everything else goes on.
//
// It is the last package that sees API types. It must not import anything that
// does I/O, a clock, a logger or client-go.
package intent
