package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/bgp"
	"frr-speaker/internal/handoff"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/l2"
)

func render(t *testing.T, f Facts) string {
	t.Helper()
	renderer, err := New()
	if err != nil {
		t.Fatal(err)
	}
	page, err := renderer.Render(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// text is what a reader sees of a page, each row of a table on a line.
func text(t *testing.T, page string) string {
	t.Helper()
	for _, hidden := range []string{"style", "script"} {
		page = regexp.MustCompile(`(?s)<`+hidden+`>.*?</`+hidden+`>`).ReplaceAllString(page, "")
	}
	page = regexp.MustCompile(`\n+`).ReplaceAllString(page, "")
	page = regexp.MustCompile(`</(tr|p|h1|h2|pre|summary)>`).ReplaceAllString(page, "\n")
	page = regexp.MustCompile(`</(td|th|span|div|b)>`).ReplaceAllString(page, " ")
	page = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, "")
	return regexp.MustCompile(` +`).ReplaceAllString(page, " ")
}

func TestPageShowsTheNode(t *testing.T) {
	f := facts()
	f.Applies = []Apply{{
		Version: handoff.Version{Generation: 7}, Published: noon().Add(-time.Minute), Ended: noon().Add(-time.Minute + 31*time.Millisecond),
		Outcome:   handoff.OutcomeApplied,
		Durations: map[handoff.Phase]handoff.Milliseconds{handoff.PhaseApply: handoff.Milliseconds(1500 * time.Microsecond)},
		Changes:   Changes{Lines: []ChangedLine{{"", "router bgp 64512"}, {"+", "network 198.51.100.1/32"}}, More: 3},
	}, {Version: handoff.Version{Generation: 6}, Published: noon().Add(-50 * time.Hour)}}
	got := text(t, render(t, f))
	for what, want := range map[string]string{
		"a session that is up":           "tor-a 192.0.2.1 65001 Established 1 h 33 min 2 of 2 0",
		"a session that is down":         "tor-b 192.0.2.2 65002 Active 0 of 2 3 Hold Timer Expired",
		"equal policies are one class":   "2 advertisement public, pool gold tor-a: local preference 150, 64512:11 tor-b",
		"reasons are counted":            "1 announced, 1 notOwner, 1 noEndpoints",
		"a service that is announced":    "shop/web bgp 198.51.100.1 announced tor-a, tor-b",
		"a reason comes with what to do": "shop/www bgp 198.51.100.3 noEndpoints see why no pod that the service selects is ready",
		"an address that this node owns": "198.51.100.2 eth0 eth1 is down or has no carrier",
		"a problem":                      "BGPPeer metallb-system/tor-c spec.peerAddress: is no address this peer is left out write an IPv4",
		"a condition":                    "FRR partial FRR runs the configuration without this: BGPPeer tor-a",
		"a daemon":                       "bgpd down 2 signal 9",
		"a line that FRR refused":        "BGPPeer tor-a: bgpd: neighbor 192.0.2.1 password [redacted]",
		"drift":                          "bgpd: was added in FRR: router bgp 64512 › neighbor 192.0.2.9 password [redacted]",
		"what was applied":               "Generation 7, 1 min ago: applied in 31.0 ms (apply 1.5 ms)",
		"what changed":                   "router bgp 64512 &#43; network 198.51.100.1/32",
		"what was not reported":          "Generation 6, 2 d 2 h ago: not reported yet",
		"how many changes are left out":  "3 more lines are left out.",
		"what FRR runs":                  "FRR 10.3 runs generation 7, generation 7 is wanted; last report 3 s ago.",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s: no %q in the page:\n%s", what, want, got)
		}
	}
	if strings.Index(got, "tor-b 192.0.2.2") > strings.Index(got, "tor-a 192.0.2.1") {
		t.Error("a session that is down stands below one that is up")
	}
	if strings.Index(got, "shop/www bgp") > strings.Index(got, "shop/web bgp") {
		t.Error("a service that is not announced stands below one that is")
	}
}

