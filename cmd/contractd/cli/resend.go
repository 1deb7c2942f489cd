package cli

import (
	"github.com/spf13/cobra"

	"contractd/cmd/contractd/api"
)

func (e *env) resend() *cobra.Command {
	var act api.Act
	cmd := &cobra.Command{
		Use:   "resend NUMBER [--to ADDRESS…]",
		Short: "Mail a contract again (重新发送)",
		Long: "resend mails the contract letter once more: to the addresses that are registered for the supplier, or to those given. Others than\n" +
			"registered ones need the right to administer. It is the same letter, which mail programs recognise, unless it must name other recipients\n" +
			"or a later deadline. It is for contracts that are sent or undeliverable, while no mail of theirs is under way.",
		Example: "  contractd supplier edit huaxin --mail hetong@huaxin.example && contractd resend NJ-2026-014\n" +
			"  contractd resend NJ-2026-014 --to li.wei@huaxin.example",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.runDecision(cmd.Context(), "resend", args[0], act, true)
		},
	}
	cmd.Flags().StringSliceVar(&act.To, "to", nil, "mail address, instead of all that are registered (repeatable)")
	return cmd
}
