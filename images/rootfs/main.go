// Command rootfs makes the root file system of an image without a shell: the
// programs that are named, the libraries they link to, and nothing else.
//
//	rootfs -from / -to /rootfs -arch amd64 -cap usr/lib/frr/zebra=net_admin,net_raw usr/lib/frr/zebra usr/bin/vtysh
//
// It reads ELF files instead of running them, so it serves every architecture, and
// refuses a file that is for another one. A program that must be static has nothing
// but itself in -from: the loader that it asks for would be missing.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "rootfs: "+err.Error())
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("rootfs", flag.ContinueOnError)
	from := flags.String("from", "/", "root `directory` to take files from")
	to := flags.String("to", "", "`directory` that becomes the new root")
	arch := flags.String("arch", "", "`architecture` that all programs must be for, as Go calls it; empty: any")
	granted := map[string]string{}
	flags.Func("cap", "`path=capability,...` that a program may use; repeatable", func(s string) error {
		path, list, ok := strings.Cut(s, "=")
		if !ok {
			return fmt.Errorf("%q is not of the form path=capability", s)
		}
		granted[path] = list
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *to == "" || flags.NArg() == 0 {
		return fmt.Errorf("name -to and at least one file")
	}
	src, err := os.OpenRoot(*from)
	if err != nil {
		return err
	}
	defer src.Close()
	c := copier{from: src, to: *to, arch: *arch, done: map[string]bool{}}
	for _, path := range flags.Args() {
		if err := c.add(path); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	for path, list := range granted {
		if err := c.grant(path, list); err != nil {
			return fmt.Errorf("capabilities of %s: %w", path, err)
		}
	}
	return nil
}
