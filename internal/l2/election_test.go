package l2

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
)

func TestElectAgreesWithTheVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/election.txt")
	if err != nil {
		t.Fatal(err)
	}
	elections := 0
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		question, want, _ := strings.Cut(strings.TrimSpace(line), " -> ")
		words := strings.Fields(question)
		var candidates []Candidate
		for _, word := range words[1:] {
			name, score, _ := strings.Cut(word, "=")
			n, err := strconv.Atoi(score)
			if err != nil {
				t.Fatal(err)
			}
			candidates = append(candidates, Candidate{name, n})
		}
		elections++
		if got, _ := Elect(candidates, netip.MustParseAddr(words[0])); got != want {
			t.Errorf("%s: elected %s, want %s", question, got, want)
		}
	}
	if elections < 50 {
		t.Errorf("the vectors hold only %d elections", elections)
	}
}

// published is MetalLB's rule, written down as plainly as it can be.
func published(candidates []Candidate, key netip.Addr) string {
	type entry struct {
		node  string
		score int
		hash  string
	}
	var entries []entry
	for _, c := range candidates {
		sum := sha256.Sum256([]byte(c.Node + "#" + key.String()))
		entries = append(entries, entry{c.Node, c.Score, hex.EncodeToString(sum[:])})
	}
	sort.Slice(entries, func(i, j int) bool {
		if entries[i].score != entries[j].score {
			return entries[i].score > entries[j].score
		}
		return entries[i].hash < entries[j].hash
	})
	return entries[0].node
}

func TestElectAgreesWithThePublishedRuleOnTenThousandRandomCases(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range 10_000 {
		candidates, key := randomCandidates(r), randomAddr(r)
		if got, elected := Elect(candidates, key); !elected || got != published(candidates, key) {
			t.Fatalf("case %d: elected %s for %s of %v, want %s", i, got, key, candidates, published(candidates, key))
		}
	}
}

func TestHasherIsSHA256(t *testing.T) {
	h := newHasher()
	for length := range 200 {
		node := strings.Repeat("n", length)
		for _, address := range []string{"1.1.1.1", "255.255.255.255", "2001:db8:1:2:3:4:5:6"} {
			want := sha256.Sum256([]byte(node + "#" + address))
			if got := h.sum(node, address); !bytes.Equal(got, want[:]) {
				t.Fatalf("%d bytes: %x, want %x", len(node)+1+len(address), got, want)
			}
		}
	}
}

func TestElectWithoutCandidatesElectsNobody(t *testing.T) {
	if got, elected := Elect(nil, netip.MustParseAddr("192.0.2.1")); elected {
		t.Errorf("elected %q", got)
	}
	e := NewElector()
	if got, elected := e.Elect(e.Slate(nil), netip.MustParseAddr("192.0.2.1")); elected {
		t.Errorf("the elector elected %q", got)
	}
}

func TestElectTakesAnIPv4AddressInIPv6ClothesForAnIPv4Address(t *testing.T) {
	candidates := []Candidate{{"node-a", 0}, {"node-b", 0}, {"node-c", 0}}
	for i := range byte(50) {
		plain := netip.AddrFrom4([4]byte{198, 51, 100, i})
		want, _ := Elect(candidates, plain)
		if got, _ := Elect(candidates, netip.AddrFrom16(plain.As16())); got != want {
			t.Errorf("%s: elected %s, but %s in IPv6 clothes", plain, want, got)
		}
	}
}

// TestElectorRemembersWhatElectSays walks through changes of members, scores and
// addresses, and compares every election with one that remembers nothing.
func TestElectorRemembersWhatElectSays(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	e := NewElector()
	var keys []netip.Addr
	for range 40 {
		keys = append(keys, randomAddr(r))
	}
	slates := [][]Candidate{randomCandidates(r), randomCandidates(r), nil}
	for round := range 300 {
		e.Begin()
		for i := range slates {
			slates[i] = changed(r, slates[i])
			slate := e.Slate(slates[i])
			for _, key := range keys {
				if r.IntN(3) == 0 {
					continue // this round does not ask
				}
				got, _ := e.Elect(slate, key)
				if want, _ := Elect(slates[i], key); got != want {
					t.Fatalf("round %d: elected %s for %s of %v, want %s", round, got, key, slates[i], want)
				}
			}
		}
	}
}

func TestElectorForgetsWhatNobodyAsksFor(t *testing.T) {
	e := NewElector()
	for round := range 20 {
		e.Begin()
		for i := range 10 {
			e.Elect(e.Slate([]Candidate{{fmt.Sprintf("node-%d-%d", round, i), 0}}), netip.AddrFrom4([4]byte{10, 0, byte(round), byte(i)}))
		}
	}
	e.Begin()
	if len(e.results) != 10 || len(e.slates) != 10 {
		t.Errorf("after a round of 10 elections it remembers %d results and %d slates", len(e.results), len(e.slates))
	}
}

func TestACandidateThatLeavesMovesOnlyItsOwnAddresses(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 500 {
		candidates, key := randomCandidates(r), randomAddr(r)
		before, _ := Elect(candidates, key)
		i := r.IntN(len(candidates))
		if candidates[i].Node == before {
			continue
		}
		if after, _ := Elect(slices.Delete(candidates, i, i+1), key); after != before {
			t.Fatalf("%s moved from %s to %s though another node left", key, before, after)
		}
	}
}

func randomAddr(r *rand.Rand) netip.Addr {
	if r.IntN(2) == 0 {
		return netip.AddrFrom4([4]byte{byte(1 + r.IntN(223)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))})
	}
	a := [16]byte{0x20, 0x01, 0x0d, 0xb8}
	for range r.IntN(9) {
		a[4+r.IntN(12)] = byte(r.IntN(256))
	}
	return netip.AddrFrom16(a)
}

func randomCandidates(r *rand.Rand) []Candidate {
	var all []Candidate
	for _, n := range r.Perm(40)[:1+r.IntN(12)] {
		all = append(all, randomCandidate(r, n))
	}
	return all
}

func randomCandidate(r *rand.Rand, n int) Candidate {
	c := Candidate{Node: []string{"node-%d", "worker%d.example.net", "%d"}[n%3]}
	c.Node = fmt.Sprintf(c.Node, n)
	if r.IntN(3) == 0 {
		c.Score = []int{1, 10, 50, 100, 150}[r.IntN(5)]
	}
	return c
}

// changed is a slate after a node came, left, or got another score, or as it was.
func changed(r *rand.Rand, slate []Candidate) []Candidate {
	slate = slices.Clone(slate)
	switch r.IntN(4) {
	case 0:
		n := randomCandidate(r, r.IntN(40))
		if !slices.ContainsFunc(slate, func(c Candidate) bool { return c.Node == n.Node }) {
			slate = append(slate, n)
		}
	case 1:
		if len(slate) > 0 {
			i := r.IntN(len(slate))
			slate = slices.Delete(slate, i, i+1)
		}
	case 2:
		if len(slate) > 0 {
			slate[r.IntN(len(slate))].Score = r.IntN(3) * 50
		}
	}
	return slate
}
