package frrcheck

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Dir is where FRR's daemons are.
const Dir = "/usr/lib/frr"

// Checker remembers what the daemons said of a text, for texts have much in
// common. Its zero value is ready; several goroutines may share it.
type Checker struct {
	mu   sync.Mutex // guards said
	said map[string][]string
}

// Complaints returns what FRR objects to, one line each with the number of the
// line in the configuration. It fails when FRR is not there or does not run.
func (c *Checker) Complaints(ctx context.Context, conf []byte) ([]string, error) {
	var all []string
	for _, daemon := range daemons {
		text := linesOf(daemon, string(conf))
		complaints, err := c.ask(ctx, daemon, text)
		if err != nil {
			return nil, err
		}
		all = append(all, complaints...)
	}
	return all, nil
}

func (c *Checker) ask(ctx context.Context, daemon, text string) ([]string, error) {
	key := daemon + "\n" + text
	c.mu.Lock()
	complaints, known := c.said[key]
	c.mu.Unlock()
	if known {
		return complaints, nil
	}
	output, err := dryRun(ctx, daemon, text)
	if err != nil {
		return nil, fmt.Errorf("dry run of %s: %w", daemon, err)
	}
	complaints = read(daemon, output)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.said == nil {
		c.said = map[string][]string{}
	}
	c.said[key] = complaints
	return complaints, nil
}

// dryRun returns what a daemon prints when it reads a text. Its exit status says nothing.
func dryRun(ctx context.Context, daemon, text string) (output string, err error) {
	dir, err := os.MkdirTemp("", "frrcheck")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o777); err != nil { // FRR gives up root before it reads
		return "", err
	}
	conf := filepath.Join(dir, "frr.conf")
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		return "", err
	}
	args := []string{"-C", "-f", conf, "-i", filepath.Join(dir, "pid"), "--vty_socket", dir}
	switch daemon {
	case "bgpd":
		args = append(args, "-Z") // no zebra
	case "zebra":
		args = append(args, "-z", filepath.Join(dir, "zserv.api"))
	}
	cmd := exec.CommandContext(ctx, filepath.Join(Dir, daemon), args...)
	said, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, said)
	}
	return string(said), nil
}

// logLine is what goes to FRR's log; what remains is what a person would see.
var logLine = regexp.MustCompile(`^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d`)

// refused is the part of a log line that names a line of configuration.
var refused = regexp.MustCompile(`[A-Z][^\]]* on config line \d+: .*$`)

// harmless is said of lines that take effect.
var harmless = []string{
	"Graceful restart configuration changed, reset this peer to take effect",
	"% Echo mode works correctly for IPv4, but only works when the peer is also FRR for IPv6.",
}

// read picks the complaints out of the output of a dry run.
func read(daemon, output string) []string {
	var complaints []string
	forgiven := map[string]bool{}
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if !logLine.MatchString(line) {
			if line != "" && !slices.Contains(harmless, line) {
				complaints = append(complaints, daemon+": "+line)
			}
			continue
		}
		said := refused.FindString(line)
		switch {
		case said == "" || slices.Contains(complaints, daemon+": "+said): // once for each log that is open
		case strings.HasSuffix(said, " graceful-restart"):
			forgiven[said] = true
		default:
			complaints = append(complaints, daemon+": "+said)
		}
	}
	// FRR 8 calls "neighbor … graceful-restart" invalid and takes it all the same.
	for range forgiven {
		if i := slices.Index(complaints, daemon+": % Invalid value"); i >= 0 {
			complaints = slices.Delete(complaints, i, i+1)
		}
	}
	return complaints
}
