package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// Exit statuses of the commands that look at something: 1 says that it is not as it
// should be, so that a pipeline can stop on it, and 2 that it could not be looked at.
const (
	exitFound = 1
	exitUsage = 2
)

// exit is an error with an exit status.
type exit struct {
	status int
	err    error // nil: everything has been said
}

// Error implements error.
func (e exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

// Unwrap gives errors.As what is inside.
func (e exit) Unwrap() error { return e.err }

// usage marks an error as one of input: flags, names, files.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return exit{exitUsage, err}
}

// looking makes errors in the command line of a command that looks at something as its
// other errors of input are.
func looking(cmd *cobra.Command) *cobra.Command {
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	if args := cmd.Args; args != nil {
		cmd.Args = func(cmd *cobra.Command, given []string) error { return usage(args(cmd, given)) }
	}
	return cmd
}

// found is the end of a command that has printed what is not as it should be.
func found(something bool) error {
	if !something {
		return nil
	}
	return exit{status: exitFound}
}

// exitStatus says what is left to say, and returns the exit status.
func exitStatus(err error, stderr io.Writer) int {
	if err == nil {
		return 0
	}
	var e exit
	if !errors.As(err, &e) {
		e = exit{1, err}
	}
	if e.err != nil {
		fmt.Fprintln(stderr, "speaker: "+err.Error())
	}
	return e.status
}
