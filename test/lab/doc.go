// Package lab builds networks of real BGP speakers out of Linux namespaces, for
// tests, benchmarks and the demonstration: nodes that run this project's two
// processes with FRR, routers that run FRR or BIRD, and collectors that record
// every UPDATE they receive.
//
// A host of the lab is a set of network, mount, PID, UTS and IPC namespaces
// around one waiting process. Its paths are those of the machine, save for
// /run, /var/log and /etc/frr, which are its own; a host with another FRR than
// the machine's also sees /usr and /etc of the directory that chroot.sh makes.
// When the waiting process ends, so do all the others of that host, its
// mounts and its links; it ends with the process that made the lab, even if
// that one is killed. Nothing is made outside namespaces but one directory.
//
// It needs root and knows nothing of package testing: see package labtest for
// that. It must not import any package of the project but the contracts in
// internal/bgp and internal/handoff: what it reports of routers is to be
// independent of the code under test.
package lab
