package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"
)

// Values of --output.
const (
	outputTable = "table"
	outputJSON  = "json"
	outputYAML  = "yaml"
)

// output is how a command prints what it found.
type output struct{ format string }

func (o *output) addTo(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&o.format, "output", "o", outputTable, "`format`: "+outputTable+", "+outputJSON+" or "+outputYAML)
	complete := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return []string{outputTable, outputJSON, outputYAML}, cobra.ShellCompDirectiveNoFileComp
	}
	if err := cmd.RegisterFlagCompletionFunc("output", complete); err != nil {
		panic(err) // the flag is the line before
	}
}

func (o *output) check() error {
	switch o.format {
	case outputTable, outputJSON, outputYAML:
		return nil
	}
	return usage(fmt.Errorf("--output %q is unknown: use %s, %s or %s", o.format, outputTable, outputJSON, outputYAML))
}

// print writes a value in the format that was asked for; table writes it for people.
func (o *output) print(w io.Writer, value any, table func(io.Writer)) error {
	var (
		text []byte
		err  error
	)
	switch o.format {
	case outputJSON:
		text, err = json.MarshalIndent(value, "", "  ")
		text = append(text, '\n')
	case outputYAML:
		text, err = yaml.Marshal(value)
	default:
		table(w)
		return nil
	}
	if err != nil {
		return fmt.Errorf("print as %s: %w", o.format, err)
	}
	_, err = w.Write(text)
	return err
}
