// Package corpus holds the tests that play every scenario of
// internal/announce/testdata: on real FRR of each version with routers around it,
// and with their objects turned and changed in ways that must, or must not, show.
package corpus
