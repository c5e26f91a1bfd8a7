package bench

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"frr-speaker/internal/bgp"
)

const (
	nodesASN bgp.ASN = 64512
	peersASN bgp.ASN = 65001
)

// workload is what is announced: services with one address each, and the peers
// that get all of them. One service more is the change that is measured.
type workload struct {
	base         []netip.Prefix
	last, middle netip.Prefix // of the service more, by where MetalLB's order of text puts it
	peers        []netip.Addr
}

// newWorkload takes addresses from 198.18.0.0/15, which is for benchmarks (RFC 2544, section C.2.2).
func newWorkload(services int, peers []netip.Addr) workload {
	w := workload{last: netip.MustParsePrefix("198.19.255.1/32"), peers: peers}
	for n := range services + 1 {
		addr := netip.AddrFrom4([4]byte{198, 18, byte(n / 250), byte(n%250 + 1)})
		w.base = append(w.base, netip.PrefixFrom(addr, addr.BitLen()))
	}
	slices.SortFunc(w.base, func(a, b netip.Prefix) int { return cmp.Compare(a.String(), b.String()) })
	half := len(w.base) / 2
	w.middle = w.base[half]
	w.base = slices.Delete(w.base, half, half+1)
	return w
}

// speaker is the node's BGP with these prefixes besides the base: what the objects mean.
func (w workload) speaker(more ...netip.Prefix) bgp.Speaker {
	i := bgp.Instance{ASN: nodesASN}
	policy := &bgp.Policy{}
	for n, addr := range w.peers {
		s := bgp.Session{
			Peer: peerName(n), Addr: addr, Families: []bgp.Family{bgp.IPv4Unicast}, RemoteAS: bgp.RemoteAS{Number: peersASN},
		}
		i.Sessions = append(i.Sessions, s)
		policy.Exports = append(policy.Exports, bgp.Export{Session: s.ID()})
	}
	for _, p := range append(slices.Clone(w.base), more...) {
		i.Routes = append(i.Routes, bgp.Route{Prefix: p, Policy: policy})
	}
	return bgp.Speaker{Instances: []bgp.Instance{i}}
}

func peerName(n int) string { return fmt.Sprintf("tor-%02d", n) }

// writeObjects fills a directory with the objects as a user has them.
func (w workload) writeObjects(dir, node string) error {
	var network, services strings.Builder
	fmt.Fprintf(&network, objectsHead, node)
	for n, addr := range w.peers {
		fmt.Fprintf(&network, objectsPeer, peerName(n), nodesASN, peersASN, addr)
	}
	for _, p := range w.base {
		services.WriteString(service(p, node))
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range map[string]string{"network.yaml": network.String(), "services.yaml": services.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

const objectsHead = `apiVersion: v1
kind: Node
metadata: {name: %s}
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: public, namespace: metallb-system}
spec:
  addresses: [198.18.0.0/15]
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: {name: public, namespace: metallb-system}
spec:
  ipAddressPools: [public]
`

const objectsPeer = `---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: %s, namespace: metallb-system}
spec:
  myASN: %v
  peerASN: %v
  peerAddress: %v
`

// service is a Service with the address of a prefix, and its endpoint.
func service(p netip.Prefix, node string) string {
	name := "service-" + strings.ReplaceAll(p.Addr().String(), ".", "-")
	return fmt.Sprintf(objectsService, name, p.Addr(), node)
}

const objectsService = `---
apiVersion: v1
kind: Service
metadata: {name: %[1]s, namespace: default}
spec:
  type: LoadBalancer
  externalTrafficPolicy: Cluster
  ports: [{name: http, port: 80, protocol: TCP}]
status:
  loadBalancer:
    ingress: [{ip: %[2]v}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: %[1]s-1
  namespace: default
  labels: {kubernetes.io/service-name: %[1]s}
addressType: IPv4
endpoints:
- addresses: [10.244.1.10]
  nodeName: %[3]s
  conditions: {ready: true}
ports: [{name: http, port: 8080, protocol: TCP}]
`
