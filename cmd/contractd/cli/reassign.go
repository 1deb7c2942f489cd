package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/api"
)

func (e *env) reassign() *cobra.Command {
	var handover api.Handover
	cmd := &cobra.Command{
		Use:   "reassign --from NAME --to NAME [NUMBER…]",
		Short: "Make somebody else the owner of contracts (移交合同)",
		Long: "reassign gives contracts of one person to another one of [[users]]: those named, or every one that is not archived or withdrawn. All change\n" +
			"hands or none. Who created them stays on record. `contractd archive query --owner NAME` lists what somebody owns.",
		Example: "  contractd reassign --from 王芳 --to 李伟\n  contractd reassign --from 王芳 --to 李伟 NJ-2026-014 NJ-2026-015",
		RunE: func(cmd *cobra.Command, args []string) error {
			handover.Numbers = args
			return e.runReassign(cmd.Context(), handover)
		},
	}
	cmd.Flags().StringVar(&handover.From, "from", "", "whose they are")
	cmd.Flags().StringVar(&handover.To, "to", "", "whose they become")
	for _, name := range []string{"from", "to"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			cmd.PreRunE = func(*cobra.Command, []string) error { return err }
		}
	}
	return cmd
}

func (e *env) runReassign(ctx context.Context, handover api.Handover) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	contracts, err := conn.Reassign(ctx, handover)
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(contracts)
	}
	rows := table{heads: []string{"NUMBER", "TITLE", "STATE", "OWNER"}}
	for _, c := range contracts {
		rows.add(c.Number, c.Title, string(c.State)+" "+stateText(c.State), c.Owner)
	}
	if err := rows.print(e.stdout); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stderr, "%d contracts changed hands (%d 份合同)\n", len(contracts), len(contracts))
	return err
}
