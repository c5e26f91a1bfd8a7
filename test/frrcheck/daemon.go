package frrcheck

import "strings"

// daemons are the ones that a configuration is for.
var daemons = []string{"bgpd", "zebra", "bfdd"}

// linesOf returns the configuration with a comment in place of every line that
// another daemon owns, so that line numbers stay. A daemon that meets a block it
// does not know would take the end of it for its own.
func linesOf(daemon, conf string) string {
	lines := strings.Split(conf, "\n")
	owned := true
	for i, line := range lines {
		if opensBlock(line) {
			owned = owns(daemon, line)
		}
		if !owned {
			lines[i] = "!"
		}
	}
	return strings.Join(lines, "\n")
}

// opensBlock tells the first line of a block, or a line on its own, from the rest.
func opensBlock(line string) bool {
	return line != "" && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "!") && line != "exit"
}

func owns(daemon, line string) bool {
	words := strings.Fields(line)
	switch words[0] {
	case "log", "hostname":
		return true
	case "ip", "ipv6":
		return (words[1] == "nht") == (daemon == "zebra")
	case "debug":
		return words[1] == map[string]string{"bgpd": "bgp", "zebra": "zebra", "bfdd": "bfd"}[daemon]
	case "bfd":
		return daemon == "bfdd"
	default:
		return daemon == "bgpd"
	}
}
