package frrdiff_test

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/frrdiff/frrdifftest"
	"frr-speaker/internal/vty"
	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// TestEveryFormOnRealFRR loads each known way of writing into FRR's daemons, reads it
// back and takes it away again.
func TestEveryFormOnRealFRR(t *testing.T) {
	client := startFRR(t, lab.FRR8)
	frrdifftest.Check(t.Context(), t, client, int(lab.FRR8))
	frrdifftest.CheckTransitions(t.Context(), t, client)
	frrdifftest.Walk(t.Context(), t, client, int(lab.FRR8), *walkSeed, *walkSteps)
}

// The walk is the same each time unless asked otherwise: FRR refuses some mixtures, and
// a new one would fail a test that nobody broke.
var (
	walkSeed  = flag.Uint64("walk.seed", 1, "seed of the walk through mixtures of forms on real FRR")
	walkSteps = flag.Int("walk.steps", 300, "steps of that walk")
)

// TestEveryFormOnFRR10 needs another FRR than the machine's own.
func TestEveryFormOnFRR10(t *testing.T) {
	if _, err := lab.FindFRR(lab.FRR10); err != nil && os.Getenv("CI") != "true" {
		t.Skipf("SKIPPED, NOTHING WAS TESTED: %v", err)
	}
	client := startFRR(t, lab.FRR10)
	frrdifftest.Check(t.Context(), t, client, int(lab.FRR10))
	frrdifftest.CheckTransitions(t.Context(), t, client)
	frrdifftest.Walk(t.Context(), t, client, int(lab.FRR10), *walkSeed, *walkSteps)
}

// startFRR runs the daemons in namespaces of their own and connects to them.
func startFRR(t *testing.T, version lab.FRRVersion) *frrdifftest.Client {
	t.Helper()
	l := labtest.New(t, lab.Options{})
	f := labtest.Must(l.StartFRR(t.Context(), lab.FRROptions{
		HostOptions: lab.HostOptions{Name: "frr", Networks: lab.On(labtest.Network(t.Context(), t, l))},
		Version:     version,
	}))(t)
	client := &frrdifftest.Client{
		Layout: frrdiff.Layout{Mgmtd: version >= lab.FRR10},
		Conns:  map[frrdiff.Daemon]*vty.Conn{},
	}
	for _, d := range []frrdiff.Daemon{frrdiff.Mgmtd, frrdiff.Zebra, frrdiff.Staticd, frrdiff.Bfdd, frrdiff.Bgpd} {
		if d == frrdiff.Mgmtd && !client.Layout.Mgmtd {
			continue
		}
		conn, err := connect(t.Context(), f.RunDir(), d)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		client.Conns[d] = conn
	}
	return client
}

// connect opens a daemon's socket by way of its directory: a socket's path is short.
func connect(ctx context.Context, dir string, d frrdiff.Daemon) (*vty.Conn, error) {
	opened, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	path := filepath.Join(fmt.Sprintf("/proc/self/fd/%d", opened.Fd()), string(d)+".vty")
	var dialer net.Dialer
	socket, err := dialer.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	conn := vty.NewConn(socket)
	if _, err := conn.Do(ctx, "enable"); err != nil {
		return nil, err
	}
	return conn, nil
}
