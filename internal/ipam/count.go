package ipam

import (
	"math"
	"math/big"
	"math/bits"
	"net/netip"
)

// Count is a number of addresses. At 2^128-1 it stays, one short of all of IPv6.
type Count struct{ hi, lo uint64 }

// powerOfTwo is 2^exponent.
func powerOfTwo(exponent int) Count {
	switch {
	case exponent < 64:
		return Count{lo: 1 << exponent}
	case exponent < 128:
		return Count{hi: 1 << (exponent - 64)}
	default:
		return Count{hi: math.MaxUint64, lo: math.MaxUint64}
	}
}

// Add returns the sum.
func (c Count) Add(o Count) Count {
	lo, carry := bits.Add64(c.lo, o.lo, 0)
	hi, over := bits.Add64(c.hi, o.hi, carry)
	if over != 0 {
		return Count{hi: math.MaxUint64, lo: math.MaxUint64}
	}
	return Count{hi: hi, lo: lo}
}

// Less takes n away; less than nothing is nothing.
func (c Count) Less(n int) Count {
	lo, borrow := bits.Sub64(c.lo, uint64(max(n, 0)), 0)
	hi, under := bits.Sub64(c.hi, 0, borrow)
	if under != 0 {
		return Count{}
	}
	return Count{hi: hi, lo: lo}
}

// Int64 is the count, or the largest int64 if it is more.
func (c Count) Int64() int64 {
	if c.hi != 0 || c.lo > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(c.lo)
}

// Float64 is the count to 53 bits.
func (c Count) Float64() float64 { return float64(c.hi)*(1<<64) + float64(c.lo) }

// String prints the count in decimal.
func (c Count) String() string {
	sum := new(big.Int).Lsh(new(big.Int).SetUint64(c.hi), 64)
	return sum.Add(sum, new(big.Int).SetUint64(c.lo)).String()
}

// capacity is how many addresses of a prefix can be given out.
func capacity(p netip.Prefix, avoidBuggy bool) Count {
	all := powerOfTwo(p.Addr().BitLen() - p.Bits())
	if !avoidBuggy || !p.Addr().Is4() {
		return all
	}
	const lastOctet = 24 // prefixes up to this length hold whole last octets
	if p.Bits() <= lastOctet {
		return all.Less(2 << (lastOctet - p.Bits()))
	}
	first := p.Addr().As4()
	last := first[3] | byte(math.MaxUint8>>(p.Bits()-lastOctet))
	buggy := 0
	if first[3] == 0 {
		buggy++
	}
	if last == math.MaxUint8 {
		buggy++
	}
	return all.Less(buggy)
}

// isBuggy reports whether some old equipment takes an address for the one of a
// network or for a broadcast address, and drops its packets.
func isBuggy(a netip.Addr) bool {
	if !a.Is4() {
		return false
	}
	last := a.As4()[3]
	return last == 0 || last == math.MaxUint8
}
