package guide

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// patience is how long the test waits for the route at the router, on a busy machine.
const patience = 60 * time.Second

// lastSeen is the last example that the node and the router of the page have.
const lastSeen = "21-advertisement.yaml"

// The page shows what FRR and the router say of the first route, as they say it.
func TestFRRAndTheRouterSayWhatThePageShows(t *testing.T) {
	t.Chdir(root)
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	l := labtest.New(t, lab.Options{})
	vtysh := startFirstRoute(t, l)
	ask := func() (string, error) {
		var failed error
		now := answered(string(text), func(host, command string) string {
			said, err := vtysh[host](t.Context(), command)
			failed = errors.Join(failed, err)
			return said
		})
		return now, failed
	}
	if *update {
		now, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(page, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	// What is said settles a moment after the router has the route.
	err = lab.Eventually(t.Context(), patience, func() error {
		now, err := ask()
		if diff := cmp.Diff(steady(string(text)), steady(now)); err == nil && diff != "" {
			err = fmt.Errorf("%s (-page +what is said); run go test ./test/guide -update:\n%s", page, diff)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

type shell func(ctx context.Context, commands ...string) (string, error)

// startFirstRoute brings the node and the router of the page up, and waits until the router has the route.
func startFirstRoute(t *testing.T, l *lab.Lab) map[string]shell {
	t.Helper()
	objects := filepath.Join(l.Dir(), "objects")
	if err := os.Mkdir(objects, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range examples(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(file) > lastSeen {
			break
		}
		if err := os.WriteFile(filepath.Join(objects, filepath.Base(file)), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	network, err := l.NewNetwork(t.Context(), lab.NetworkOptions{Name: "fabric", Prefix4: netip.MustParsePrefix("192.0.2.0/24")})
	if err != nil {
		t.Fatal(err)
	}
	at := func(name, addr string) lab.HostOptions {
		return lab.HostOptions{Name: name, Networks: []lab.Attachment{{Network: network, Addr4: netip.MustParseAddr(addr)}}}
	}
	router, err := l.StartFRRRouter(t.Context(), lab.FRR10, lab.RouterOptions{
		HostOptions: at("tor-a", "192.0.2.1"), ASN: 65001,
		Neighbors: []lab.Neighbor{{Addr: netip.MustParseAddr("192.0.2.11"), ASN: 64512, Passive: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	n, err := l.StartNode(t.Context(), lab.NodeOptions{HostOptions: at(node, "192.0.2.11"), Version: lab.FRR10, ObjectsDir: objects})
	if err != nil {
		t.Fatal(err)
	}
	err = lab.Eventually(t.Context(), patience, func() error {
		said, err := router.VTYSH(t.Context(), "show bgp ipv4 unicast 198.51.100.10/32")
		if err == nil && !strings.Contains(said, "best") {
			err = fmt.Errorf("no path: %s", said)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]shell{node: n.VTYSH, "tor-a": router.VTYSH}
}

// prompt is a line of a transcript: who is asked, and what.
var prompt = regexp.MustCompile(`^(node-1|tor-a)# (.+)$`)

// answered returns a page with what ask returns below each prompt of its blocks of vtysh.
func answered(text string, ask func(host, command string) string) string {
	var out []string
	within := false
	for line := range strings.SplitSeq(text, "\n") {
		m := prompt.FindStringSubmatch(line)
		switch {
		case strings.HasPrefix(line, "```"):
			within = line == "```vtysh"
		case within && m == nil:
			continue
		}
		if m != nil && within && !strings.HasPrefix(out[len(out)-1], "```") {
			out = append(out, "")
		}
		out = append(out, line)
		if m != nil && within {
			for said := range strings.Lines(strings.Trim(ask(m[1], m[2]), "\n")) {
				out = append(out, strings.TrimRight(said, " \n"))
			}
		}
	}
	return strings.Join(out, "\n")
}

// unsteady is what differs from run to run: times, counters of messages and of calls, sizes.
var unsteady = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`(?m)^(192\.0\.2\.\d+ +4 +\d+) +\d+ +\d+ +\d+ +\d+ +\d+ +\S+ +`), "$1 … "},
	{regexp.MustCompile(`(Last update:|Invoked:?|using|version(?: is)?) [^,\n]*`), "$1 …"},
	{regexp.MustCompile(`[ ]+`), " "},
}

// steady is a text without that.
func steady(text string) string {
	for _, u := range unsteady {
		text = u.what.ReplaceAllString(text, u.with)
	}
	return text
}
