package reload

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"frr-speaker/internal/announce"
	"frr-speaker/internal/frrconfig"
	"frr-speaker/internal/frrdiff"
	"frr-speaker/internal/intent"
	"frr-speaker/internal/speaker"
)

// hostile are strings that would do harm if they reached FRR, a log or a terminal as they are.
var hostile = []string{
	"\n router bgp 1", "x\nrouter bgp 1\n neighbor 198.51.100.66 remote-as 66\n", "x\r\nend", "\n", "\r", "x\n", "\nx",
	"\x00", "x\x00y", "\x1b[2J", "x\x7fy", "\t", "x\ty", " ", "x y", " x", "x ", "",
	"!", "! bgpextras end", "! BGPPeer tor-b", "#", "\"", "'", "`", "\\", "|", "?", "x|y", "x?",
	"exit", "end", "quit", "no", "enable", "configure terminal", "exit-address-family", "no router bgp 64512", "do clear bgp *",
	"default", "all", "any", "route-map", "192.0.2.1", "192.0.2.1/32", "192.0.2.2", "::", "fe80::1%eth0", "fe80::1%x\ny", "0", "-1", "4294967296",
	"64512:1:2:3", "64512:99999", "large:1:2", "no-export additive", "0x10:1",
	"{{.Password}}", "%s%n%d", "${HOME}", "$(reboot)", "ünïcödé", "日本語", "\u202e", "\ufeff", "\xff\xfe", "x\u2028y", "x\u0085y",
	strings.Repeat("x", 5000), strings.Repeat("x ", 2500), strings.Repeat("x", 4090) + "\n no router bgp",
}

// injectable is a place from which a string may find its way into the text.
type injectable struct {
	name   string
	benign string // is accepted there
	set    func(o *intent.Objects, value string)
	secret bool // the value is to be seen nowhere but in the text
	raw    bool // it is FRR text, and stays among lines that are marked as such
}

var injectables = []injectable{
	{name: "BGPPeer name", benign: "tor-x", set: func(o *intent.Objects, v string) { o.Peers[0].Name = v }},
	{name: "BGPPeer peerAddress", benign: "192.0.2.77", set: func(o *intent.Objects, v string) { o.Peers[0].Spec.Address = v }},
	{name: "BGPPeer interface", benign: "eth77", set: func(o *intent.Objects, v string) { o.Peers[0].Spec.Address, o.Peers[0].Spec.Interface = "", v }},
	{name: "BGPPeer sourceAddress", benign: "192.0.2.78", set: func(o *intent.Objects, v string) { o.Peers[0].Spec.SrcAddress = v }},
	{name: "BGPPeer routerID", benign: "10.0.0.77", set: func(o *intent.Objects, v string) { o.Peers[0].Spec.RouterID = v }},
	{name: "BGPPeer vrf", benign: "red77", set: func(o *intent.Objects, v string) { o.Peers[0].Spec.VRFName = v }},
	{name: "BGPPeer password", benign: "benign-77", set: func(o *intent.Objects, v string) { o.Peers[0].Spec.Password = v }, secret: true},
	{name: "BGPPeer passwordSecret name", benign: "pw", set: func(o *intent.Objects, v string) { o.Peers[0].Spec.PasswordSecret.Name = v }},
	{name: "BGPPeer bfdProfile", benign: "fast", set: func(o *intent.Objects, v string) { o.Peers[0].Spec.BFDProfile = v }},
	{name: "BGPPeer dynamicASN", benign: "external", set: func(o *intent.Objects, v string) { setDynamicASN(o, v) }},
	{name: "Secret password", benign: "benign-77", secret: true, set: func(o *intent.Objects, v string) {
		o.Peers[0].Spec.PasswordSecret.Name = "pw"
		o.Secrets[0].Data["password"] = []byte(v)
	}},
	{name: "BFDProfile name", benign: "slow", set: func(o *intent.Objects, v string) {
		o.BFDProfiles[0].Name, o.Peers[0].Spec.BFDProfile, o.Peers[1].Spec.BFDProfile = v, v, ""
	}},
	{name: "IPAddressPool name", benign: "silver", set: func(o *intent.Objects, v string) {
		o.Pools[0].Name, o.BGPAdvertisements[0].Spec.IPAddressPools = v, []string{v}
	}},
	{name: "IPAddressPool address", benign: "198.51.100.0/25", set: func(o *intent.Objects, v string) { o.Pools[0].Spec.Addresses = []string{v} }},
	{name: "BGPAdvertisement name", benign: "adv-x", set: func(o *intent.Objects, v string) { o.BGPAdvertisements[0].Name = v }},
	{name: "BGPAdvertisement community", benign: "64512:77", set: func(o *intent.Objects, v string) { o.BGPAdvertisements[0].Spec.Communities = []string{v} }},
	{name: "BGPAdvertisement peer", benign: "tor-a", set: func(o *intent.Objects, v string) { o.BGPAdvertisements[0].Spec.Peers = []string{v} }},
	{name: "Community value", benign: "64512:77", set: func(o *intent.Objects, v string) { o.Communities[0].Spec.Communities[0].Value = v }},
	{name: "Community name", benign: "bridge", set: func(o *intent.Objects, v string) {
		o.Communities[0].Spec.Communities[0].Name, o.BGPAdvertisements[0].Spec.Communities = v, []string{v}
	}},
	{name: "Service name", benign: "svc-x", set: func(o *intent.Objects, v string) { o.Services[0].Name = v }},
	{name: "Service address", benign: "198.51.100.77", set: func(o *intent.Objects, v string) { o.Services[0].Status.LoadBalancer.Ingress[0].IP = v }},
	{name: "ConfigMap bgpextras", benign: "debug bgp zebra", set: func(o *intent.Objects, v string) {
		o.ConfigMaps = []*corev1.ConfigMap{{ObjectMeta: ours("bgpextras"), Data: map[string]string{"extras": v}}}
	}, raw: true},
}

