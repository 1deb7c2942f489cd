package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
)

func (e *env) seal() *cobra.Command {
	var key string
	cmd := &cobra.Command{
		Use:     "seal NUMBER [--key KEY]",
		Short:   "Go on with a contract that waits for a key (续签)",
		Long:    "seal goes on where `send` had to stop: with the next key in order, from the same bytes. What is sealed already stays.",
		Example: "  contractd seal NJ-2026-014 --key employee",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return e.runSeal(cmd.Context(), args[0], key) },
	}
	cmd.Flags().StringVar(&key, "key", "", "the key that is present now (default: the next one)")
	return cmd
}

func (e *env) runSeal(ctx context.Context, number, key string) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	contract, err := conn.Seal(ctx, number, key, e.progress)
	if err != nil {
		return err
	}
	return e.sent(ctx, conn, contract)
}
