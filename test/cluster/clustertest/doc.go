// Package clustertest ties a cluster to a test: it ends with the test, and a
// failure shows what its servers said.
//
// It must not import the code under test.
package clustertest