// TestNoStringIsMoreThanAString puts every hostile string into every place. It is refused with a
// Problem, or the text has just the lines that a harmless string would give, with this one in its place.
func TestNoStringIsMoreThanAString(t *testing.T) {
	for _, in := range injectables {
		t.Run(in.name, func(t *testing.T) {
			base := outcomeOf(t, func(*intent.Objects) {})
			good := outcomeOf(t, func(o *intent.Objects) { in.set(o, in.benign) })
			if len(good.problems) > 0 {
				t.Fatalf("the harmless value is refused: %v", good.problems)
			}
			for _, value := range hostile {
				got := outcomeOf(t, func(o *intent.Objects) { in.set(o, value) })
				if err := in.judge(value, base, good, got); err != nil {
					t.Errorf("%.60q: %v", value, err)
				}
			}
		})
	}
}

// outcome is what some objects come to.
type outcome struct {
	problems []intent.Problem
	lines    []string       // of the text, in the spelling of frrdiff, with indentation
	sources  []frrdiff.Line // of lines
}

// outcomeOf goes the way of both binaries, from objects to what frr-reloader reads.
func outcomeOf(t *testing.T, change func(*intent.Objects)) outcome {
	t.Helper()
	o := someObjects()
	change(&o)
	want, problems := intent.Parse(o, intent.Options{}, nil)
	fit, more := speaker.Sift(want)
	state := announce.Decide(fit, nodeName)
	text, err := frrconfig.Render(state.BGP, frrconfig.Options{Hostname: nodeName, RawConfig: fit.RawConfig})
	if err != nil {
		t.Fatalf("what was found fit cannot be rendered: %v", err)
	}
	config, err := frrdiff.Parse(text)
	if err != nil {
		t.Fatalf("frr-reloader could not read the text: %v", err)
	}
	spelled, sources := config.Text()
	return outcome{
		problems: slices.Concat(problems, more, state.Problems),
		lines:    strings.Split(strings.TrimSuffix(spelled, "\n"), "\n"), sources: sources,
	}
}

func (in injectable) judge(value string, base, good, got outcome) error {
	for _, p := range got.problems {
		text := p.String()
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
			return fmt.Errorf("a problem holds what a log should not: %q", text)
		}
		if in.secret && len(value) > 4 && strings.Contains(text, value) {
			return fmt.Errorf("a problem holds the secret: %q", text)
		}
		if len(text) > 1000 {
			return fmt.Errorf("a problem has %d bytes", len(text))
		}
	}
	// One line in, one line out, whatever is in it.
	allowed := map[string]bool{}
	for _, line := range slices.Concat(base.lines, good.lines) {
		allowed[line] = true
		if oneWord(value) {
			allowed[strings.ReplaceAll(line, in.benign, value)] = true
		}
	}
	for n, line := range got.lines {
		switch {
		case allowed[line], in.raw && got.sources[n].Object == "bgpextras", closes(line):
		case described(line) && !strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' || r == '|' }):
		case in.name == "BGPPeer vrf", numbered(line, base.lines):
			if !oneWord(value) {
				return fmt.Errorf("the text has a line more: %q", line)
			}
		default:
			return fmt.Errorf("the text has a line more: %q", line)
		}
	}
	if len(got.lines) < len(good.lines) && len(got.problems) == 0 && value != "" && !in.raw && !in.narrows(value) {
		return errors.New("something is left out, and no problem says why")
	}
	return nil
}

// narrows tells whether a value means less, rather than being a mistake: it chooses among what there is, or
// is FRR's name of the VRF that is meant without one.
func (in injectable) narrows(value string) bool {
	return in.name == "BGPPeer vrf" && value == "default" || in.name == "BGPAdvertisement peer" || in.name == "Service address" || in.name == "IPAddressPool address"
}

// oneWord tells whether FRR reads a string as one word.
func oneWord(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

func closes(line string) bool {
	line = strings.TrimSpace(line)
	return line == "exit" || line == "exit-address-family"
}

// described tells whether a line is a description: text for people, to its end.
func described(line string) bool {
	f := strings.Fields(line)
	return len(f) > 1 && f[0] == "description" || len(f) > 3 && f[0] == "neighbor" && f[2] == "description"
}

// numbered tells whether a line is one of those with names made of digests, but for the number.
func numbered(line string, lines []string) bool {
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return -1
			}
			return r
		}, s)
	}
	return slices.ContainsFunc(lines, func(other string) bool { return digits(other) == digits(line) })
}
