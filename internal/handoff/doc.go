// Package handoff is the shared-volume contract between speaker and
// frr-reloader: which files there are, who writes each, and what is in them.
// One writer per file; every write is a temporary file, fsync and rename; digests
// tie the files together. There is no PID file and no signal.
//
// It is a leaf: it must import neither Kubernetes nor any other package of the project.
package handoff
