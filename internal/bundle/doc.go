// Package bundle puts together what a bug report needs: objects without their secrets,
// as files that speaker reads again, and what nodes and FRR say, in one archive.
//
// It does no I/O but to the writer it is given. Secrets are left out here and nowhere
// else: whatever is added passes through it.
package bundle
