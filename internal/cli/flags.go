package cli

import (
	"log/slog"
	"net"
	"strconv"

	"github.com/spf13/pflag"

	"frr-speaker/internal/handoff"
	"frr-speaker/internal/serve"
)

// runFlags are the flags of the running speaker alone.
type runFlags struct {
	getenv  func(string) string
	changed func(flag string) bool // whether it was given; set before run

	handoff    string
	bgp        string
	nodes      string
	podName    string
	port       int
	host       string
	metrics    string
	healthPort int
	pprof      string
	tls        serve.TLSOptions
	members    memberFlags
	lan        lanFlags
	status     statusFlags
	unused     []unused
}

// memberFlags say how speakers find each other.
type memberFlags struct {
	bindAddr      string
	bindPort      string // a number; "" is that of memberlist
	labels        string // selector of the pods of speakers
	secretKeyPath string
	wan           bool
	optionsFile   string   // JSON
	peers         []string // addresses, in place of labels
}

// lanFlags say how addresses are answered on links.
type lanFlags struct {
	excludeFile string // YAML
	yield       bool
}

// defaultExcludeFile is where manifests mount the ConfigMap metallb-excludel2.
const defaultExcludeFile = "/etc/metallb/excludel2.yaml"

// unused is a flag or variable of MetalLB that has nothing to say here.
type unused struct {
	flag, variable string // either may be missing
	alone          bool   // the flag may stand without a value
	value          *string
	why            string
}

// Values of --metrics.
const (
	metricsHTTP  = "http"
	metricsHTTPS = "https"
)

// Ports of MetalLB.
const (
	defaultPort       = 9120
	defaultHealthPort = 17472
)

func (r *runFlags) addTo(flags *pflag.FlagSet, getenv func(string) string) {
	flags.StringVar(&r.handoff, "handoff", orDefault(getenv(handoff.EnvDir), handoff.DefaultDir),
		"`directory` shared with frr-reloader (FRR_SPEAKER_HANDOFF)")
	flags.StringVar(&r.podName, "pod-name", getenv("METALLB_POD_NAME"), "`name` of this pod (METALLB_POD_NAME); status objects belong to the Node, and outlive it")
	r.addBGP(flags)
	r.addNodes(flags)
	r.status.addTo(flags)
	r.addServing(flags)
	r.addMembers(flags, getenv)
	r.addLAN(flags)
	r.addUnused(flags, getenv)
}

func (r *runFlags) addServing(flags *pflag.FlagSet) {
	flags.IntVar(&r.port, "port", defaultPort, "serve Prometheus metrics and probes on this TCP `port`; 0: do not")
	flags.StringVar(&r.metrics, "metrics", "", "`how` to serve them: "+metricsHTTPS+", for bearers of a token that may get /metrics, or "+
		metricsHTTP+", for anybody who reaches --host; default "+metricsHTTPS+", with --objects "+metricsHTTP)
	flags.StringVar(&r.host, "host", "", "serve them on this `address`; default all with "+metricsHTTPS+", 127.0.0.1 with "+metricsHTTP)
	flags.IntVar(&r.healthPort, "health-probe-port", defaultHealthPort,
		"serve /healthz and /readyz on this TCP `port` of 127.0.0.1; 0, and the default with --objects: do not")
	flags.StringVar(&r.pprof, "pprof-bind-address", "", "serve Go profiles on this `address:port`; empty: do not")
	flags.StringVar(&r.tls.MinVersion, "tls-min-version", "VersionTLS13", "least TLS `version`, VersionTLS10 to VersionTLS13")
	flags.StringSliceVar(&r.tls.CipherSuites, "tls-cipher-suites", nil, "cipher `suites` of TLS 1.2 and older, separated by commas; default Go's")
	flags.StringSliceVar(&r.tls.CurvePreferences, "tls-curve-preferences", nil, "`numbers` of TLS curves, separated by commas; default Go's")
	flags.StringVar(&r.tls.CertDir, "metrics-cert-dir", "", "`directory` of tls.crt and tls.key, read again when they change; default a self-signed certificate")
}

