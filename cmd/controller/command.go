package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/logging"
	"frr-speaker/internal/serve"
)

// flags are what the process was told. Names and defaults are MetalLB's.
type flags struct {
	kubeconfig string
	namespace  string
	lbClass    string
	logLevel   string
	podName    string

	mlSecret   string
	deployment string

	port, healthPort, webhookPort int
	pprof                         string
	tls                           serve.TLSOptions

	webhookMode     string
	webhookHTTP2    bool
	webhookSecret   string
	webhookConfig   string
	certService     string
	certDir         string
	disableRotation bool
}

// Values of --webhook-mode.
const (
	modeEnabled     = "enabled"
	modeDisabled    = "disabled"
	modeOnlyWebhook = "onlywebhook"
)

// Ports of MetalLB.
const (
	defaultPort        = 9120
	defaultHealthPort  = 17472
	defaultWebhookPort = 9443
)

func newCommand(getenv func(string) string, stderr io.Writer) *cobra.Command {
	var f flags
	root := &cobra.Command{
		Use:   "controller",
		Short: "Give addresses to services of type LoadBalancer",
		Long: "controller gives services addresses of IPAddressPools, keeps the pools' counters, and\n" +
			"judges metallb.io objects before they are stored. Of several replicas one gives\n" +
			"addresses, and all judge.",
		Args: cobra.NoArgs, SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			log, err := logging.New(stderr, f.logLevel)
			if err != nil {
				return err
			}
			return run(cmd.Context(), f, log)
		},
	}
	f.addTo(root.Flags(), getenv)
	return root
}

func (f *flags) addTo(set *pflag.FlagSet, getenv func(string) string) {
	set.StringVar(&f.kubeconfig, "kubeconfig", getenv("KUBECONFIG"), "`file` that says how to reach the API server (KUBECONFIG); without it the ServiceAccount of the pod")
	set.StringVar(&f.namespace, "namespace", ownNamespace(getenv), "`namespace` of the metallb.io objects (METALLB_NAMESPACE); without it that of the pod")
	set.StringVar(&f.lbClass, "lb-class", "", "serve only services of this loadBalancerClass; empty: those without one")
	set.StringVar(&f.logLevel, "log-level", "info", "`level` of the log: "+logging.Levels)
	set.StringVar(&f.podName, "pod-name", getenv("METALLB_POD_NAME"), "`name` of this pod, by which the leader is known (METALLB_POD_NAME)")
	set.StringVar(&f.mlSecret, "ml-secret-name", getenv("METALLB_ML_SECRET_NAME"), "`name` of the Secret that speakers share, created if it is not there; empty: none (METALLB_ML_SECRET_NAME)")
	set.StringVar(&f.deployment, "deployment", getenv("METALLB_DEPLOYMENT"), "`name` of the Deployment that owns that Secret (METALLB_DEPLOYMENT)")
	set.IntVar(&f.port, "port", defaultPort, "serve metrics over HTTPS on this TCP `port`, for bearers of a token that may get /metrics; 0: do not")
	set.IntVar(&f.healthPort, "health-probe-port", defaultHealthPort, "serve /healthz and /readyz on this TCP `port`; 0: do not")
	set.StringVar(&f.pprof, "pprof-bind-address", "", "serve Go profiles on this `address:port`; empty: do not")
	set.StringVar(&f.tls.MinVersion, "tls-min-version", "VersionTLS13", "least TLS `version`, VersionTLS10 to VersionTLS13")
	set.StringSliceVar(&f.tls.CipherSuites, "tls-cipher-suites", nil, "cipher `suites` of TLS 1.2 and older, separated by commas; default Go's")
	set.StringSliceVar(&f.tls.CurvePreferences, "tls-curve-preferences", nil, "`numbers` of TLS curves, separated by commas; default Go's")
	set.StringVar(&f.tls.CertDir, "metrics-cert-dir", "", "`directory` of tls.crt and tls.key for metrics; default a self-signed certificate")
	f.addWebhook(set)
}

func (f *flags) addWebhook(set *pflag.FlagSet) {
	set.StringVar(&f.webhookMode, "webhook-mode", modeEnabled, "`mode`: "+modeEnabled+", "+modeDisabled+" (give addresses alone) or "+modeOnlyWebhook+" (give none)")
	set.IntVar(&f.webhookPort, "webhook-port", defaultWebhookPort, "serve the webhooks on this TCP `port`")
	set.BoolVar(&f.webhookHTTP2, "webhook-http2", false, "speak HTTP/2 to the API server")
	set.StringVar(&f.webhookSecret, "webhook-secret", "metallb-webhook-cert", "`name` of the Secret that holds the certificate of the webhooks")
	set.StringVar(&f.webhookConfig, "webhook-configuration", "metallb-webhook-configuration", "`name` of the ValidatingWebhookConfiguration that is told to trust it")
	set.StringVar(&f.certService, "cert-service-name", "metallb-webhook-service", "`name` of the Service of the webhooks, for which the certificate is")
	set.BoolVar(&f.disableRotation, "disable-cert-rotation", false, "take the certificate of --cert-dir, which somebody else renews and has trusted")
	set.StringVar(&f.certDir, "cert-dir", "/tmp/k8s-webhook-server/serving-certs", "`directory` of tls.crt and tls.key, with --disable-cert-rotation")
}

// check reports what does not go together, before anything is done.
func (f *flags) check() error {
	switch f.webhookMode {
	case modeEnabled, modeDisabled, modeOnlyWebhook:
		return nil
	default:
		return fmt.Errorf("--webhook-mode %q is unknown: use %s, %s or %s", f.webhookMode, modeEnabled, modeDisabled, modeOnlyWebhook)
	}
}

func (f *flags) assigns() bool { return f.webhookMode != modeOnlyWebhook }

func (f *flags) judges() bool { return f.webhookMode != modeDisabled }

// namespaceFile is where a pod finds its namespace, with its ServiceAccount.
const namespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

func ownNamespace(getenv func(string) string) string {
	if name := getenv("METALLB_NAMESPACE"); name != "" {
		return name
	}
	if text, err := os.ReadFile(namespaceFile); err == nil && len(text) > 0 {
		return strings.TrimSpace(string(text))
	}
	return intent.DefaultNamespace // not in a pod
}
