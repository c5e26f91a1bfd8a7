package frrconfig

import (
	"crypto/sha256"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frr-speaker/internal/bgp"
)

// networkLines are the lines that say which class each prefix has.
func networkLines(text string) []string {
	return slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return !strings.HasPrefix(l, "  network ") })
}

func TestClassesStayWhatTheyAre(t *testing.T) {
	var (
		second = tor(func(s *bgp.Session) { s.Peer, s.Addr = "tor-b", s.Addr.Next() })
		sixth  = tor(func(s *bgp.Session) {
			s.Peer, s.Addr, s.Families = "tor-c", s.Addr.Next().Next(), []bgp.Family{bgp.IPv6Unicast}
		})
		ten     = "198.51.100.10/32"
		speaker = func(p *bgp.Policy, sessions ...bgp.Session) bgp.Speaker {
			return bgp.Speaker{Instances: []bgp.Instance{{ASN: 64512, Sessions: sessions, Routes: []bgp.Route{route(ten, p)}}}}
		}
		alone = speaker(to("192.0.2.1"), tor())
	)
	tests := []struct {
		name  string
		other bgp.Speaker
		same  bool
	}{
		{"one more peer that gets everything alike changes no class", speaker(to("192.0.2.1", "192.0.2.2"), tor(), second), true},
		{"a peer of the other family changes no class", speaker(to("192.0.2.1"), tor(), sixth), true},
		{"a peer that does not get the route makes another class", speaker(to("192.0.2.1"), tor(), second), false},
		{"other attributes make another class", speaker(with(to("192.0.2.1"), bgp.Attributes{LocalPref: 1}), tor()), false},
		{"other sources make no other class", speaker(&bgp.Policy{Exports: to("192.0.2.1").Exports, Sources: []string{"pool x"}}, tor()), true},
		{"the settings of a session make no other class", speaker(to("192.0.2.1"), tor(func(s *bgp.Session) { s.Port, s.Peer = 1179, "renamed" })), true},
		{"another VRF makes no other class", bgp.Speaker{Instances: []bgp.Instance{{ASN: 64512, VRF: "red", Sessions: []bgp.Session{tor(inRed)}, Routes: []bgp.Route{route(ten, to("192.0.2.1-red"))}}}}, true},
	}
	renderer := newRenderer(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			diff := cmp.Diff(networkLines(render(t, renderer, alone)), networkLines(render(t, renderer, tt.other)))
			if (diff == "") != tt.same {
				t.Errorf("same class: %v, want %v (-alone +other):\n%s", diff == "", tt.same, diff)
			}
		})
	}
}

func TestNumbersOfClasses(t *testing.T) {
	type numbers struct{ tag, seq uint32 }
	tests := []struct {
		name    string
		digests [][]byte
		want    []numbers
	}{
		{"a tag is the first four bytes of the digest", [][]byte{{0x01, 0x02, 0x03, 0x04}}, []numbers{{0x01020304, 0x01020304%65535 + 1}}},
		{"zero is no tag", [][]byte{{0, 0, 0, 0}}, []numbers{{1, 2}}},
		{"of two equal tags the one with the greater digest moves on", [][]byte{{0, 0, 0, 9, 2}, {0, 0, 0, 9, 1}}, []numbers{{10, 11}, {9, 10}}},
		{"the last tag moves on to the first", [][]byte{{255, 255, 255, 255, 1}, {255, 255, 255, 255, 2}}, []numbers{{4294967295, 1}, {1, 2}}},
		{"of two equal sequence numbers the one with the greater digest moves on", [][]byte{{0, 1, 0, 8, 0}, {0, 0, 0, 9, 0}}, []numbers{{0x10008, 11}, {9, 10}}},
		{"the last sequence number moves on to the first", [][]byte{{0, 0, 0xFF, 0xFE}, {0, 1, 0xFF, 0xFD}}, []numbers{{65534, 65535}, {131069, 1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := classes{all: map[string]*class{}}
			var list []*class
			for _, d := range tt.digests {
				one := &class{content: string(d)}
				copy(one.digest[:], d)
				c.all[one.content] = one
				list = append(list, one)
			}
			if err := c.number(); err != nil {
				t.Fatal(err)
			}
			var got []numbers
			for _, one := range list {
				got = append(got, numbers{one.tag, one.seq})
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(numbers{})); diff != "" {
				t.Errorf("numbers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMoreClassesThanARouteMapHoldsAreRefused(t *testing.T) {
	c := classes{all: map[string]*class{}}
	for n := range maxSeq + 1 {
		one := &class{digest: sha256.Sum256([]byte{byte(n), byte(n >> 8), byte(n >> 16)})}
		c.all[string(one.digest[:])] = one
	}
	if err := c.number(); err == nil {
		t.Error("65536 classes have numbers, want an error")
	}
}

func TestDescriptions(t *testing.T) {
	long := strings.Repeat("x", 60)
	tests := []struct {
		name    string
		sources []string
		want    string
	}{
		{"nothing led here", nil, ""},
		{"pools come first", []string{"advertisement a", "advertisement b", "pool gold"}, "pool gold; advertisement a; advertisement b"},
		{"what has no room is counted", []string{"advertisement a" + long, "advertisement b" + long, "pool gold"}, "pool gold; advertisement a" + long + "; and 1 more"},
		{"a name that has no room is cut", []string{"pool " + long + long}, "pool " + long + long[:52] + "..."},
		{"a name that has no room beside a count is cut", []string{"advertisement a", "pool " + long + long}, "pool " + long + long[:40] + "...; and 1 more"},
		{"what FRR might read as more than text is masked", []string{"pool a|b\nc  d"}, "pool a?b?c d"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := describe(tt.sources)
			if got != tt.want || len(got) > maxDescription {
				t.Errorf("describe(%q) = %q, want %q", tt.sources, got, tt.want)
			}
		})
	}
}