func TestPageHasNoSecrets(t *testing.T) {
	f := facts()
	line := " neighbor 192.0.2.1 password " + password + "\n"
	f.Applies = []Apply{{Changes: Compare([]byte("router bgp 64512\n"+line), []byte("router bgp 64513\n"+line))}}
	page := render(t, f)
	if !strings.Contains(page, "password [redacted]") {
		t.Error("the lines with the password are not in the page, so this shows nothing")
	}
	for _, word := range []string{"hunter2", "and more"} {
		if strings.Contains(page, word) {
			t.Errorf("the page holds %q of the password", word)
		}
	}
}

// evil breaks out of text, attributes, styles and scripts where nobody escapes it.
const evil = `</td></script></style><script>alert(1)</script>"'><img src=x onerror=alert(1)>`

func TestPageEscapesWhatOthersWrote(t *testing.T) {
	f := facts()
	f.Node, f.Query = evil, ""
	f.State.Verdicts = append(f.State.Verdicts, announce.Verdict{
		Service: intent.Ref{Namespace: evil, Name: evil}, Protocol: announce.ProtocolBGP, Reason: announce.NoPeers, Detail: evil, Peers: []string{evil},
	})
	instance := &f.State.BGP.Instances[0]
	instance.Sessions[0].Peer, instance.VRF, instance.Routes[0].Policy.Sources = evil, evil, []string{evil}
	f.State.BGP.Instances = append(f.State.BGP.Instances, bgp.Instance{VRF: evil, Sessions: []bgp.Session{{Interface: evil, VRF: evil}}})
	f.Problems = append(f.Problems, intent.Problem{Object: intent.Ref{Kind: evil, Name: evil}, Field: evil, Message: evil, Effect: evil, Remedy: evil})
	f.Links[0].Links, f.Links[0].Unfit[0].Name = []string{evil}, evil
	r := &f.Reload.Result
	r.FRRVersion, r.Daemons[0].LastError, r.Sessions[1].LastReset = evil, evil, evil
	r.Daemons[0].Name, r.Daemons[0].State, r.Sessions[1].State = evil, evil, evil
	r.Failures = append(r.Failures, handoff.Failure{Object: evil, Line: evil, Message: evil, Daemon: evil})
	r.Drift = append(r.Drift, handoff.DriftLine{Daemon: evil, Block: evil, Line: evil})
	f.Applies = []Apply{{Outcome: evil, Changes: Changes{Lines: []ChangedLine{{"+", evil}}}}}
	for name, query := range map[string]string{"without a query": "", "with one": evil} {
		t.Run(name, func(t *testing.T) {
			f.Query = query
			page := render(t, f)
			if n := strings.Count(page, "<script"); n != 1 {
				t.Errorf("%d scripts, want the page's own", n)
			}
			if strings.Contains(page, "<img") || strings.Count(page, "alert(1)") < 10 {
				t.Error("a hostile string became an element, or did not get into the page")
			}
			wellFormed(t, page)
		})
	}
}

// wellFormed checks that elements end where they should.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(page))
	decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	depth := 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	if depth != 0 {
		t.Errorf("%d elements are open at the end", depth)
	}
}

func TestPageIsBounded(t *testing.T) {
	f := facts()
	f.State.Verdicts = many(10_000)
	for i := range 1000 {
		f.Problems = append(f.Problems, f.Problems[0])
		f.State.BGP.Instances[0].Sessions = append(f.State.BGP.Instances[0].Sessions, bgp.Session{Addr: netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)})})
	}
	page := render(t, f)
	for _, want := range []string{
		"1000 noEndpoints", "9000 announced", "9900 more services are left out.", "951 more problems are left out.", "802 more sessions are left out.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in the page", want)
		}
	}
	if len(page) > 200_000 {
		t.Errorf("the page has %d bytes", len(page))
	}
	if !strings.Contains(page, "shop/service-990<") || strings.Contains(page, "shop/service-1<") {
		t.Error("services that are not announced do not come first")
	}
}

func TestQueryFindsServices(t *testing.T) {
	f := facts()
	f.State.Verdicts = many(10_000)
	tests := []struct {
		name, query string
		want        string // in the page
		not         string
	}{
		{"by name", "Service-4242", "shop/service-4242<", "shop/service-990<"},
		{"by address", "10.0.16.146", "shop/service-4242<", "shop/service-990<"},
		{"by reason", "noendpoints", "900 more services are left out.", "shop/service-1<"},
		{"by peer", "TOR-A", "9900 more services are left out.", "No service matches."},
		{"that is not there", "nobody", "No service matches.", "<td data-l=\"Service\">"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.Query = tt.query
			page := render(t, f)
			if !strings.Contains(page, tt.want) || strings.Contains(page, tt.not) {
				t.Errorf("want %q and no %q in the page", tt.want, tt.not)
			}
			if !strings.Contains(page, `value="`+tt.query+`"`) {
				t.Error("the field has lost the query")
			}
		})
	}
}