func (r *runFlags) addMembers(flags *pflag.FlagSet, getenv func(string) string) {
	m := &r.members
	flags.StringVar(&m.bindAddr, "ml-bindaddr", getenv("METALLB_ML_BIND_ADDR"), "`address` at which other speakers reach this one (METALLB_ML_BIND_ADDR)")
	flags.StringVar(&m.bindPort, "ml-bindport", getenv("METALLB_ML_BIND_PORT"), "`port` likewise, default 7946 (METALLB_ML_BIND_PORT)")
	flags.StringVar(&m.labels, "ml-labels", getenv("METALLB_ML_LABELS"), "label `selector` of the pods of speakers (METALLB_ML_LABELS)")
	flags.StringVar(&m.secretKeyPath, "ml-secret-key-path", getenv("METALLB_ML_SECRET_KEY_PATH"),
		"`directory` of the key that speakers share (METALLB_ML_SECRET_KEY_PATH)")
	flags.BoolVar(&m.wan, "ml-wan-config", false, "use timeouts for networks between sites")
	flags.StringVar(&m.optionsFile, "ml-options-file", defaultMemberOptions, "JSON `file` of options of memberlist, if there is one")
	flags.StringSliceVar(&m.peers, "members", nil, "`addresses` of the other speakers, separated by commas, in place of --ml-labels; a port may follow each")
}

func (r *runFlags) addLAN(flags *pflag.FlagSet) {
	flags.StringVar(&r.lan.excludeFile, "l2-exclude-file", defaultExcludeFile,
		"YAML `file` that lists interfaces which never answer ARP and ND; the usual ones of containers if there is none")
	flags.BoolVar(&r.lan.yield, "l2-yield", false,
		"probe an address for 0.75 s before it is announced by ARP or ND, and leave it to a host that has it already; else it is announced anyway, and the conflict reported")
}

// addUnused accepts what manifests of MetalLB may hold.
func (r *runFlags) addUnused(flags *pflag.FlagSet, getenv func(string) string) {
	for _, u := range []unused{
		{flag: "bgp-debounce-timeout", variable: "METALLB_BGP_DEBOUNCE_TIMEOUT", why: "a change is applied at once; under a storm of changes speaker paces itself"},
		{flag: "frrk8s-namespace", variable: "FRRK8S_NAMESPACE", why: "this speaker does not use frr-k8s"},
		{flag: "frrk8s-secret-passthrough", alone: true, why: "this speaker does not use frr-k8s"},
		{variable: "FRR_CONFIG_FILE", why: "the file is frr.conf in the directory of --handoff"},
		{variable: "FRR_RELOADER_PID_FILE", why: "frr-reloader is not told by signals"},
	} {
		u.value = new(string)
		if u.variable != "" {
			*u.value = getenv(u.variable)
		}
		if u.flag != "" {
			flags.StringVar(u.value, u.flag, *u.value, "accepted and ignored: "+u.why)
			if u.alone {
				flags.Lookup(u.flag).NoOptDefVal = "true"
			}
		}
		r.unused = append(r.unused, u)
	}
}

// warn says once what was given and means nothing.
func (r *runFlags) warn(log *slog.Logger) {
	for _, u := range r.unused {
		if *u.value == "" {
			continue
		}
		name := u.variable
		if u.flag != "" && r.changed(u.flag) {
			name = "--" + u.flag
		}
		log.Warn("setting is ignored", "setting", name, "reason", u.why)
	}
	switch mode := r.getenv(variableBGP); mode {
	case "", bgpFRR, bgpNone:
	default:
		log.Warn("setting is ignored", "setting", variableBGP+"="+mode, "reason", "this speaker speaks BGP through FRR, or not at all")
	}
}

// address is where metrics are served.
func (r *runFlags) address() string {
	host := r.host
	if host == "" && r.metrics == metricsHTTP {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, strconv.Itoa(r.port))
}
