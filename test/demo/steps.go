package main

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
	"frr-speaker/test/stage"
)

// step is one thing to show. It fails when the thing is not seen.
type step struct {
	title string
	run   func(context.Context) error
}

func (d *demo) steps() []step {
	return []step{
		{"Sessions of both nodes with both routers", d.showSessions},
		{"Routes at each router, with next hops and communities", d.showRoutes},
		{"One service more, live", d.addService},
		{"Another community on what is announced already", d.changeCommunity},
		{"The service is deleted", d.removeService},
		{"An address on the segment, answered by ARP", d.answerByARP},
		{"The speaker that answers dies", d.failOver},
		{"No session was reset by any of it", d.showNoReset},
		{"The text that node-1 runs", d.showText},
		{"How to look inside", d.lookInside},
	}
}

// patience is how long the demonstration waits for one thing to be seen.
const patience = 20 * time.Second

func (d *demo) showSessions(ctx context.Context) error {
	// The routes are there when the sessions are, both families of them.
	err := lab.Eventually(ctx, patience, func() error { return d.Expect(ctx, stage.Examples()) })
	if err != nil {
		return err
	}
	took := time.Since(d.began).Round(10 * time.Millisecond)
	var rows [][]string
	for _, router := range d.Routers {
		sessions, err := router.Sessions(ctx)
		if err != nil {
			return err
		}
		for _, session := range sessions {
			if session.Up {
				rows = append(rows, []string{router.Name(), session.Neighbor.String(), session.ASN.String(), session.State})
			}
		}
	}
	table([]string{"ROUTER", "NEIGHBOR", "AS", "STATE"}, rows)
	fmt.Printf("\n  Every session was up and every route there %s after the first process started.\n", took)
	return nil
}

func (d *demo) showRoutes(ctx context.Context) error {
	for i, router := range d.Routers {
		routes, err := router.Routes(ctx)
		if err != nil {
			return err
		}
		if i > 0 {
			fmt.Println()
		}
		printRoutes(router, routes)
	}
	return nil
}

func printRoutes(router lab.Router, routes lab.Routes) {
	var rows [][]string
	for _, prefix := range routes.Prefixes() {
		for _, path := range routes[prefix] {
			rows = append(rows, []string{router.Name(), prefix.String(), path.NextHop.String(), stage.Communities(path)})
		}
	}
	table([]string{"ROUTER", "PREFIX", "NEXT HOP", "COMMUNITIES"}, rows)
}

