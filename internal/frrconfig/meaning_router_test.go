package frrconfig

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"frr-speaker/internal/bgp"
)

// routerLine reads a line of router bgp outside its families.
func (r *reader) routerLine(body string, words []string) error {
	one := r.router()
	switch {
	case slices.Contains([]string{
		"no bgp ebgp-requires-policy", "no bgp network import-check", "no bgp default ipv4-unicast",
		"bgp graceful-restart preserve-fw-state", "coalesce-time 0",
	}, body):
		return nil
	case strings.HasPrefix(body, "bgp router-id "):
		var err error
		one.instance.RouterID, err = netip.ParseAddr(words[2])
		return err
	case body == "address-family ipv4 unicast":
		r.family = bgp.IPv4Unicast
	case body == "address-family ipv6 unicast":
		r.family = bgp.IPv6Unicast
	case words[0] == "neighbor":
		return r.neighborLine(words[1], words[2:])
	default:
		return errForm
	}
	r.blocks = append(r.blocks, "address-family")
	return nil
}

func (r *reader) router() *router { return r.m.routers[len(r.m.routers)-1] }

// neighborLine reads a line of the neighbor, whose first one makes it.
func (r *reader) neighborLine(name string, words []string) error {
	rest := strings.Join(words, " ")
	remoteAS, makes := strings.CutPrefix(rest, "remote-as ")
	if link, unnumbered := strings.CutPrefix(rest, "interface remote-as "); unnumbered {
		remoteAS, makes = link, true
	}
	if makes {
		return r.newNeighbor(name, remoteAS, words[0] == "interface")
	}
	n := r.router().find(name)
	if n == nil || r.object != "BGPPeer "+n.Peer {
		return fmt.Errorf("no remote-as before, or under %q", r.object)
	}
	return n.read(rest, words)
}

func (r *reader) newNeighbor(name, remoteAS string, unnumbered bool) error {
	peer, is := strings.CutPrefix(r.object, "BGPPeer ")
	if !is || r.router().find(name) != nil {
		return fmt.Errorf("under %q, or twice", r.object)
	}
	n := &neighbor{in: map[bgp.Family]string{}, out: map[bgp.Family]string{}}
	n.Peer, n.VRF = peer, r.router().instance.VRF
	r.router().neighbors = append(r.router().neighbors, n)
	if unnumbered {
		n.Interface = name
	} else {
		addr, err := netip.ParseAddr(name)
		if err != nil {
			return err
		}
		n.Addr = addr
	}
	switch remoteAS {
	case "internal":
		n.RemoteAS.Kind = bgp.RemoteASInternal
	case "external":
		n.RemoteAS.Kind = bgp.RemoteASExternal
	default:
		return number(remoteAS, (*uint32)(&n.RemoteAS.Number))
	}
	return nil
}

func (r *router) find(name string) *neighbor {
	for _, n := range r.neighbors {
		if n.Neighbor() == name {
			return n
		}
	}
	return nil
}

// read reads what follows "neighbor NAME".
func (n *neighbor) read(rest string, words []string) error {
	switch rest {
	case "description " + n.Peer:
		n.described = true
	case "ebgp-multihop":
		n.EBGPMultiHop = true
	case "graceful-restart":
		n.GracefulRestart = true
	case "bfd":
		n.BFD = true
	case "disable-connected-check":
		n.DisableConnectedCheck = true
	default:
		return n.readValue(rest, words)
	}
	return nil
}

// readValue reads the lines that end in a value.
func (n *neighbor) readValue(rest string, words []string) error {
	if len(words) < 2 {
		return errForm
	}
	last := words[len(words)-1]
	var err error
	switch strings.TrimSuffix(rest, last) {
	case "bfd profile ":
		n.BFDProfile = last
		return orForm(nil, n.BFD)
	case "password ":
		n.Password = bgp.NewSecret(last)
	case "port ":
		var port uint64
		port, err = strconv.ParseUint(last, 10, 16)
		n.Port = uint16(port)
	case "update-source ":
		n.SourceAddr, err = netip.ParseAddr(last)
	case "timers connect ":
		n.ConnectTime, err = time.ParseDuration(last + "s")
	case "local-as " + words[1] + " no-prepend ":
		err = orForm(number(words[1], (*uint32)(&n.LocalAS)), last == "replace-as")
	case "timers " + words[1] + " ":
		n.Timers = &bgp.Timers{}
		n.Timers.Keepalive, err = time.ParseDuration(words[1] + "s")
		if err == nil {
			n.Timers.Hold, err = time.ParseDuration(last + "s")
		}
	default:
		return errForm
	}
	return err
}

// familyLine reads a line of an address family.
func (r *reader) familyLine(words []string) error {
	if words[0] == "network" && len(words) == 4 && words[2] == "route-map" {
		return r.network(words[1], words[3])
	}
	if words[0] != "neighbor" {
		return errForm
	}
	n := r.router().find(words[1])
	if n == nil || r.object != "BGPPeer "+n.Peer {
		return fmt.Errorf("no such neighbor, or under %q", r.object)
	}
	switch {
	case len(words) == 3 && words[2] == "activate":
		n.Families = append(n.Families, r.family)
	case len(words) == 5 && words[2] == "route-map" && words[4] == "in":
		n.in[r.family] = words[3]
	case len(words) == 5 && words[2] == "route-map" && words[4] == "out":
		n.out[r.family] = words[3]
	default:
		return errForm
	}
	return nil
}

func (r *reader) network(prefix, routeMap string) error {
	p, err := netip.ParsePrefix(prefix)
	if err != nil {
		return err
	}
	if p != p.Masked() || bgp.FamilyOf(p.Addr()) != r.family {
		return fmt.Errorf("not masked, or of another family")
	}
	if len(r.m.routeMaps[routeMap]) == 0 {
		return fmt.Errorf("uses a route-map that comes later or never")
	}
	r.router().networks = append(r.router().networks, network{p, routeMap})
	return nil
}
