// Package soak is the endurance test: two real nodes, one on each FRR, follow a real API
// server while services, endpoints, peers and node labels churn, processes and daemons are
// killed, links flap and the API server goes away. All the time what routers hold is
// compared with what the objects mean, and what nobody asked for is a failure: a session
// that ends, a route that is withdrawn, memory that grows.
//
// It runs for SOAK_DURATION; make soak gives it half an hour.
package soak
