// Package nodes shows the shipped manifest at work on real nodes: images built
// here, kubelets, containers, kube-proxy, a router, and a client behind it.
package nodes
