package frrdiff

import "strings"

// Daemon is an FRR daemon that takes configuration over its vty.
type Daemon string

// The daemons that speaker's text and bgpextras can speak to.
const (
	Mgmtd   Daemon = "mgmtd"
	Zebra   Daemon = "zebra"
	Staticd Daemon = "staticd"
	Bfdd    Daemon = "bfdd"
	Bgpd    Daemon = "bgpd"
)

// Layout is what is known of the FRR that runs.
type Layout struct {
	Mgmtd bool // mgmtd runs (FRR 9 and later) and owns what zebra and staticd own before

	// Owners says which daemons take a line that this package does not know, by
	// Command.Key. It is learned by asking each daemon (status 2: not its line). A
	// line that is not in it belongs to no daemon; Unknown lists those.
	Owners map[string][]Daemon
}

// Key identifies a line and the blocks around it, for Layout.Owners.
func (c Command) Key() string {
	return strings.Join(append(append([]string{}, c.Context...), c.Text), "\n")
}

// For is the part of c that daemon d owns.
func (c *Config) For(d Daemon, layout Layout) *Config { return c }

// Unknown are the lines of c whose owner has to be asked for: no daemon is known
// for them, and layout.Owners does not have them.
func (c *Config) Unknown(layout Layout) []Command { return nil }
