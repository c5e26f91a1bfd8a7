// Package controller gives addresses to services: it takes snapshots of the
// cluster, lets ipam decide, and writes what changed. It also answers the
// admission webhooks, with the same intent.Parse that speakers run.
//
// It must not import FRR, the handoff directory or how addresses are announced.
package controller
