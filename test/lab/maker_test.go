package lab_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// makerEnv makes the test binary a program that makes a lab: "keep" leaves it
// running and ends, "crash" waits to be killed.
const makerEnv = "FRR_SPEAKER_LAB_TEST_MAKER"

func TestMain(m *testing.M) {
	if mode := os.Getenv(makerEnv); mode != "" {
		os.Exit(makeLab(mode))
	}
	os.Exit(m.Run())
}

// makeLab makes a lab with real daemons and prints its directory.
func makeLab(mode string) int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	l, err := lab.New(ctx, lab.Options{Name: "maker", Keep: mode == "keep"})
	if err == nil {
		err = fill(ctx, l)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Fprintln(os.Stdout, l.Dir())
	if mode == "crash" {
		<-ctx.Done() // killed before that
		return 1
	}
	if err := l.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// fill gives a lab one of each kind of thing that could be left behind.
func fill(ctx context.Context, l *lab.Lab) error {
	link, err := l.NewNetwork(ctx, lab.NetworkOptions{})
	if err != nil {
		return err
	}
	router, err := l.StartFRRRouter(ctx, lab.FRR10, lab.RouterOptions{
		HostOptions: lab.HostOptions{Name: "router", Networks: lab.On(link)}, ASN: 65001,
	})
	if err != nil {
		return err
	}
	_, err = router.StartProcess(lab.ProcessOptions{Name: "contained", Args: []string{"/bin/sleep", "1000"}, Container: true})
	return err
}

// runMaker starts this binary as a maker and returns it with its lab's directory.
func runMaker(t *testing.T, mode string) (cmd *exec.Cmd, dir string) {
	t.Helper()
	labtest.New(t, lab.Options{}) // skips or fails where there can be no lab
	cmd = exec.CommandContext(t.Context(), labtest.Must(os.Executable())(t))
	cmd.Env = append(os.Environ(), makerEnv+"="+mode)
	cmd.Stderr = t.Output()
	stdout := labtest.Must(cmd.StdoutPipe())(t)
	check(t, cmd.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the maker made no lab: %v", err)
	}
	return cmd, strings.TrimSpace(line)
}

// alive are the lab's processes by name, sorted.
func alive(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	for _, what := range labtest.Must(lab.Leftovers(dir))(t) {
		if fields := strings.Fields(what); fields[0] == "process" {
			names = append(names, fields[len(fields)-1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// running is what fill starts, and the first processes of hosts with what they wait for.
var running = []string{"bgpd", "mgmtd", "sh", "sleep", "unshare", "zebra"}

func TestALabDiesWithItsMakerAndTheNextOneSweeps(t *testing.T) {
	maker, dir := runMaker(t, "crash")
	if got := alive(t, dir); !slices.Equal(got, running) {
		t.Errorf("while the maker lives there run %v, want %v", got, running)
	}
	if n := labtest.Must(lab.Down(t.Context(), "maker", ""))(t); n != 0 {
		t.Errorf("Down ended %d labs that were in use", n)
	}
	check(t, maker.Process.Kill())
	if err := maker.Wait(); err == nil {
		t.Error("the maker ended by itself, want by the kill")
	}
	check(t, lab.Eventually(t.Context(), sessionTimeout, func() error {
		if got := alive(t, dir); len(got) > 0 {
			return fmt.Errorf("still running: %v", got)
		}
		return nil
	}))
	labtest.New(t, lab.Options{Name: "sweeper"})
	if left := labtest.Must(lab.Leftovers(dir))(t); len(left) > 0 {
		t.Errorf("left after the next lab was made: %v", left)
	}
}

func TestAKeptLabRunsUntilItIsTakenDown(t *testing.T) {
	maker, dir := runMaker(t, "keep")
	check(t, maker.Wait())
	t.Cleanup(func() {
		if _, err := lab.Down(context.WithoutCancel(t.Context()), "maker", ""); err != nil {
			t.Error(err)
		}
	})
	labtest.New(t, lab.Options{Name: "sweeper"}) // must leave it alone
	if got := alive(t, dir); !slices.Equal(got, running) {
		t.Errorf("after the maker ended there run %v, want %v", got, running)
	}
	if n := labtest.Must(lab.Down(t.Context(), "another", ""))(t); n != 0 {
		t.Errorf("Down ended %d labs of another name", n)
	}
	if n := labtest.Must(lab.Down(t.Context(), "maker", ""))(t); n != 1 {
		t.Errorf("Down ended %d labs, want 1", n)
	}
	if left := labtest.Must(lab.Leftovers(dir))(t); len(left) > 0 {
		t.Errorf("left after Down: %v", left)
	}
}
