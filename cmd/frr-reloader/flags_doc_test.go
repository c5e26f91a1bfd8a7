package main

import (
	"io"
	"os"
	"testing"

	"github.com/spf13/pflag"

	"frr-speaker/test/flagdoc"
)

func TestThePageOfFlagsIsTrue(t *testing.T) {
	page, err := os.ReadFile("../../docs/flags.md")
	if err != nil {
		t.Fatal(err)
	}
	root := newRoot(func(string) string { return "" }, io.Discard)
	var flags []*pflag.Flag
	add := func(f *pflag.Flag) { flags = append(flags, f) }
	root.PersistentFlags().VisitAll(add)
	root.Flags().VisitAll(add)
	for _, wrong := range flagdoc.Differences(string(page), "Flags of frr-reloader", flags) {
		t.Error(wrong)
	}
}
