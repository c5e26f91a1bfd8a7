// Package cli is the command line of speaker: flags and environment in, exit
// status out. It wires packages together and decides nothing itself.
package cli