func TestPageBeforeAnythingIsKnown(t *testing.T) {
	got := text(t, render(t, Facts{}))
	for _, want := range []string{"Nothing is decided yet", "frr-reloader has not reported yet", "None since this process started."} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in the page:\n%s", want, got)
		}
	}
}

func TestPolicyAllowsTheStyleAndScriptOfThePage(t *testing.T) {
	renderer, err := New()
	if err != nil {
		t.Fatal(err)
	}
	page, err := renderer.Render(facts())
	if err != nil {
		t.Fatal(err)
	}
	for _, element := range []string{"style", "script"} {
		_, rest, _ := bytes.Cut(page, []byte("<"+element+">"))
		content, _, found := bytes.Cut(rest, []byte("</"+element+">"))
		sum := sha256.Sum256(content)
		if hash := base64.StdEncoding.EncodeToString(sum[:]); !found || !strings.Contains(renderer.ContentPolicy(), element+"-src 'sha256-"+hash) {
			t.Errorf("the policy does not allow the %s: %s", element, renderer.ContentPolicy())
		}
	}
	if strings.Contains(string(page), " style=") || regexp.MustCompile(` on[a-z]+=`).Match(page) {
		t.Error("the page has styles or scripts in attributes, which the policy forbids")
	}
}

func BenchmarkRender10000Services(b *testing.B) {
	f := facts()
	f.State.Verdicts = many(10_000)
	renderer, err := New()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := renderer.Render(f); err != nil {
			b.Fatal(err)
		}
	}
}

func TestPageNamesWhatKeepsAnAddressFromBeingAnswered(t *testing.T) {
	addr := netip.MustParseAddr("198.51.100.2")
	absent := []l2.UnfitLink{{Name: "eth9", Reason: l2.UnfitAbsent}}
	conflict := l2.Conflict{Link: "eth0", MAC: l2.MAC{2, 0, 0, 0, 0, 1}}
	yielded := conflict
	yielded.Yielded = true
	tests := []struct {
		name  string
		links []l2.Report
		want  string
	}{
		{"before anything is known nothing is wrong", nil, "198.51.100.2 not known yet \n"},
		{"one of two interfaces is not there", []l2.Report{{Addr: addr, Links: []string{"eth0"}, Unfit: absent}}, "198.51.100.2 eth0 eth9 " + l2.UnfitAbsent.String() + " \n"},
		{
			"no interface is there",
			[]l2.Report{{Addr: addr, Unfit: absent}},
			"198.51.100.2 announceFailed eth9 " + l2.UnfitAbsent.String() + " name interfaces that exist on the node in spec.interfaces, and see that one of them is up \n",
		},
		{
			"no interface can answer, and none is named",
			[]l2.Report{{Addr: addr}},
			"198.51.100.2 announceFailed no interface answers name interfaces",
		},
		{"interfaces are being probed", []l2.Report{{Addr: addr, Probing: true}}, "198.51.100.2 asking whether another host has it \n"},
		{
			"another host has it",
			[]l2.Report{{Addr: addr, Links: []string{"eth0"}, Conflicts: []l2.Conflict{conflict}}},
			"198.51.100.2 eth0 addressConflict 02:00:00:00:00:01 has it too on eth0 take the address from the other host, or out of the IPAddressPool \n",
		},
		{
			"another host has it, and is left to",
			[]l2.Report{{Addr: addr, Conflicts: []l2.Conflict{yielded}}},
			"198.51.100.2 announceFailed no interface answers name interfaces that exist on the node in spec.interfaces, and see that one of them is up addressConflict",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := facts()
			f.Links = tt.links
			got := text(t, render(t, f))
			if !strings.Contains(got, tt.want) {
				t.Errorf("no %q in the page:\n%s", tt.want, got)
			}
		})
	}
}
