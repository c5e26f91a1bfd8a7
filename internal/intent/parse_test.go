package intent

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/equality"

	"frr-speaker/internal/bgp"
)

func TestParseOfNothing(t *testing.T) {
	expect(t, Objects{}, nil, Intent{})
}

// Properties of Parse over histories of random objects: each step's result is the next one's prev.
func TestParseIsTotalPureAndStable(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for i := range uint64(200) {
		checkHistory(t, seed+i, "")
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "a\nrouter bgp 1", "%", "192.0.2.1-", "::/0", "large:1:1:1", "\x00", "é", "0.0.0.0/0"} {
		f.Add(uint64(1), text)
	}
	f.Fuzz(checkHistory)
}

func checkHistory(t *testing.T, seed uint64, extra string) {
	t.Helper()
	const steps = 4
	var (
		prev *Intent
		mix  = newGenerator(seed, "")
	)
	for step := range uint64(steps) {
		// Each step changes everything, so that much of what was valid turns invalid.
		source := seed ^ step<<32
		objs := newGenerator(source, extra).objects()
		got, problems := Parse(objs, Options{}, prev)

		shuffledGot, shuffledProblems := Parse(mix.shuffled(objs), Options{}, prev)
		same(t, seed, "order of objects", got, shuffledGot)
		same(t, seed, "order of objects: problems", problems, shuffledProblems)
		if !equality.Semantic.DeepEqual(newGenerator(source, extra).objects(), objs) {
			t.Fatalf("seed %d: Parse changed its objects", seed)
		}
		again, _ := Parse(objs, Options{}, got)
		same(t, seed, "the same objects once more", got, again)

		for _, complaint := range broken(got, problems) {
			t.Errorf("seed %d: %s", seed, complaint)
		}
		prev = got
	}
}

func same(t *testing.T, seed uint64, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, comparison); diff != "" {
		t.Fatalf("seed %d: %s (-want +got):\n%s", seed, what, diff)
	}
}

// broken lists the promises that a result does not keep.
func broken(in *Intent, problems []Problem) []string {
	var complaints []string
	demand := func(kept bool, promise string) {
		if !kept {
			complaints = append(complaints, promise)
		}
	}
	for _, p := range problems {
		line := p.String()
		demand(p.Message != "" && p.Effect != "" && p.Remedy != "", "a problem says what, what follows and what to do: "+line)
		demand(!strings.ContainsAny(line, "\n\r\x00"), "a problem is one line: "+line)
		demand(!strings.Contains(line, marker), "a problem holds no password: "+line)
	}
	var taken blocks
	for _, p := range in.Pools {
		_, _, overlap := taken.clash(p.prefixes(), "")
		demand(!overlap, "pools do not overlap: "+p.Name)
		taken.add(p.prefixes(), p.Name)
	}
	for _, p := range in.Peers {
		s := p.Session
		words := s.Interface + s.VRF + s.Password.Reveal() + s.BFDProfile
		demand(!strings.ContainsFunc(words, isUnprintable), "what FRR reads is printable: "+s.Peer)
		demand(p.MyASN != 0 && s.Addr.IsValid() != (s.Interface != "") && len(s.Families) > 0, "a session is complete: "+s.Peer)
		demand(!s.BFD || hasAll([]string{s.BFDProfile}, in.BFDProfiles, profileName), "a session's BFD profile exists: "+s.Peer)
	}
	for _, a := range in.BGPAdvertisements {
		demand(hasAll(a.Pools, in.Pools, poolName), "an advertisement's pools exist: "+a.Ref.Name)
		for _, name := range a.Pools {
			for _, pool := range in.Pools {
				_, c := tooWide(a, pool)
				demand(pool.Name != name || c == nil, "an aggregate lies within its pools: "+a.Ref.Name)
			}
		}
	}
	for _, a := range in.L2Advertisements {
		demand(hasAll(a.Pools, in.Pools, poolName), "the pools of an L2Advertisement exist: "+a.Ref.Name)
		demand(!strings.ContainsFunc(strings.Join(a.Links, ""), isUnprintable), "links are printable: "+a.Ref.Name)
		for _, p := range a.Preferences {
			demand(p.Weight >= 1 && p.Weight <= maxWeight && p.Nodes != nil, "preferences are in range: "+a.Ref.Name)
		}
	}
	demand(isSorted(in.L2Advertisements, func(a L2Advertisement) string { return a.Ref.Name }), "L2Advertisements are sorted")
	demand(isSorted(in.Pools, poolName), "pools are sorted")
	demand(isSorted(in.Peers, func(p Peer) string { return p.Ref.Name }), "peers are sorted")
	demand(isSorted(in.BFDProfiles, profileName), "BFD profiles are sorted")
	demand(isSorted(in.BGPAdvertisements, func(a BGPAdvertisement) string { return a.Ref.Name }), "advertisements are sorted")
	demand(isSorted(in.Nodes, func(n Node) string { return n.Name }), "nodes are sorted")
	return complaints
}

func poolName(p Pool) string              { return p.Name }
func profileName(p bgp.BFDProfile) string { return p.Name }
