package cli

import "github.com/spf13/cobra"

// verbs lists the commands in the order in which people meet them.
func (e *env) verbs() []*cobra.Command {
	commands := []*cobra.Command{
		e.init(), e.doctor(), e.serve(), e.send(), e.release(), e.seal(), e.status(), e.show(),
		e.archive(), e.inbox(), e.supplier(), e.appearance(), e.sign(), e.undo(), e.verify(), e.token(), e.backup(), e.restore(), e.apikey(), e.demo(),
	}
	commands = append(commands, e.decisions()...)
	return append(commands, e.resend(), e.extend(), e.revise(), e.reassign())
}
