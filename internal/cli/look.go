package cli

import (
	"io"

	"github.com/spf13/cobra"
)

// answer is what a command found out.
type answer struct {
	value any             // for programs
	table func(io.Writer) // for people
	bad   bool            // something is not as it should be
}

// look is the frame of commands that look at something: they learn what there is, think
// about it, and print the answer. What keeps them from thinking is an error of input.
func look(p Process, c *common, out *output, think func(cmd *cobra.Command, args []string, k known) (answer, error)) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := out.check(); err != nil {
			return err
		}
		k, err := c.learn(cmd.Context(), p)
		if err != nil {
			return err
		}
		a, err := think(cmd, args, k)
		if err != nil {
			return usage(err)
		}
		if err := out.print(p.Stdout, a.value, a.table); err != nil {
			return err
		}
		return found(a.bad)
	}
}
