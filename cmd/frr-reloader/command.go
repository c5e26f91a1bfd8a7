package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"frr-speaker/internal/handoff"
	"frr-speaker/internal/logging"
	"frr-speaker/internal/reloader"
)

// flags of the command line.
type flags struct {
	handoff   string
	runDir    string
	frrBin    string
	bgpPort   int
	supervise bool
	drift     string
	hang      time.Duration
	metrics   string
	logLevel  string
}

func newRoot(getenv func(string) string, logs io.Writer) *cobra.Command {
	var f flags
	root := &cobra.Command{
		Use:   "frr-reloader",
		Short: "Make FRR run what speaker wants, and keep it so",
		Long: "frr-reloader runs the FRR daemons of a node, gives them the configuration that speaker puts\n" +
			"into the shared directory, reads back what they run, and goes back where they refuse a line.",
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := f.options(logs)
			if err != nil {
				return err
			}
			r, err := reloader.New(o)
			if err != nil {
				return err
			}
			o.Log.Info("frr-reloader started", "handoff", f.handoff, "runDir", f.runDir, "supervise", f.supervise)
			return r.Run(cmd.Context())
		},
	}
	dir := getenv(handoff.EnvDir)
	if dir == "" {
		dir = handoff.DefaultDir
	}
	root.PersistentFlags().StringVar(&f.handoff, "handoff", dir, "`directory` shared with speaker ("+handoff.EnvDir+")")
	set := root.Flags()
	set.StringVar(&f.runDir, "run-dir", "/var/run/frr", "`directory` of the daemons' sockets and pid files")
	set.StringVar(&f.frrBin, "frr-bin", "/usr/lib/frr", "`directory` of the daemons' binaries")
	set.IntVar(&f.bgpPort, "bgp-port", 0, "TCP `port` that bgpd listens on; 0: bgpd only dials out")
	set.BoolVar(&f.supervise, "supervise", true, "run the daemons; false: serve those that something else runs")
	set.StringVar(&f.drift, "drift", "repair", "what to do about changes that others make to FRR: `repair or report`")
	set.DurationVar(&f.hang, "hang-timeout", 30*time.Second, "how long a daemon may leave a ping unanswered before it is killed and started again")
	set.StringVar(&f.metrics, "metrics-addr", "", "`address` on which to serve Prometheus metrics, as host:port or :port; empty: none")
	set.StringVar(&f.logLevel, "log-level", "info", "`level` of the log: "+logging.Levels)
	root.AddCommand(newStatus(&f))
	return root
}

// minHang is the shortest time after which a daemon hangs, rather than the machine being busy.
const minHang = 2 * time.Second

func (f *flags) options(logs io.Writer) (reloader.Options, error) {
	log, err := logging.New(logs, f.logLevel)
	if err != nil {
		return reloader.Options{}, err
	}
	if f.drift != "repair" && f.drift != "report" {
		return reloader.Options{}, fmt.Errorf("--drift %q is unknown: use repair or report", f.drift)
	}
	if f.bgpPort < 0 || f.bgpPort > 65535 {
		return reloader.Options{}, fmt.Errorf("--bgp-port %d is no TCP port: use 0 to 65535", f.bgpPort)
	}
	if f.hang < minHang {
		return reloader.Options{}, fmt.Errorf("--hang-timeout %s is too short: use at least %s", f.hang, minHang)
	}
	return reloader.Options{
		Handoff:     handoff.Dir(f.handoff),
		RunDir:      f.runDir,
		BinDir:      f.frrBin,
		BGPPort:     f.bgpPort,
		Supervise:   f.supervise,
		Repair:      f.drift == "repair",
		HangTimeout: f.hang,
		MetricsAddr: f.metrics,
		Log:         log,
	}, nil
}
