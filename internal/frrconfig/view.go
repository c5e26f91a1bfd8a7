package frrconfig

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"frr-speaker/internal/bgp"
)

// view is the text's content, decided, sorted and formatted. An empty string and
// a zero number mean that the line is not there.
type view struct {
	LogLevel string
	Debug    bool
	Hostname string
	Profiles []profileView
	Classes  []classView
	Filters  []filterView
	Routers  []routerView
	Raw      string
}

type profileView struct {
	Name                    string
	Receive, Transmit, Echo int64 // milliseconds
	DetectMultiplier        uint8
	MinimumTTL              uint8
	EchoMode, PassiveMode   bool
}

type classView struct {
	Name, Tag, Description string
}

// filterView is the two route-maps of a session.
type filterView struct {
	Peer, ID string
	Entries  []entryView // of the outbound one, by sequence number
}

type entryView struct {
	Seq, Tag                      string
	Communities, LargeCommunities []string
	LocalPref                     uint32
}

type routerView struct {
	ASN, VRF, RouterID string
	Neighbors          []neighborView
	Families           []familyView
}

type neighborView struct {
	Peer, Name            string
	Unnumbered            bool
	RemoteAS, LocalAS     string
	MultiHop              bool
	Port                  uint16
	Timers                string
	Connect               int64 // seconds
	Password              string
	UpdateSource          string
	GracefulRestart       bool
	BFD                   bool
	BFDProfile            string
	DisableConnectedCheck bool
}

type familyView struct {
	Name      string
	Networks  []string
	Neighbors []activationView
}

type activationView struct {
	Peer, Name, ID string
}

func newView(s bgp.Speaker, o Options) (view, error) {
	level, err := logLevel(o.LogLevel)
	if err != nil {
		return view{}, err
	}
	classes, err := classify(s)
	if err != nil {
		return view{}, err
	}
	v := view{
		LogLevel: level,
		Debug:    level == "debugging",
		Hostname: o.Hostname,
		Classes:  classes.origins(),
		Filters:  classes.filters(s),
		Raw:      tidyRaw(o.RawConfig),
	}
	for _, p := range s.BFDProfiles {
		v.Profiles = append(v.Profiles, profileOf(p))
	}
	for i := range s.Instances {
		v.Routers = append(v.Routers, routerOf(&s.Instances[i], classes.ofRoutes[i]))
	}
	return v, nil
}

func profileOf(p bgp.BFDProfile) profileView {
	return profileView{
		Name:             p.Name,
		Receive:          p.ReceiveInterval.Milliseconds(),
		Transmit:         p.TransmitInterval.Milliseconds(),
		Echo:             p.EchoInterval.Milliseconds(),
		DetectMultiplier: p.DetectMultiplier,
		MinimumTTL:       p.MinimumTTL,
		EchoMode:         p.EchoMode,
		PassiveMode:      p.PassiveMode,
	}
}

// routerOf shows one instance. Its routes come with their classes.
func routerOf(i *bgp.Instance, classes []*class) routerView {
	r := routerView{ASN: i.ASN.String(), VRF: i.VRF}
	if i.RouterID.IsValid() {
		r.RouterID = i.RouterID.String()
	}
	for _, s := range i.Sessions {
		r.Neighbors = append(r.Neighbors, neighborOf(s))
	}
	for _, f := range []bgp.Family{bgp.IPv4Unicast, bgp.IPv6Unicast} {
		family := familyOf(i, f, classes)
		if len(family.Networks)+len(family.Neighbors) > 0 {
			r.Families = append(r.Families, family)
		}
	}
	return r
}

func neighborOf(s bgp.Session) neighborView {
	n := neighborView{
		Peer:                  s.Peer,
		Name:                  s.Neighbor(),
		Unnumbered:            s.Interface != "",
		RemoteAS:              s.RemoteAS.String(),
		MultiHop:              s.EBGPMultiHop,
		Connect:               seconds(s.ConnectTime),
		Password:              s.Password.Reveal(),
		GracefulRestart:       s.GracefulRestart,
		BFD:                   s.BFD,
		BFDProfile:            s.BFDProfile,
		DisableConnectedCheck: s.DisableConnectedCheck && s.Interface == "", // over a link FRR refuses it
	}
	if s.Port != defaultPort {
		n.Port = s.Port
	}
	if s.LocalAS != 0 {
		n.LocalAS = s.LocalAS.String()
	}
	if s.SourceAddr.IsValid() {
		n.UpdateSource = s.SourceAddr.String()
	}
	if s.Timers != nil {
		n.Timers = strconv.FormatInt(seconds(s.Timers.Keepalive), 10) + " " + strconv.FormatInt(seconds(s.Timers.Hold), 10)
	}
	return n
}

// defaultPort is BGP's TCP port (RFC 4271, section 8.2.1). FRR takes it for
// granted and never prints it.
const defaultPort = 179

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

func familyOf(i *bgp.Instance, f bgp.Family, classes []*class) familyView {
	v := familyView{Name: f.String()}
	v.Networks = make([]string, 0, len(i.Routes))
	var line []byte
	for n, route := range i.Routes {
		if bgp.FamilyOf(route.Prefix.Addr()) != f {
			continue
		}
		line = route.Prefix.AppendTo(line[:0])
		line = append(line, " route-map "...)
		line = append(line, classes[n].name...)
		v.Networks = append(v.Networks, string(line))
	}
	for _, s := range i.Sessions {
		if s.Carries(f) {
			v.Neighbors = append(v.Neighbors, activationView{s.Peer, s.Neighbor(), s.ID()})
		}
	}
	return v
}

// tidyRaw makes raw text end where its marker begins, and drops lines that
// would pass for a marker: comments, and of no use to anybody.
func tidyRaw(raw string) string {
	lines := strings.Split(strings.ReplaceAll(raw, "\r\n", "\n"), "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(strings.Join(strings.Fields(l), " "), "! bgpextras ") })
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
