package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"frr-speaker/test/lab"
)

const segmentFile = "91-segment.yaml"

const segmentObjects = `apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: segment, namespace: metallb-system}
spec: {addresses: [192.0.2.128/28]}
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: segment, namespace: metallb-system}
spec: {ipAddressPools: [segment]}
---
apiVersion: v1
kind: Service
metadata: {name: printer, namespace: default}
spec:
  type: LoadBalancer
  externalTrafficPolicy: Cluster
  ports: [{port: 631, protocol: TCP}]
status:
  loadBalancer:
    ingress: [{ip: 192.0.2.130}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: printer-1
  namespace: default
  labels: {kubernetes.io/service-name: printer}
addressType: IPv4
endpoints:
- addresses: [10.244.1.8]
  nodeName: node-1
  conditions: {ready: true}
ports: [{port: 631, protocol: TCP}]
`

var segmentAddr = netip.MustParseAddr("192.0.2.130")

func (d *demo) answerByARP(ctx context.Context) error {
	fmt.Printf("  Writing a pool, an L2Advertisement and Service default/printer with address %s into %s …\n\n", segmentAddr, segmentFile)
	written := time.Now()
	if err := d.Write(segmentFile, segmentObjects); err != nil {
		return err
	}
	owner, err := d.awaitOwner(ctx, nil)
	if err != nil {
		return err
	}
	d.owner = owner
	return d.showOwner(ctx, fmt.Sprintf("%d ms after the file was written", time.Since(written).Milliseconds()))
}

func (d *demo) failOver(ctx context.Context) error {
	dead := d.owner
	fmt.Printf("  Killing speaker on %s with SIGKILL; it cannot say goodbye …\n\n", dead.Name())
	killed := time.Now()
	if err := dead.KillSpeaker(); err != nil {
		return err
	}
	owner, err := d.awaitOwner(ctx, dead)
	if err != nil {
		return err
	}
	d.owner = owner
	if err := d.showOwner(ctx, fmt.Sprintf("%d ms after the kill", time.Since(killed).Milliseconds())); err != nil {
		return err
	}
	if err := d.Remove(segmentFile); err != nil {
		return err
	}
	return dead.StartSpeaker()
}

// awaitOwner waits until the kernel of a client on the segment has the address at a node other than one.
func (d *demo) awaitOwner(ctx context.Context, other *lab.Node) (*lab.Node, error) {
	var owner *lab.Node
	err := lab.Eventually(ctx, patience, func() (err error) {
		owner, err = d.resolve(ctx)
		if err == nil && owner == other {
			err = fmt.Errorf("%s is still at %s", segmentAddr, owner.Name())
		}
		return err
	})
	return owner, err
}

// resolve makes the client's kernel ask for the address, and looks where it has it.
func (d *demo) resolve(ctx context.Context) (*lab.Node, error) {
	client := d.client()
	err := client.Do(func() error {
		conn, err := net.Dial("udp4", netip.AddrPortFrom(segmentAddr, 9).String())
		if err != nil {
			return err
		}
		defer conn.Close()
		_, err = conn.Write([]byte("?"))
		return err
	})
	if err != nil {
		return nil, err
	}
	entry, err := client.Exec(ctx, "/usr/bin/ip", "neighbor", "show", "to", segmentAddr.String())
	if err != nil {
		return nil, err
	}
	for _, node := range d.Nodes {
		mac, err := node.Exec(ctx, "/usr/bin/cat", "/sys/class/net/eth0/address")
		if err != nil {
			return nil, err
		}
		if strings.Contains(string(entry), strings.TrimSpace(string(mac))) {
			return node, nil
		}
	}
	return nil, fmt.Errorf("the client has no node for %s: %q", segmentAddr, strings.TrimSpace(string(entry)))
}

// client is a host on the segment whose kernel asks for the address: one of the routers will do.
func (d *demo) client() *lab.Host {
	hosts := d.lab.Hosts()
	return hosts[slices.IndexFunc(hosts, func(h *lab.Host) bool { return h.Name() == d.Routers[1].Name() })]
}

func (d *demo) showOwner(ctx context.Context, when string) error {
	entry, err := d.client().Exec(ctx, "/usr/bin/ip", "neighbor", "show", "to", segmentAddr.String())
	if err != nil {
		return err
	}
	table([]string{"CLIENT", "ITS KERNEL'S ENTRY", "THAT IS", "SINCE"},
		[][]string{{d.client().Name(), strings.TrimSpace(string(entry)), d.owner.Name(), when}})
	return nil
}
