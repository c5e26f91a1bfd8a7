package frrmetrics

import (
	"strings"
	"sync"

	"frr-speaker/internal/handoff"
)

// bgpPort is where a neighbor listens unless its stanza says otherwise (RFC 4271, section 1).
const bgpPort = "179"

// portKey is a neighbor of one VRF.
type portKey struct{ vrf, name string }

// ports are those that neighbors are dialed at, where the configuration names one.
type ports map[portKey]string

// label is MetalLB's name of a peer, "address:port", with the port that is configured. The
// one that FRR reports of a session is -1 while there is no connection, and would make the
// label another one just when somebody looks.
func (p ports) label(vrf, name string) string {
	port := p[portKey{vrf, name}]
	if port == "" {
		port = bgpPort
	}
	return name + ":" + port
}

// readPorts finds "neighbor NAME port NUMBER" in a configuration.
func readPorts(text string) ports {
	found := ports{}
	vrf := ""
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) >= 3 && words[0] == "router" && words[1] == "bgp":
			vrf = "default"
			if len(words) == 5 && words[3] == "vrf" {
				vrf = words[4]
			}
		case len(words) == 4 && words[0] == "neighbor" && words[2] == "port":
			found[portKey{vrf, words[1]}] = words[3]
		}
	}
	return found
}

// portBook reads ports when the configuration is another one.
type portBook struct {
	mu     sync.Mutex // guards the rest
	digest string
	ports  ports
}

// of gives the ports of the configuration with a digest, which read reads. One that cannot
// be read leaves those from before.
func (b *portBook) of(digest string, read func() (handoff.Text, error)) ports {
	b.mu.Lock()
	known, is := b.ports, b.digest == digest && b.ports != nil
	b.mu.Unlock()
	if is {
		return known
	}
	text, err := read()
	if err != nil {
		return known
	}
	fresh := readPorts(string(text.Body))
	b.mu.Lock()
	defer b.mu.Unlock()
	b.digest, b.ports = text.Digest, fresh
	return fresh
}
