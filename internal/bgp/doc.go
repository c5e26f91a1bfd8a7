// Package bgp is the leaf vocabulary of the project: autonomous systems,
// families, communities, sessions, routes. Its types are parsed, comparable
// where they can be, and free of Kubernetes and of FRR.
//
// It must not import anything but the standard library.
package bgp
