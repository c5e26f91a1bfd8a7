// Package controller tests the controller as users run it: the binary, with its own
// account and manifests, on a real API server.
package controller
