package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"contractd/workflow"
)

// reviseOptions are the flags of revise.
type reviseOptions struct {
	sendOptions
	reason string
	yes    bool
}

func (e *env) revise() *cobra.Command {
	var options reviseOptions
	cmd := &cobra.Command{
		Use:   "revise NUMBER FILE.pdf --reason TEXT",
		Short: "Replace a contract by a corrected version under the same number (更正合同)",
		Long: "revise withdraws a contract and puts a new version in its place, which is sealed and mailed as with send. The supplier is told of the\n" +
			"withdrawal when anything was mailed; whoever returns the old version gets the new one. What no flag says is as in the old version.\n" +
			"It needs the rights to decide and to send. `contractd show NUMBER@1` tells of the first version.",
		Example: "  contractd revise NJ-2026-014 采购合同-修订.pdf --reason 第三条单价有误 --amount 126000",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.runRevise(cmd.Context(), args[0], args[1], options)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.reason, "reason", "", "why, for the journal and the supplier")
	flags.StringVar(&options.order.Title, "title", "", "the new version's title")
	flags.StringVar(&options.deadline, "deadline", "", "when its return is due: 2026-12-31 or RFC 3339")
	flags.StringVar(&options.amount, "amount", "", "its amount, such as 1200.50 or \"1200.50 CNY\"")
	flags.BoolVar(&options.order.Hold, "hold", false, "seal it, but mail nothing until contractd release")
	flags.BoolVar(&options.order.Confirm, "confirm", false, "do not archive its return without a person's approval")
	flags.StringVar(&options.order.Request, "request", "", "idempotency key: a repeated command makes no further version")
	flags.BoolVar(&options.yes, "yes", false, "do not ask")
	return cmd
}

func (e *env) runRevise(ctx context.Context, number, path string, options reviseOptions) (err error) {
	if options.reason == "" {
		return workflow.WithHint(fmt.Errorf("revise contract %s: a reason is needed: %w", number, workflow.ErrUsage), "give it as --reason TEXT; the supplier reads it")
	}
	cfg, err := e.load()
	if err != nil {
		return err
	}
	order, err := options.complete(cfg.Company.Timezone.Location())
	if err != nil {
		return err
	}
	order.Number = number
	draft, err := openInput(path)
	if err != nil {
		return err
	}
	defer draft.Close()
	if err := e.confirm(ctx, fmt.Sprintf("withdraw contract %s and replace it by %s?", number, base(path)), options.yes); err != nil {
		return err
	}
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	recorded := false
	contract, err := conn.Revise(ctx, order, options.reason, draft, func(step, detail string) {
		recorded = recorded || step == "recorded"
		e.progress(step, detail)
	})
	if recorded && errors.Is(err, context.Canceled) {
		return workflow.WithHint(err, "the new version of contract "+number+" is recorded; `contractd seal "+number+"` goes on")
	}
	if err != nil {
		return err
	}
	return e.sent(ctx, conn, contract)
}
