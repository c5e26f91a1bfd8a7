// Package vtytest is a fake FRR daemon for tests of clients of the vty socket. It holds a configuration, prints
// it, records what it hears, refuses what it does not know, and misbehaves on request.
package vtytest
