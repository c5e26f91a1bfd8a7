package reloader

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/vty"
)

// dryRunTimeout bounds one dry run; it takes 50 ms, and seconds only with thousands of prefix-list entries.
const dryRunTimeout = 60 * time.Second

// dryRun has FRR's own parser read a configuration, in a process of its own that touches nothing that runs.
type dryRun struct {
	bin      string
	scratch  string // where to put files
	account  *account
	children *children
}

// complaint is a line that a dry run does not like.
type complaint struct {
	line    int // from 0; -1: FRR did not say which
	message string
}

// available tells whether the daemon can do it: zebra's would open its sockets and look at the kernel,
// and mgmtd and, with it, staticd read no file.
func (d dryRun) available(name frrdiff.Daemon) bool {
	return (name == frrdiff.Bgpd || name == frrdiff.Bfdd) && exists(filepath.Join(d.bin, string(name)))
}

// run returns what the daemon says of lines, in their order. Lines that FRR names come first; only when there are
// none does it look for what FRR refuses without naming the line, which takes several dry runs.
func (d dryRun) run(ctx context.Context, name frrdiff.Daemon, lines []string) ([]complaint, error) {
	output, err := d.output(ctx, name, lines)
	if err != nil {
		return nil, err
	}
	found, unnamed := judge(output, lines)
	if len(found) > 0 {
		return d.explained(ctx, name, lines, found)
	}
	if len(unnamed) == 0 {
		return nil, nil
	}
	n, err := d.search(ctx, name, lines)
	if err != nil {
		return nil, err
	}
	return d.explained(ctx, name, lines, []complaint{{line: n, message: unnamed[0]}})
}

// search finds the line that FRR refuses without naming it: the last of the shortest beginning of the text that
// makes it say so.
func (d dryRun) search(ctx context.Context, name frrdiff.Daemon, lines []string) (int, error) {
	var failed error
	n := sort.Search(len(lines)-1, func(n int) bool {
		if failed != nil {
			return true
		}
		output, err := d.output(ctx, name, lines[:n+1])
		failed = err
		_, unnamed := judge(output, lines)
		return len(unnamed) > 0
	})
	return n, failed
}

// maxExplained bounds the dry runs spent on wording; what is left out keeps the log's words.
const maxExplained = 3

// explained finds FRR's reason for each complaint: what it prints with the line and not without.
func (d dryRun) explained(ctx context.Context, name frrdiff.Daemon, lines []string, found []complaint) ([]complaint, error) {
	for k := range found[:min(len(found), maxExplained)] {
		c := &found[k]
		without, err := d.output(ctx, name, lines[:c.line])
		if err != nil {
			return nil, err
		}
		with, err := d.output(ctx, name, lines[:c.line+1])
		if err != nil {
			return nil, err
		}
		if said := spoken(with)[min(len(spoken(without)), len(spoken(with))):]; len(said) > 0 {
			c.message = strings.Join(said, " ")
		}
	}
	return found, nil
}

// output runs the daemon once. Its exit status tells nothing: it is 0 whatever the text holds.
func (d dryRun) output(ctx context.Context, name frrdiff.Daemon, lines []string) (string, error) {
	dir, err := d.scratchDir()
	if err != nil {
		return "", fmt.Errorf("dry run of %s: %w", name, err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "frr.conf")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("dry run of %s: %w", name, err)
	}
	for _, path := range []string{dir, file} {
		if err := d.account.own(path); err != nil {
			return "", fmt.Errorf("dry run of %s: %w", name, err)
		}
	}
	return d.exec(ctx, name, dir, file)
}

// scratchDir makes a directory for one dry run: beside the sockets, because in a container little else is
// writable, or else where temporary files go.
func (d dryRun) scratchDir() (string, error) {
	if dir, err := os.MkdirTemp(d.scratch, "check-"); err == nil {
		return dir, nil
	}
	return os.MkdirTemp("", "frr-check-")
}

