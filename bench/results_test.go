package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"frr-speaker/bench/report"
	"frr-speaker/internal/handoff"
	"frr-speaker/test/lab"
)

// series is what was measured of one thing, on both sides.
type series struct {
	test, reload, total, theirsPeers     report.Samples // frr-reload.py
	published, verified, peers, reloader report.Samples // ours
	check, diff, apply, verify, rest     report.Samples // parts of reloader

	script             report.Samples // CPU of frr-reload.py
	oursUse, theirsUse usage          // of one cold load or change; memory is that at the end
}

func (s *series) addTheirs(r reload) {
	s.test.Add(r.test)
	s.reload.Add(r.apply)
	s.total.Add(r.total())
	s.theirsPeers.Add(r.peers)
	s.script.Add(r.cpu)
}

// addOrStop adds a run of frr-reload.py that ended, or notes that it had to be stopped.
func (s *series) addOrStop(r reload, err error, p plan) error {
	switch {
	case errors.Is(err, errStopped):
		for _, of := range []*report.Samples{&s.test, &s.reload, &s.total, &s.theirsPeers} {
			of.Stop(p.limit)
		}
		return nil
	case err == nil:
		s.addTheirs(r)
	}
	return err
}

func (s *series) addOurs(a applied) {
	s.published.Add(a.published)
	s.verified.Add(a.verified)
	s.peers.Add(a.peers)
	s.reloader.Add(a.reloader())
	s.check.Add(a.phase(handoff.PhaseCheck))
	s.diff.Add(a.phase(handoff.PhaseDiff))
	s.apply.Add(a.phase(handoff.PhaseApply))
	s.verify.Add(a.phase(handoff.PhaseVerify))
	s.rest.Add(a.rest())
}

// debounce is how long MetalLB waits for more before it begins with a change.
const debounce = 3 * time.Second

// debounced is when the peers have heard if MetalLB's wait comes first.
func (s *series) debounced() *report.Samples { return s.theirsPeers.Plus(debounce) }

// metrics adds what "go test -bench" prints.
func (s *series) metrics(b *testing.B) {
	ms := func(of *report.Samples, unit string) {
		if of.Len() > 0 {
			b.ReportMetric(float64(of.Median())/float64(time.Millisecond), unit)
		}
	}
	b.ReportMetric(0, "ns/op") // an operation is a round of both sides
	ms(&s.total, "frr-reload-ms")
	ms(&s.theirsPeers, "frr-reload-peers-ms")
	ms(&s.verified, "ours-ms")
	ms(&s.peers, "ours-peers-ms")
	ms(&s.check, "check-ms")
	ms(&s.diff, "diff-ms")
	ms(&s.apply, "apply-ms")
	ms(&s.verify, "verify-ms")
	if s.total.Len() > 0 && s.verified.Len() > 0 {
		b.ReportMetric(float64(s.total.Median())/float64(s.verified.Median()), "x-faster")
	}
}

// results are all series of a run, in the order of measurement.
type results struct {
	cells []measured
	began time.Time
	load  string // average when it began
}

type measured struct {
	cell
	kind kind
	of   *series
}

// kind is what was done.
type kind string

const (
	coldLoad       kind = "cold load"
	announceLast   kind = "one service more, sorting last"
	withdrawLast   kind = "one service less, sorting last"
	announceMiddle kind = "one service more, sorting in the middle"
	withdrawMiddle kind = "one service less, sorting in the middle"
)

func (r *results) add(c cell, k kind) *series {
	s := &series{}
	r.cells = append(r.cells, measured{c, k, s})
	return s
}

