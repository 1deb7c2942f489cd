package cli

import (
	"context"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/api"
)

func (e *env) extend() *cobra.Command {
	var act api.Act
	var deadline string
	cmd := &cobra.Command{
		Use:   "extend NUMBER --deadline DATE",
		Short: "Put the deadline of a contract off (延长期限)",
		Long: "extend gives a contract a later deadline; one that has expired waits for its return again. The supplier is told, unless no mail server took\n" +
			"the contract yet or its return is under review.",
		Example: "  contractd extend NJ-2026-014 --deadline 2027-01-31 --reason 对方法务审核中",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.runExtend(cmd.Context(), args[0], deadline, act)
		},
	}
	cmd.Flags().StringVar(&deadline, "deadline", "", "the new one: 2026-12-31 or RFC 3339; later than the old one")
	cmd.Flags().StringVar(&act.Reason, "reason", "", "why, for the journal and the supplier")
	if err := cmd.MarkFlagRequired("deadline"); err != nil {
		cmd.PreRunE = func(*cobra.Command, []string) error { return err }
	}
	return cmd
}

func (e *env) runExtend(ctx context.Context, number, deadline string, act api.Act) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	if act.Deadline, err = parseDay(deadline, cfg.Company.Timezone.Location(), true); err != nil {
		return err
	}
	return e.runDecision(ctx, "extend", number, act, true)
}
