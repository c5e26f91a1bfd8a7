// Package bench measures, in one run and side by side, how long it takes until
// FRR runs a new configuration and the routers hear of it: by this project's two
// processes, and by Debian's frr-reload.py on MetalLB-shaped text of the same
// meaning (package metallb). The peers are collectors of the lab (test/lab).
//
// The benchmarks are in its test files, for "go test -bench"; they need root, as
// the lab does. They measure and assert no time: what they fail for is a route
// that is wrong or does not come. The tables go to the directory results.
package bench
