// Package frrmetrics shows to Prometheus what FRR says of its BGP and BFD sessions, and
// what frr-reloader did. Names and labels are MetalLB's where it has the figure; the rest
// begin with frr_speaker_.
//
// Each scrape asks bgpd and bfdd over connections of its own, questions whose answers grow
// with the number of sessions and never with that of routes. A daemon that does not answer
// costs its own figures and no others.
//
// It must not import Kubernetes, nor anything that decides.
package frrmetrics
