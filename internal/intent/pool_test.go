package intent

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
)

func TestPoolAddresses(t *testing.T) {
	tests := []struct {
		name string
		text string
		want []netip.Prefix
	}{
		{"a CIDR is itself", "198.51.100.0/24", prefixes("198.51.100.0/24")},
		{"host bits are masked", "198.51.100.10/24", prefixes("198.51.100.0/24")},
		{"one address with its length", "198.51.100.10/32", prefixes("198.51.100.10/32")},
		{"spaces around are ignored", " 198.51.100.0/24 ", prefixes("198.51.100.0/24")},
		{"an IPv6 CIDR", "2001:db8::1/64", prefixes("2001:db8::/64")},
		{"an IPv4-mapped CIDR is IPv4", "::ffff:198.51.100.0/120", prefixes("198.51.100.0/24")},
		{"a range of one address", "198.51.100.10-198.51.100.10", prefixes("198.51.100.10/32")},
		{"a range that is a CIDR", "198.51.100.0-198.51.100.255", prefixes("198.51.100.0/24")},
		{
			"a ragged range, with spaces", "198.51.100.1 - 198.51.100.9",
			prefixes("198.51.100.1/32", "198.51.100.2/31", "198.51.100.4/30", "198.51.100.8/31"),
		},
		{"a range over an octet's end", "198.51.100.255-198.51.101.0", prefixes("198.51.100.255/32", "198.51.101.0/32")},
		{"all of IPv4", "0.0.0.0-255.255.255.255", prefixes("0.0.0.0/0")},
		{"all of IPv6", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", prefixes("::/0")},
		{"a range around the middle of IPv6", "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff-8000::1", prefixes("7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "8000::/127")},
		{"an IPv4-mapped range is IPv4", "::ffff:198.51.100.0-198.51.100.3", prefixes("198.51.100.0/30")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, Objects{Pools: []*v1beta1.IPAddressPool{pool("gold", tt.text)}}, nil,
				Intent{Pools: []Pool{poolMeaning("gold", tt.want)}})
		})
	}
}

func TestPoolIsRefused(t *testing.T) {
	const (
		example = "write a CIDR such as 192.0.2.0/24, or a range such as 192.0.2.10-192.0.2.20"
		both    = "write two addresses of one family, such as 192.0.2.10-192.0.2.20"
	)
	tests := []struct {
		name                string
		addresses           []string
		field, says, remedy string
	}{
		{"without addresses", nil, "spec.addresses", "is empty", "list at least one CIDR or range"},
		{
			"with a bare IPv4 address",
			[]string{"192.0.2.1"},
			"spec.addresses[0]", `"192.0.2.1" is an address without a prefix length`, "write 192.0.2.1/32",
		},
		{
			"with a bare IPv6 address",
			[]string{"2001:db8::1"},
			"spec.addresses[0]", `"2001:db8::1" is an address without a prefix length`, "write 2001:db8::1/128",
		},
		{"with a word", []string{"gold"}, "spec.addresses[0]", `"gold" is neither a CIDR nor a range`, example},
		{"with an empty entry", []string{""}, "spec.addresses[0]", `"" is neither a CIDR nor a range`, example},
		{"with a length that is too long", []string{"192.0.2.0/33"}, "spec.addresses[0]", `"192.0.2.0/33" is not a CIDR`, example},
		{"with a zone in a CIDR", []string{"fe80::%eth0/64"}, "spec.addresses[0]", `"fe80::%eth0/64" is not a CIDR`, example},
		{
			"with a prefix around the IPv4-mapped ones",
			[]string{"::ffff:0:0/95"},
			"spec.addresses[0]", `"::ffff:0:0/95" covers more than the IPv4-mapped addresses`, "write the IPv4 or the IPv6 prefix that is meant",
		},
		{
			"with a range that runs backwards",
			[]string{"192.0.2.9-192.0.2.1"},
			"spec.addresses[0]", `range "192.0.2.9-192.0.2.1" ends before it starts`, "write 192.0.2.1-192.0.2.9",
		},
		{"with a range without a start", []string{"-192.0.2.9"}, "spec.addresses[0]", `the start of range "-192.0.2.9" is not an address`, both},
		{"with a range without an end", []string{"192.0.2.9-"}, "spec.addresses[0]", `the end of range "192.0.2.9-" is not an address`, both},
		{"with a last octet for an end", []string{"192.0.2.1-9"}, "spec.addresses[0]", `the end of range "192.0.2.1-9" is not an address`, both},
		{
			"with entries that overlap",
			[]string{"192.0.2.0/28", "198.51.100.0/24", "192.0.2.10-192.0.2.20"},
			"spec.addresses[2]", "192.0.2.10/31 overlaps 192.0.2.0/28 of spec.addresses[0]", "remove one of the two",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, Objects{Pools: []*v1beta1.IPAddressPool{pool("gold", tt.addresses...)}}, nil, Intent{},
				Problem{
					Object: ref("IPAddressPool", "gold"), Field: tt.field, Message: tt.says,
					Effect: "no address of this pool is announced", Remedy: tt.remedy,
				})
		})
	}
}

