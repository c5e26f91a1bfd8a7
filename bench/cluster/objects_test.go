package cluster

import (
	"context"
	"fmt"
	"net/netip"
)

// size is how large a cluster is.
type size struct {
	nodes, services, endpoints int  // endpoints of each service
	peers                      int  // that other nodes have
	shared                     bool // all nodes have the peers that are measured
}

func (s size) peersOf() string {
	if s.shared {
		return everyNode
	}
	return "0"
}

const (
	nodesASN = 64512
	peersASN = 65001
	group    = "bench/group" // label of nodes that peers select
)

// everyNode is the group that a peer has which selects none.
const everyNode = ""

func nodeName(n int) string { return fmt.Sprintf("node-%04d", n) }

func serviceName(n int) string { return fmt.Sprintf("service-%05d", n) }

// serviceAddr takes addresses from 198.18.0.0/15, which is for benchmarks (RFC 2544, section C.2.2).
func serviceAddr(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{198, byte(18 + n/(250*250)), byte(n / 250 % 250), byte(n%250 + 1)})
}

// populate fills a cluster. The peers at the given addresses are of node 0, which is the one
// that is measured, or of all nodes; every other peer is of other nodes.
func (a *api) populate(ctx context.Context, s size, routers []netip.Addr) error {
	var nodes, services, endpoints, peers []object
	for n := range s.nodes {
		nodes = append(nodes, node(n))
	}
	for n := range s.services {
		services = append(services, service(serviceName(n), "LoadBalancer", serviceAddr(n).String()))
		endpoints = append(endpoints, endpointSlice(serviceName(n), n, s))
	}
	for n, addr := range routers {
		peers = append(peers, peer(fmt.Sprintf("tor-%02d", n), addr, s.peersOf()))
	}
	for n := range s.peers {
		peers = append(peers, peer(fmt.Sprintf("elsewhere-%03d", n), netip.AddrFrom4([4]byte{192, 0, 2, byte(n + 100)}), fmt.Sprint(n%99+1)))
	}
	// One that is no load balancer, with as many endpoints as any.
	services = append(services, service("unrelated", "ClusterIP", ""))
	endpoints = append(endpoints, endpointSlice("unrelated", 0, s))

	pool := object{
		"apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool", "metadata": object{"name": "public", "namespace": namespace},
		"spec": object{"addresses": []any{"198.18.0.0/15"}},
	}
	advertisement := object{
		"apiVersion": "metallb.io/v1beta1", "kind": "BGPAdvertisement", "metadata": object{"name": "public", "namespace": namespace},
		"spec": object{"ipAddressPools": []any{"public"}},
	}
	if err := a.create(ctx, core("nodes"), nodes); err != nil {
		return err
	}
	if err := a.create(ctx, metallb("ipaddresspools"), []object{pool}); err != nil {
		return err
	}
	if err := a.create(ctx, metallb("bgpadvertisements"), []object{advertisement}); err != nil {
		return err
	}
	if err := a.create(ctx, metallb("bgppeers"), peers); err != nil {
		return err
	}
	if err := a.create(ctx, endpointSliceResource(), endpoints); err != nil {
		return err
	}
	return a.create(ctx, core("services"), services)
}

// node is as large as nodes are: labels of a cloud, conditions, and the images on it.
func node(n int) object {
	var images []any
	for i := range 50 {
		images = append(images, object{
			"names":     []any{fmt.Sprintf("registry.example/team-%d/application-%d@sha256:%064d", i%7, i, i), fmt.Sprintf("registry.example/team-%d/application-%d:v1.%d", i%7, i, i)},
			"sizeBytes": int64(100_000_000 + i),
		})
	}
	labels := object{
		group: fmt.Sprint(n % 100), "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux", "kubernetes.io/hostname": nodeName(n),
		"node.kubernetes.io/instance-type": "m5.xlarge", "topology.kubernetes.io/region": "region-1",
		"topology.kubernetes.io/zone": fmt.Sprintf("region-1%c", 'a'+n%3), "rack": fmt.Sprint(n / 40),
	}
	if n%100 == 0 && n > 0 {
		labels[group] = "99"
	}
	var conditions []any
	for _, kind := range []string{"MemoryPressure", "DiskPressure", "PIDPressure", "Ready", "NetworkUnavailable"} {
		conditions = append(conditions, object{"type": kind, "status": "False", "reason": "Kubelet", "message": "as it should be"})
	}
	return object{
		"apiVersion": "v1", "kind": "Node", "metadata": object{"name": nodeName(n), "labels": labels},
		"status": object{
			"conditions": conditions, "images": images,
			"addresses": []any{object{"type": "InternalIP", "address": netip.AddrFrom4([4]byte{10, 1, byte(n / 250), byte(n%250 + 1)}).String()}},
		},
	}
}

// peer is of the nodes of a group, or of all nodes.
func peer(name string, addr netip.Addr, nodes string) object {
	spec := object{"myASN": int64(nodesASN), "peerASN": int64(peersASN), "peerAddress": addr.String()}
	if nodes != everyNode {
		spec["nodeSelectors"] = []any{object{"matchLabels": object{group: nodes}}}
	}
	return object{
		"apiVersion": "metallb.io/v1beta2", "kind": "BGPPeer", "metadata": object{"name": name, "namespace": namespace}, "spec": spec,
	}
}

// service has an address unless that is "".
func service(name, kind, addr string) object {
	spec := object{
		"type": kind, "selector": object{"app": name},
		"ports": []any{object{"name": "http", "port": int64(80), "protocol": "TCP"}, object{"name": "https", "port": int64(443), "protocol": "TCP"}},
	}
	if kind == "LoadBalancer" {
		spec["allocateLoadBalancerNodePorts"] = false
	}
	o := object{
		"apiVersion": "v1", "kind": "Service", "spec": spec,
		"metadata": object{"name": name, "namespace": "default", "labels": object{"app": name, "team": "bench"}},
	}
	if addr != "" {
		o["status"] = object{"loadBalancer": object{"ingress": []any{object{"ip": addr}}}}
	}
	return o
}

func endpointSlice(name string, n int, s size) object {
	var endpoints []any
	for e := range s.endpoints {
		endpoints = append(endpoints, object{
			"addresses": []any{netip.AddrFrom4([4]byte{10, byte(100 + e), byte(n / 250), byte(n%250 + 1)}).String()},
			"nodeName":  nodeName((n*7 + e*13) % s.nodes), "zone": "region-1a",
			"conditions": object{"ready": true, "serving": true, "terminating": false},
			"targetRef":  object{"kind": "Pod", "namespace": "default", "name": fmt.Sprintf("%s-%d", name, e)},
		})
	}
	return object{
		"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
		"metadata": object{
			"name": name + "-1", "namespace": "default",
			"labels": object{"kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"},
		},
		"endpoints": endpoints, "ports": []any{object{"name": "http", "port": int64(8080), "protocol": "TCP"}},
	}
}
