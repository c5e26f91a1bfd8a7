// Package cluster runs a real Kubernetes API server with its etcd for tests:
// RBAC and Node authorization as a cluster has them, an audit log of what
// ServiceAccounts ask for, and kubectl.
//
// The programs are those that kube.sh builds, from the modules in tools/ and
// tools/containerd; they have go.mod files of their own, so that what Kubernetes
// replaces stays out of the project's. The servers listen on loopback addresses
// and end with the process that started them, even if that one is killed.
// Without Options.Nodes nobody makes endpoints, default ServiceAccounts or nodes:
// there are no controllers, so a test writes what it wants to see. With it, hosts
// of package lab become real nodes.
//
// Without nodes it needs no root. It knows nothing of package testing: see package
// clustertest for that. It must not import the code under test.
package cluster
