// Package e2e holds the tests of the whole path, from objects to routes at real
// routers, on every FRR version that the project supports.
package e2e