func (d dryRun) exec(ctx context.Context, name frrdiff.Daemon, dir, file string) (string, error) {
	args := []string{"-C", "-f", file, "-i", filepath.Join(dir, "pid"), "--vty_socket", dir, "-z", filepath.Join(dir, "zserv.api"), "--log", "stdout"}
	var caps []uintptr
	if name == frrdiff.Bgpd {
		args = append(args, "-Z", "-S", "-p", "0") // no zebra, no capabilities, no port to bind
	} else {
		args = append(args, d.bfddSocket(dir)...)
		caps = []uintptr{unix.CAP_NET_BIND_SERVICE, unix.CAP_NET_RAW, unix.CAP_SYS_ADMIN}
	}
	ctx, cancel := context.WithTimeout(ctx, dryRunTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(d.bin, string(name)), args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = d.account.attributes(caps)
	cmd.Dir = dir
	if err := d.children.start(cmd); err != nil {
		return "", fmt.Errorf("dry run of %s: %w", name, explain(err, caps))
	}
	if err := d.children.wait(cmd); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return "", fmt.Errorf("dry run of %s: %w: %s", name, err, frrdiff.Redact(lastLine(out.String())))
	}
	return out.String(), nil
}

// bfddSocket keeps the dry run of bfdd away from the control socket of the one that runs.
func (d dryRun) bfddSocket(dir string) []string {
	if exists(filepath.Join(d.bin, "mgmtd")) {
		return []string{"-N", "frr-speaker-check"} // a directory of its own
	}
	return []string{"--bfdctl", filepath.Join(dir, "bfdd.sock")}
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// judge reads what a dry run printed: the complaints that name a line, and the refusals of which there is a text
// alone. A line that FRR names has its text there too.
func judge(output string, lines []string) (found []complaint, unnamed []string) {
	unnamed = grumbles(output)
	for _, c := range named(output) {
		if c.line >= len(lines) || !excused(lines[c.line]) {
			found = append(found, c)
			continue
		}
		if k := slices.Index(unnamed, excuse); k >= 0 {
			unnamed = slices.Delete(unnamed, k, k+1)
		}
	}
	return trusted(found, lines), unnamed
}

// excuse is what bgpd says of graceful restart, of an instance or a neighbor, when there is no zebra to tell of it,
// and in a dry run there is none. It takes the line all the same (FRR 8.4 and 10.3).
const excuse = "% Invalid value"

func excused(line string) bool {
	words := strings.Fields(line)
	return len(words) == 3 && words[0] == "neighbor" && words[2] == "graceful-restart" ||
		len(words) == 2 && words[0] == "bgp" && words[1] == "graceful-restart"
}

// named takes the complaints with a line out of what a dry run printed, such as
// "... [SHWNK-NWT5S][EC 100663304] No such command on config line 3:  neighbor ...".
func named(output string) []complaint {
	var found []complaint
	for line := range strings.Lines(output) {
		before, after, ok := strings.Cut(line, " on config line ")
		number, _, ok2 := strings.Cut(after, ":")
		n, err := strconv.Atoi(number)
		if !ok || !ok2 || err != nil {
			continue
		}
		found = append(found, complaint{line: n - 1, message: before[strings.LastIndexByte(before, ']')+1:]})
	}
	for k := range found {
		found[k].message = strings.TrimSpace(found[k].message)
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].line < found[j].line })
	// FRR logs a line twice while its log is being set up.
	return slices.CompactFunc(found, func(a, b complaint) bool { return a.line == b.line })
}

// trusted drops what comes after the refused opener of a block: those lines were read in the wrong place.
func trusted(found []complaint, lines []string) []complaint {
	for k, c := range found {
		if c.line >= len(lines) {
			return found[:k]
		}
		if opens(lines, c.line) {
			return found[:k+1]
		}
	}
	return found
}

// opens tells whether lines[n] begins a block, by the indentation of what follows.
func opens(lines []string, n int) bool {
	if n+1 >= len(lines) {
		return false
	}
	next := lines[n+1]
	return indent(next) > indent(lines[n]) || indent(next) == indent(lines[n]) && strings.HasPrefix(strings.TrimSpace(next), "exit")
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// spoken is what FRR said to the user, apart from its log.
func spoken(output string) []string {
	var said []string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line != "" && withoutTime(line) == line {
			said = append(said, line)
		}
	}
	return said
}

// grumbles are the texts that mean a refusal, judged as on the vty.
func grumbles(output string) []string {
	var bad []string
	for _, line := range spoken(output) {
		if (vty.Reply{Text: line}).Err() != nil {
			bad = append(bad, line)
		}
	}
	return bad
}
