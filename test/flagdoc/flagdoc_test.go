package flagdoc

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

func TestDifferences(t *testing.T) {
	const page = "# Flags of it\n\n| flag | variable | default | meaning |\n|---|---|---|---|\n" +
		"| `--port`, `--other` | `PORT` | 9120 | where |\n| `--on` | | true | whether |\n| `--gone` | | none | it was |\n" +
		"\n# Flags of another\n\n| flag | variable | default | meaning |\n|---|---|---|---|\n| `--missing` | | | |\n"
	set := pflag.NewFlagSet("it", pflag.ContinueOnError)
	set.Int("port", 9121, "port (HOST_PORT)")
	set.Int("other", 9120, "port")
	set.Bool("on", false, "whether")
	set.String("missing", "", "not there")
	var flags []*pflag.Flag
	set.VisitAll(func(f *pflag.Flag) { flags = append(flags, f) })
	want := []string{
		"--gone is documented, and there is no such flag",
		"--missing is not documented",
		`--on has the default "false", and the page says true`,
		`--port has the default "9121", and the page says 9120`,
		"--port is also HOST_PORT, and the page says \"`PORT`\"",
	}
	if diff := cmp.Diff(want, Differences(page, "Flags of it", flags)); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
	if got := Differences(page, "Flags of nothing", flags); len(got) != 1 {
		t.Errorf("of a section that is not there: %q", got)
	}
}
