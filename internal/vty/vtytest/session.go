package vtytest

import (
	"strings"

	"frr-speaker/internal/vty"
)

// session is one connection: where it is in the tree of nodes.
type session struct {
	daemon *Daemon
	node   node
	path   []*block // the blocks it is in, from the top; only in configuration mode
	closed bool
}

type node int

const (
	view node = iota
	enabled
	configuring
)

var ok = vty.Reply{}

func unknown(line string) vty.Reply {
	return vty.Reply{Text: "% [FAKE] Unknown command: " + line + "\n", Status: vty.StatusNoMatch}
}

// run carries out one command, as FRR's daemons do.
func (s *session) run(line string) vty.Reply {
	switch strings.TrimSpace(line) {
	case "", "enable":
		s.node = max(s.node, enabled)
		return ok
	case "echo PING":
		return vty.Reply{Text: "PING\n"}
	case "show version":
		return vty.Reply{Text: "FRRouting 8.4.4 (fake) on Linux.\n"}
	case "end":
		s.node, s.path = min(s.node, enabled), nil
		return ok
	case "exit":
		return s.exit()
	}
	return s.runIn(line)
}

// runIn carries out a command that means something in some nodes only.
func (s *session) runIn(line string) vty.Reply {
	switch {
	case strings.TrimSpace(line) == "exit-address-family" && len(s.path) > 0 && s.path[len(s.path)-1].rule() == "address-family":
		return s.exit()
	case line == "show running-config" && s.node >= enabled:
		return vty.Reply{Text: s.daemon.config.running()}
	case strings.HasPrefix(line, "show ") && strings.HasSuffix(line, " json"):
		return vty.Reply{Text: "{}\n"}
	case line == "configure terminal" && s.node == enabled:
		s.node, s.path = configuring, []*block{s.daemon.config}
		return ok
	case s.node == configuring:
		return s.configure(strings.TrimSpace(line))
	}
	return unknown(line)
}

// exit goes up one node; above the top it closes the connection, as FRR does.
func (s *session) exit() vty.Reply {
	switch {
	case s.node < configuring:
		s.closed = true
	case len(s.path) > 1:
		s.path = s.path[:len(s.path)-1]
	default:
		s.node, s.path = enabled, nil
	}
	return ok
}

// configure tries the line in the block the session is in and then in those around it.
func (s *session) configure(line string) vty.Reply {
	if line == "XFRR_start_configuration" || line == "XFRR_end_configuration" {
		return ok
	}
	for depth := len(s.path); depth > 0; depth-- {
		here := s.path[depth-1]
		if !here.takes(line) {
			continue
		}
		s.path = s.path[:depth]
		if inner := here.set(line); inner != nil {
			s.path = append(s.path, inner)
		}
		return ok
	}
	return unknown(line)
}