// awaitEverywhere polls both routers until check is content with each, and
// prints how long after the file was written that was.
func (d *demo) awaitEverywhere(ctx context.Context, what string, written time.Time, check func(lab.Routes) error) error {
	var rows [][]string
	for _, router := range d.Routers {
		err := lab.Eventually(ctx, patience, func() error {
			routes, err := router.Routes(ctx)
			if err != nil {
				return err
			}
			return check(routes)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", router.Name(), err)
		}
		rows = append(rows, []string{router.Name(), what, fmt.Sprintf("%d ms", time.Since(written).Milliseconds())})
	}
	table([]string{"ROUTER", "SEEN", "AFTER THE FILE WAS WRITTEN"}, rows)
	fmt.Println("\n  50 ms of it are bgpd's own work queue, and the time to ask a router is in it.")
	return nil
}

var livePrefix = netip.MustParsePrefix("198.51.100.77/32")

const liveService = `apiVersion: v1
kind: Service
metadata: {name: live, namespace: default}
spec:
  type: LoadBalancer
  externalTrafficPolicy: Cluster
  ports: [{port: 80, protocol: TCP}]
status:
  loadBalancer:
    ingress: [{ip: 198.51.100.77}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: live-1
  namespace: default
  labels: {kubernetes.io/service-name: live}
addressType: IPv4
endpoints:
- addresses: [10.244.1.7]
  nodeName: node-1
  conditions: {ready: true}
ports: [{port: 8080, protocol: TCP}]
`

const liveFile = "90-live.yaml"

func (d *demo) addService(ctx context.Context) error {
	before, err := d.Nodes[0].Conf()
	if err != nil {
		return err
	}
	fmt.Printf("  Writing Service default/live with address %s into %s …\n\n", livePrefix.Addr(), liveFile)
	written := time.Now()
	if err := d.Write(liveFile, liveService); err != nil {
		return err
	}
	err = d.awaitEverywhere(ctx, livePrefix.String()+" from both nodes", written, func(routes lab.Routes) error {
		return d.FromEveryNode(routes, livePrefix)
	})
	if err != nil {
		return err
	}
	after, err := d.Nodes[0].Conf()
	if err != nil {
		return err
	}
	changed := newLines(before, after)
	fmt.Printf("\n  What changed in node-1's frr.conf:\n\n")
	for _, line := range changed {
		fmt.Println("    +" + line)
	}
	if len(changed) != 1 {
		return fmt.Errorf("one service more changed %d lines, not 1", len(changed))
	}
	return nil
}

// newLines are the lines of after that before lacks.
func newLines(before, after string) []string {
	had := map[string]bool{}
	for line := range strings.Lines(before) {
		had[line] = true
	}
	var lines []string
	for line := range strings.Lines(after) {
		if !had[line] {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

func (d *demo) removeService(ctx context.Context) error {
	fmt.Printf("  Deleting %s …\n\n", liveFile)
	removed := time.Now()
	if err := d.Remove(liveFile); err != nil {
		return err
	}
	return d.awaitEverywhere(ctx, livePrefix.String()+" withdrawn", removed, func(routes lab.Routes) error {
		if left := routes[livePrefix]; len(left) > 0 {
			return fmt.Errorf("%s is still there: %v", livePrefix, left)
		}
		return nil
	})
}

func (d *demo) showNoReset(ctx context.Context) error {
	var rows [][]string
	for _, router := range d.Routers {
		sessions, err := router.Sessions(ctx)
		if err != nil {
			return err
		}
		for _, session := range sessions {
			if !session.Up {
				continue
			}
			rows = append(rows, []string{router.Name(), session.Neighbor.String(), session.Uptime.Round(time.Second).String(), fmt.Sprint(session.Drops)})
			if session.Drops > 0 {
				return fmt.Errorf("the session of %s with %s went down %d times", router.Name(), session.Neighbor, session.Drops)
			}
		}
	}
	table([]string{"ROUTER", "NEIGHBOR", "UP FOR", "TIMES DOWN"}, rows)
	return nil
}

func (d *demo) showText(context.Context) error {
	text, err := d.Nodes[0].Conf()
	if err != nil {
		return err
	}
	for line := range strings.Lines(text) {
		fmt.Print("  " + line)
	}
	result, err := d.Nodes[0].Result()
	if err != nil {
		return err
	}
	fmt.Printf("\n  frr-reloader says: %s, generation %d, FRR %s\n", result.Outcome, result.Running.Generation, result.FRRVersion)
	if result.Outcome != handoff.OutcomeApplied {
		return fmt.Errorf("node-1's frr-reloader reports %q: %v", result.Outcome, result.Failures)
	}
	return nil
}

func (d *demo) lookInside(ctx context.Context) error {
	const question = "show bgp ipv4 unicast summary"
	fmt.Printf("  In a cluster: kubectl exec -n metallb-system POD -c frr -- vtysh -c '%s'\n  Here, on node-1:\n\n", question)
	answer, err := d.Nodes[0].VTYSH(ctx, question)
	if err != nil {
		return err
	}
	for line := range strings.Lines(answer) {
		fmt.Print("    " + line)
	}
	return nil
}

func (d *demo) changeCommunity(ctx context.Context) error {
	const file, before, after = "30-communities.yaml", "64512:100", "64512:200"
	fmt.Printf("  Alias \"web\" becomes %s instead of %s in %s …\n\n", after, before, file)
	written := time.Now()
	if err := d.Replace(file, before, after); err != nil {
		return err
	}
	err := d.awaitEverywhere(ctx, after+" on every route of pool public", written, func(routes lab.Routes) error {
		for _, line := range d.Lines(routes) {
			if strings.Contains(line, before) {
				return fmt.Errorf("still there: %s", line)
			}
		}
		return d.FromEveryNode(routes, livePrefix)
	})
	if err != nil {
		return err
	}
	fmt.Println()
	routes, err := d.Routers[1].Routes(ctx)
	if err != nil {
		return err
	}
	printRoutes(d.Routers[1], routes)
	return nil
}
