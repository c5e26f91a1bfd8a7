package cli

import (
	"bytes"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

// parse parses arguments as the running speaker does.
func parse(t *testing.T, env map[string]string, args ...string) runFlags {
	t.Helper()
	getenv := func(key string) string { return env[key] }
	flags := pflag.NewFlagSet("speaker", pflag.ContinueOnError)
	flags.String("kubeconfig", "", "")
	r := runFlags{getenv: getenv, changed: flags.Changed}
	r.addTo(flags, getenv)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSettingsThatMeanNothingWarnOnce(t *testing.T) {
	tests := []struct {
		name string
		env  map[string]string
		args []string
		want []string // settings
	}{
		{name: "nothing is said of nothing"},
		{
			name: "the environment of MetalLB's own manifest is fine",
			env: map[string]string{
				"METALLB_NODE_NAME": "n", "METALLB_POD_NAME": "p", "METALLB_HOST": "192.0.2.1", "METALLB_BGP_TYPE": "frr",
				"METALLB_ML_BIND_ADDR": "192.0.2.1", "METALLB_ML_LABELS": "app=metallb", "METALLB_ML_SECRET_KEY_PATH": "/etc/ml",
			},
			args: []string{"--port=7472"},
		},
		{name: "a debounce", args: []string{"--bgp-debounce-timeout=500"}, want: []string{"--bgp-debounce-timeout"}},
		{name: "a debounce with its value apart", args: []string{"--bgp-debounce-timeout", "500"}, want: []string{"--bgp-debounce-timeout"}},
		{name: "a debounce by its variable", env: map[string]string{"METALLB_BGP_DEBOUNCE_TIMEOUT": "500"}, want: []string{"METALLB_BGP_DEBOUNCE_TIMEOUT"}},
		{
			name: "what frr-k8s would do", args: []string{"--frrk8s-namespace=x", "--frrk8s-secret-passthrough"},
			want: []string{"--frrk8s-namespace", "--frrk8s-secret-passthrough"},
		},
		{
			name: "the files of MetalLB's reloader", env: map[string]string{"FRR_CONFIG_FILE": "/a", "FRR_RELOADER_PID_FILE": "/b"},
			want: []string{"FRR_CONFIG_FILE", "FRR_RELOADER_PID_FILE"},
		},
		{name: "no BGP at all", env: map[string]string{"METALLB_BGP_TYPE": "none"}},
		{name: "another way to speak BGP", env: map[string]string{"METALLB_BGP_TYPE": "native"}, want: []string{"METALLB_BGP_TYPE=native"}},
	}
	said := regexp.MustCompile(`setting=(\S+)`)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := parse(t, tt.env, tt.args...)
			var logged bytes.Buffer
			r.warn(slog.New(slog.NewTextHandler(&logged, nil)))
			var got []string
			for _, match := range said.FindAllStringSubmatch(logged.String(), -1) {
				got = append(got, strings.Trim(match[1], `"`))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("settings that are warned of (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryFlagOfMetalLBIsAccepted(t *testing.T) {
	args := []string{
		"--bgp-debounce-timeout=3000", "--host=192.0.2.1", "--ml-bindaddr=192.0.2.1", "--ml-bindport=7946", "--ml-labels=app=metallb",
		"--ml-secret-key-path=/etc/ml_secret_key", "--ml-wan-config", "--pod-name=speaker-x", "--port=7472",
		"--pprof-bind-address=127.0.0.1:6060", "--health-probe-port=17472", "--frrk8s-namespace=frr-k8s-system",
		"--frrk8s-secret-passthrough", "--tls-min-version=VersionTLS12", "--tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
		"--tls-curve-preferences=29,23", "--metrics-cert-dir=/certs",
	}
	r := parse(t, nil, args...)
	if r.port != 7472 || r.healthPort != 17472 || !r.members.wan || r.members.bindPort != "7946" || len(r.tls.CurvePreferences) != 2 {
		t.Errorf("flags were not taken: %+v", r)
	}
	root := newRoot(Process{Getenv: func(string) string { return "" }})
	for _, name := range []string{"namespace", "node-name", "log-level", "lb-class", "ignore-exclude-lb"} {
		if root.PersistentFlags().Lookup(name) == nil {
			t.Errorf("--%s is missing", name)
		}
	}
}

func TestWhereMetricsAreServed(t *testing.T) {
	cluster, directory := common{}, common{objects: "dir"}
	tests := []struct {
		name string
		from common
		args []string
		want string // address, how and port of probes, or the error's beginning
	}{
		{"in a cluster over HTTPS to all", cluster, nil, ":9120 https 17472"},
		{"from a directory to this host alone", directory, nil, "127.0.0.1:9120 http 0"},
		{"from a directory with probes if asked", directory, []string{"--health-probe-port=8080"}, "127.0.0.1:9120 http 8080"},
		{"plain HTTP stays on this host", cluster, []string{"--metrics=http", "--port=7472"}, "127.0.0.1:7472 http 17472"},
		{"plain HTTP elsewhere if asked", cluster, []string{"--metrics=http", "--host=192.0.2.1"}, "192.0.2.1:9120 http 17472"},
		{"HTTPS on one address", cluster, []string{"--host=2001:db8::1"}, "[2001:db8::1]:9120 https 17472"},
		{"HTTPS needs somebody to ask", directory, []string{"--metrics=https"}, "--metrics=https asks an API server who may read"},
		{"another way is unknown", cluster, []string{"--metrics=no"}, `--metrics "no" is unknown`},
		{"two sources are one too many", directory, []string{"--kubeconfig=x"}, "--objects and --kubeconfig are both set"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := parse(t, nil, tt.args...)
			got := ""
			if err := r.settle(tt.from); err != nil {
				got = err.Error()
			} else {
				got = strings.Join([]string{r.address(), r.metrics, strconv.Itoa(r.healthPort)}, " ")
			}
			if !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWhichNodesAreFollowed(t *testing.T) {
	for _, tt := range []struct {
		name    string
		args    []string
		objects string
		fails   string
	}{
		{name: "all where nobody says otherwise"},
		{name: "the own one", args: []string{"--nodes=own"}},
		{name: "a value that means nothing is refused", args: []string{"--nodes=some"}, fails: `--nodes "some" is unknown: use all or own`},
		{name: "a directory has all there are", args: []string{"--nodes=own"}, objects: "examples", fails: "--nodes=own is for a cluster: leave it out with --objects"},
		{
			name: "a speaker that would announce nothing is refused", args: []string{"--nodes=own", "--bgp=none"},
			fails: "--nodes=own leaves out layer 2 and --bgp=none BGP: nothing would be announced",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			r := parse(t, nil, tt.args...)
			if err := r.checkNodes(common{objects: tt.objects}); err != nil {
				got = err.Error()
			}
			if got != tt.fails {
				t.Errorf("got %q, want %q", got, tt.fails)
			}
		})
	}
}

func TestWhoSpeaksBGP(t *testing.T) {
	for _, tt := range []struct {
		name  string
		env   string
		args  []string
		want  string
		fails bool
	}{
		{name: "FRR does where nobody says otherwise", want: "frr"},
		{name: "FRR does for those who had another mode of MetalLB", env: "native", want: "frr"},
		{name: "nobody does where the variable says so", env: "none", want: "none"},
		{name: "the flag wins", env: "none", args: []string{"--bgp=frr"}, want: "frr"},
		{name: "a flag that means nothing is refused", args: []string{"--bgp=native"}, want: "native", fails: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := parse(t, map[string]string{"METALLB_BGP_TYPE": tt.env}, tt.args...)
			if err := r.checkBGP(); r.bgp != tt.want || (err != nil) != tt.fails {
				t.Errorf("mode %q, %v", r.bgp, err)
			}
		})
	}
}