// MetalLB takes a range from one family to the other for a pool without any
// address, and then panics on its first entry when it compares advertisements.
func TestMetalLBWeakness26MixedFamilyRange(t *testing.T) {
	low := func(s *v1beta1.BGPAdvertisementSpec) { s.LocalPref = 100 }
	high := func(s *v1beta1.BGPAdvertisementSpec) { s.LocalPref = 200 }
	objs := Objects{
		Pools:             []*v1beta1.IPAddressPool{pool("mixed", "192.0.2.1-2001:db8::1")},
		BGPAdvertisements: []*v1beta1.BGPAdvertisement{advertisement("a", low), advertisement("b", high)},
	}
	want := Intent{BGPAdvertisements: []BGPAdvertisement{
		advertisementMeaning("a", func(a *BGPAdvertisement) { a.LocalPref = 100 }),
		advertisementMeaning("b", func(a *BGPAdvertisement) { a.LocalPref = 200 }),
	}}
	expect(t, objs, nil, want, Problem{
		Object: ref("IPAddressPool", "mixed"), Field: "spec.addresses[0]",
		Message: `range "192.0.2.1-2001:db8::1" starts in one address family and ends in the other`,
		Effect:  "no address of this pool is announced", Remedy: "write one range for each family",
	})
}

func TestPoolsThatOverlap(t *testing.T) {
	overlap := func(name, message, effect string) Problem {
		return Problem{
			Object: ref("IPAddressPool", name), Field: "spec.addresses", Message: message,
			Effect: effect, Remedy: "give every address to one pool only",
		}
	}
	const (
		lost = "no address of this pool is announced"
		kept = "the pool keeps its last valid addresses"
	)
	aged := func(p *v1beta1.IPAddressPool, hour int) *v1beta1.IPAddressPool {
		p.CreationTimestamp = metav1.Date(2026, 1, 1, hour, 0, 0, 0, time.UTC)
		return p
	}
	tests := []struct {
		name     string
		before   []Pool
		now      []*v1beta1.IPAddressPool
		want     []Pool
		problems []Problem
	}{
		{
			name: "the first by name wins among new ones",
			now:  []*v1beta1.IPAddressPool{pool("b", "192.0.2.0/24"), pool("a", "192.0.2.128/25"), pool("c", "198.51.100.0/24")},
			want: []Pool{poolMeaning("a", prefixes("192.0.2.128/25")), poolMeaning("c", prefixes("198.51.100.0/24"))},
			problems: []Problem{
				overlap("b", "192.0.2.0/24 overlaps 192.0.2.128/25 of IPAddressPool a", lost),
			},
		},
		{
			name: "the older wins where the age is known",
			now:  []*v1beta1.IPAddressPool{aged(pool("a", "192.0.2.128/25"), 2), aged(pool("b", "192.0.2.0/24"), 1)},
			want: []Pool{poolMeaning("b", prefixes("192.0.2.0/24"))},
			problems: []Problem{
				overlap("a", "192.0.2.128/25 overlaps 192.0.2.0/24 of IPAddressPool b", lost),
			},
		},
		{
			name:   "a pool that was there wins over a new one",
			before: []Pool{poolMeaning("z", prefixes("192.0.2.0/24"))},
			now:    []*v1beta1.IPAddressPool{pool("a", "192.0.2.128/25"), pool("z", "192.0.2.0/24")},
			want:   []Pool{poolMeaning("z", prefixes("192.0.2.0/24"))},
			problems: []Problem{
				overlap("a", "192.0.2.128/25 overlaps 192.0.2.0/24 of IPAddressPool z", lost),
			},
		},
		{
			name:   "a pool that grows into another stays as it was",
			before: []Pool{poolMeaning("a", prefixes("192.0.2.0/25")), poolMeaning("b", prefixes("192.0.2.128/25"))},
			now:    []*v1beta1.IPAddressPool{pool("a", "192.0.2.0/24"), pool("b", "192.0.2.128/25")},
			want:   []Pool{poolMeaning("a", prefixes("192.0.2.0/25")), poolMeaning("b", prefixes("192.0.2.128/25"))},
			problems: []Problem{
				overlap("a", "192.0.2.0/24 overlaps 192.0.2.128/25 of IPAddressPool b", kept),
			},
		},
		{
			name:   "of two pools in the way, the one with the lower address is named",
			before: []Pool{poolMeaning("a", prefixes("198.51.100.0/24")), poolMeaning("c", prefixes("192.0.2.128/25"))},
			now:    []*v1beta1.IPAddressPool{pool("a", "192.0.0.0/16"), pool("b", "192.0.2.0/25"), pool("c", "192.0.2.128/25")},
			want: []Pool{
				poolMeaning("a", prefixes("198.51.100.0/24")), poolMeaning("b", prefixes("192.0.2.0/25")), poolMeaning("c", prefixes("192.0.2.128/25")),
			},
			problems: []Problem{
				overlap("a", "192.0.0.0/16 overlaps 192.0.2.0/25 of IPAddressPool b", kept),
			},
		},
		{
			name:   "two pools may trade their addresses",
			before: []Pool{poolMeaning("a", prefixes("192.0.2.0/25")), poolMeaning("b", prefixes("192.0.2.128/25"))},
			now:    []*v1beta1.IPAddressPool{pool("a", "192.0.2.128/25"), pool("b", "192.0.2.0/25")},
			want:   []Pool{poolMeaning("a", prefixes("192.0.2.128/25")), poolMeaning("b", prefixes("192.0.2.0/25"))},
		},
		{
			name:   "a pool that turns invalid is still protected",
			before: []Pool{poolMeaning("b", prefixes("192.0.2.0/24"))},
			now:    []*v1beta1.IPAddressPool{pool("a", "192.0.2.0/25"), pool("b", "192.0.2.0/240")},
			want:   []Pool{poolMeaning("b", prefixes("192.0.2.0/24"))},
			problems: []Problem{
				overlap("a", "192.0.2.0/25 overlaps 192.0.2.0/24 of IPAddressPool b", lost),
				{
					Object: ref("IPAddressPool", "b"), Field: "spec.addresses[0]", Message: `"192.0.2.0/240" is not a CIDR`, Effect: kept,
					Remedy: "write a CIDR such as 192.0.2.0/24, or a range such as 192.0.2.10-192.0.2.20",
				},
			},
		},
		{
			name:   "a pool that is gone leaves its addresses to others",
			before: []Pool{poolMeaning("b", prefixes("192.0.2.0/24"))},
			now:    []*v1beta1.IPAddressPool{pool("a", "192.0.2.0/25")},
			want:   []Pool{poolMeaning("a", prefixes("192.0.2.0/25"))},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, Objects{Pools: tt.now}, &Intent{Pools: tt.before}, Intent{Pools: tt.want}, tt.problems...)
		})
		t.Run(tt.name+", and on the next pass too", func(t *testing.T) {
			expect(t, Objects{Pools: tt.now}, &Intent{Pools: tt.want}, Intent{Pools: tt.want}, tt.problems...)
		})
	}
}

// Every prefix of a summary lies in the range, they follow one another without a
// gap, and no two neighbors could be one.
func TestSummarizeCoversEveryRangeExactly(t *testing.T) {
	base := addr("10.0.0.0")
	at := func(i int) netip.Addr {
		b := base.As4()
		b[3] = byte(i)
		return netip.AddrFrom4(b)
	}
	for first := range 64 {
		for last := first; last < 64; last++ {
			next := at(first)
			summary := summarize(at(first), at(last))
			for i, p := range summary {
				if p.Addr() != next {
					t.Fatalf("%s-%s: %v leaves a gap before %s", at(first), at(last), summary, p)
				}
				next = lastAddr(p).Next()
				if i > 0 && p.Bits() == summary[i-1].Bits() && netip.PrefixFrom(p.Addr(), p.Bits()-1).Masked().Addr() == summary[i-1].Addr() {
					t.Fatalf("%s-%s: %v is not the shortest summary", at(first), at(last), summary)
				}
			}
			if diff := cmp.Diff(at(last).Next(), next, comparison); diff != "" {
				t.Fatalf("end of %s-%s (-want +got):\n%s", at(first), at(last), diff)
			}
		}
	}
}
