// Package cluster measures the speaker against a real API server: what a large
// cluster costs it, and how long a change takes from the write at the API server to
// the UPDATE at the routers.
//
// The benchmarks are in its test files, for "go test -bench"; those with routers need
// root, as the lab does. They measure and assert no time. The tables go to the
// directory results beside this one.
package cluster