// write makes the tables, and the same figures as data, if anything was measured.
func (r *results) write(file string) error {
	if len(r.cells) == 0 {
		return nil
	}
	if err := r.writeData(strings.TrimSuffix(file, filepath.Ext(file)) + ".json"); err != nil {
		return err
	}
	var out strings.Builder
	r.head(&out)
	section := func(title, text string, t report.Table) {
		if len(t.Rows) > 0 {
			fmt.Fprintf(&out, "\n## %s\n\n%s\n%s", title, text, t.String())
		}
	}
	section("One service, 1,000 services, 4 peers", headlineText, r.headline())
	section("Targets, 4 peers", targetsText, r.targets())
	section("Stages of one service more", stagesText, r.stages(announceLast))
	section("One service more, every size", matrixText, r.matrix(announceLast))
	section("Cold load, every size", coldText, r.matrix(coldLoad))
	section("Stages of a cold load", coldStagesText, r.stages(coldLoad))
	section("CPU of a cold load", cpuText, r.cpu(coldLoad))
	section("CPU of one service more or less", cpuText, r.cpu(announceLast))
	section("Memory with everything loaded", memoryText, r.memory())
	return os.WriteFile(file, []byte(out.String()), 0o644)
}

const (
	headlineText = "From the change to FRR configured (frr-reload.py: both runs ended; ours: read back and verified), and to the\n" +
		"UPDATE at the last of the peers. Where the new prefix sorts decides how much of MetalLB's lists is renumbered.\n" +
		"MetalLB waits for 3 s before it begins: the last two columns add that to *frr-reload.py, at the peers*.\n"
	targetsText = "bgpd itself holds a new route for 50 ms before it tells anybody.\n"
	stagesText  = "Ours alone: from the objects' file to frr.conf (speaker), then frr-reloader's phases; *rest* is noticing and\n" +
		"reading frr.conf. *frr-reloader* is the sum of the five to its left. When frr.conf is there, this process hears a\n" +
		"little late, later on a busy machine: what *frr.conf written* is too long, *rest* is too short.\n"
	matrixText = "The new prefix sorts last, which is the best case for frr-reload.py.\n"
	coldText   = "All prefixes into daemons that run and have no configuration. Ours begins with the start of speaker, which reads\n" +
		"all objects; frr-reload.py begins with a text that is there.\n"
	coldStagesText = "Ours alone, as above; *frr.conf written* is from the start of speaker.\n"
	cpuText        = "User and system time on a node with each: *ours* is speaker, frr-reloader and FRR's daemons; *theirs* is the\n" +
		"script with the vtysh that it runs, and FRR's daemons. MetalLB's own speaker comes on top of it.\n"
	memoryText = "Resident, in MiB, some moments after the changes. MetalLB's own speaker, and Python while it runs, are not in it.\n"
)

func (r *results) head(out *strings.Builder) {
	fmt.Fprintf(out, "# Benchmark results\n\n"+
		"Written by `make bench`, or by a part of it, on %s: %d cores, %s of memory, load average %s at the start and %s at the end; %s; %s.\n\n"+
		"*frr-reload.py* is Debian's, run as MetalLB's reloader runs it (`--test`, then `--reload`) on text of MetalLB's shape\n"+
		"with the same meaning, without MetalLB's own 3 s of debounce where nothing else is said. *Ours* is speaker and frr-reloader. Both configure FRR of\n"+
		"the same version, with sessions to the same peers, one after the other in turns. A figure is the median, with the\n"+
		"lowest and the highest of so many measurements; a ratio is one of medians.\n",
		r.began.UTC().Format(time.DateOnly), runtime.NumCPU(), memory(), r.load, loadAverage(), runtime.Version(), releases())
}

func (r *results) headline() report.Table {
	t := report.Table{Header: []string{
		"FRR", "change", "frr-reload.py", "ours, verified", "ratio", "frr-reload.py, at the peers", "ours, at the peers", "ratio",
		"with MetalLB's 3 s", "ratio",
	}}
	for _, m := range r.cells {
		if m.services == headlineServices && m.peers == headlinePeers && m.kind != coldLoad {
			t.Add(m.version.String(), string(m.kind), m.of.total.String(), m.of.verified.String(), report.Ratio(&m.of.total, &m.of.verified),
				m.of.theirsPeers.String(), m.of.peers.String(), report.Ratio(&m.of.theirsPeers, &m.of.peers),
				m.of.debounced().Short(), report.Ratio(m.of.debounced(), &m.of.peers))
		}
	}
	return t
}

