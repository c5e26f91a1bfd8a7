package ipam

import (
	"math"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"frr-speaker/internal/intent"
)

// TestMetalLBWeakness25HugePoolOverflowsNoCounter: there, a huge IPv6 prefix before
// another one makes the capacity of a pool negative.
func TestMetalLBWeakness25HugePoolOverflowsNoCounter(t *testing.T) {
	for _, tt := range []struct {
		name     string
		prefixes []string
		total    string
		status   int64
	}{
		{"a huge prefix before another", []string{"2001:db8::/32", "2001:db9::/120"}, "79228162514264337593543950592", math.MaxInt64},
		{"a huge prefix after another", []string{"2001:db9::/120", "2001:db8::/32"}, "79228162514264337593543950592", math.MaxInt64},
		{"two halves of IPv6", []string{"::/1", "8000::/1"}, "340282366920938463463374607431768211455", math.MaxInt64},
		{"one less than what int64 holds", []string{"2001:db8::/66"}, "4611686018427387904", 4611686018427387904},
		{"one more than what int64 holds", []string{"2001:db8::/65"}, "9223372036854775808", math.MaxInt64},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var entry []netip.Prefix
			for _, text := range tt.prefixes {
				entry = append(entry, netip.MustParsePrefix(text))
			}
			plan := Assign(Input{Pools: []intent.Pool{{Name: "gold", Ranges: [][]netip.Prefix{entry}}}})
			level := plan.Usage[0].V6
			if got := level.Total.String(); got != tt.total {
				t.Errorf("total %s, want %s", got, tt.total)
			}
			if got := level.Free().Int64(); got != tt.status {
				t.Errorf("free %d, want %d", got, tt.status)
			}
			if want, _ := new(big.Float).SetString(tt.total); level.Total.Float64() < 0 || want.Cmp(big.NewFloat(level.Total.Float64()*1.001)) > 0 {
				t.Errorf("as a float %g", level.Total.Float64())
			}
		})
	}
}

func TestCountIsArithmetic(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	most := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(1))
	big128 := func(c Count) *big.Int {
		n, _ := new(big.Int).SetString(c.String(), 10)
		return n
	}
	for range 1000 {
		a := Count{hi: rng.Uint64() >> rng.IntN(64), lo: rng.Uint64()}
		b := Count{hi: rng.Uint64() >> rng.IntN(64), lo: rng.Uint64()}
		sum := new(big.Int).Add(big128(a), big128(b))
		if sum.Cmp(most) > 0 {
			sum = most
		}
		if got := big128(a.Add(b)); got.Cmp(sum) != 0 {
			t.Fatalf("%s + %s = %s, want %s", a, b, got, sum)
		}
		n := int(rng.Uint32())
		less := new(big.Int).Sub(big128(a), big.NewInt(int64(n)))
		if less.Sign() < 0 {
			less = new(big.Int)
		}
		if got := big128(a.Less(n)); got.Cmp(less) != 0 {
			t.Fatalf("%s - %d = %s, want %s", a, n, got, less)
		}
	}
}

// TestCapacityIsWhatCanBeGivenOut counts addresses one by one.
func TestCapacityIsWhatCanBeGivenOut(t *testing.T) {
	for _, text := range []string{"198.51.100.0/32", "198.51.100.255/32", "198.51.100.9/32", "198.51.100.0/31", "198.51.100.0/25", "198.51.100.128/25", "198.51.100.64/26", "198.51.100.0/24", "198.51.96.0/20"} {
		for _, avoid := range []bool{false, true} {
			prefix, want := netip.MustParsePrefix(text), 0
			for a := prefix.Addr(); prefix.Contains(a); a = a.Next() {
				if !avoid || !isBuggy(a) {
					want++
				}
			}
			if got := capacity(prefix, avoid).Int64(); got != int64(want) {
				t.Errorf("%s, avoiding buggy addresses %t: %d, want %d", text, avoid, got, want)
			}
		}
	}
}
