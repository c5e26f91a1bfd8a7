// Package rawsock is the network of the node as package l2 needs it: raw sockets
// with filters in the kernel, and links by netlink.
//
// Sockets belong to the network namespace of the thread that opens them. The
// package decides nothing about addresses and must not import anything of the
// project but package l2. Outside Linux all of it fails.
package rawsock