func (r *results) stages(k kind) report.Table {
	t := report.Table{Header: []string{
		"FRR", "services", "peers", "frr.conf written", "check", "diff", "apply", "verify", "rest", "frr-reloader", "verified", "at the peers",
	}}
	for _, m := range r.cells {
		if m.kind != k || m.of.verified.Len() == 0 {
			continue
		}
		row := []string{m.version.String(), count(m.services), count(m.peers)}
		for _, of := range []*report.Samples{
			&m.of.published, &m.of.check, &m.of.diff, &m.of.apply, &m.of.verify, &m.of.rest, &m.of.reloader, &m.of.verified, &m.of.peers,
		} {
			row = append(row, of.Short())
		}
		t.Add(row...)
	}
	return t
}

func (r *results) cpu(k kind) report.Table {
	t := report.Table{Header: []string{
		"FRR", "services", "peers", "speaker", "frr-reloader", "bgpd", "zebra", "ours, all", "frr-reload.py", "bgpd", "theirs, all", "ratio",
	}}
	for _, m := range r.cells {
		if m.kind != k || m.of.oursUse == nil {
			continue
		}
		row := []string{m.version.String(), count(m.services), count(m.peers)}
		ours, theirs := m.of.oursUse, m.of.theirsUse
		for _, name := range []string{"speaker", "frr-reloader", "bgpd", "zebra"} {
			row = append(row, report.Duration(ours[name].cpu))
		}
		row = append(row, report.Duration(ours.cpu()))
		if theirs == nil || m.of.script.Len() == 0 {
			t.Add(append(row, report.None, report.None, report.None, report.None)...)
			continue
		}
		all := m.of.script.Median() + theirs.cpu()
		t.Add(append(row, m.of.script.Short(), report.Duration(theirs["bgpd"].cpu), report.Duration(all),
			fmt.Sprintf("%.0f×", float64(all)/float64(max(ours.cpu(), time.Millisecond))))...)
	}
	return t
}

func (r *results) memory() report.Table {
	t := report.Table{Header: []string{"FRR", "services", "peers", "speaker", "frr-reloader", "bgpd", "zebra", "bgpd with frr-reload.py"}}
	for _, m := range r.cells {
		if m.kind != announceLast || m.of.oursUse == nil {
			continue
		}
		row := []string{m.version.String(), count(m.services), count(m.peers)}
		for _, name := range []string{"speaker", "frr-reloader", "bgpd", "zebra"} {
			row = append(row, fmt.Sprintf("%.0f", m.of.oursUse[name].memory))
		}
		theirs := report.None
		if m.of.theirsUse != nil {
			theirs = fmt.Sprintf("%.0f", m.of.theirsUse["bgpd"].memory)
		}
		t.Add(append(row, theirs)...)
	}
	return t
}

func (r *results) matrix(k kind) report.Table {
	t := report.Table{Header: []string{
		"FRR", "services", "peers", "frr-reload.py: test", "reload", "both", "ours, verified", "ratio", "frr-reload.py, at the peers", "ours, at the peers", "ratio",
	}}
	for _, m := range r.cells {
		if m.kind != k {
			continue
		}
		t.Add(m.version.String(), count(m.services), count(m.peers), m.of.test.Short(), m.of.reload.Short(), m.of.total.String(),
			m.of.verified.String(), report.Ratio(&m.of.total, &m.of.verified),
			m.of.theirsPeers.Short(), m.of.peers.String(), report.Ratio(&m.of.theirsPeers, &m.of.peers))
	}
	return t
}

// count prints a number with commas.
func count(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

// releases are the exact versions of FRR.
func releases() string {
	var all []string
	for _, v := range lab.FRRVersions() {
		if found, err := lab.FindFRR(v); err == nil {
			all = append(all, found.Release)
		}
	}
	return "FRR " + strings.Join(all, " and ")
}

// memory is the machine's, in GiB.
func memory() string {
	text, err := os.ReadFile("/proc/meminfo")
	var kib int64
	if err == nil {
		_, err = fmt.Sscanf(string(text), "MemTotal: %d kB", &kib)
	}
	if err != nil {
		return "an unknown amount"
	}
	return fmt.Sprintf("%.0f GiB", float64(kib)/(1<<20))
}

// loadAverage is that of the last minute.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
