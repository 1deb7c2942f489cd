package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/config"
	"contractd/workflow"
)

func (e *env) token() *cobra.Command {
	cmd := &cobra.Command{
		Use: "token", Short: "The keys that seal, and the tokens they are on (CA 锁)",
		Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(e.tokenList(), e.tokenResume())
	return cmd
}

func (e *env) tokenResume() *cobra.Command {
	return &cobra.Command{
		Use:   "resume KEY",
		Short: "Let a suspended key try its PIN once more",
		Long: "resume ends the suspension that a refused PIN caused. Correct the PIN first: it is tried once more, and a token locks itself\n" +
			"after a few wrong ones.\n\nExit codes: 5 no such key; 6 it is not suspended, or you may not.",
		Example: "  contractd token resume org",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return e.runTokenResume(cmd.Context(), args[0]) },
	}
}

func (e *env) runTokenResume(ctx context.Context, name string) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := (&keyring{cfg: conn.cfg}).settings(name); err != nil {
		return err
	}
	if err := conn.Resume(ctx, name); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s: its PIN will be tried again once\n", name)
	return err
}

func (e *env) tokenList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the configured keys",
		Long:  "list prints each key of the configuration with its role and place, and since when it is suspended.",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return e.runTokenList(cmd.Context()) },
	}
}

// keyLine is one configured key as token list prints it.
type keyLine struct {
	Name  string             `json:"name"`
	Role  workflow.Role      `json:"role"`
	Kind  config.KeyKind     `json:"kind"`
	Place string             `json:"place"`
	State workflow.KeyRecord `json:"state,omitzero"`
}

func (e *env) runTokenList(ctx context.Context) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	records, err := conn.Keys(ctx)
	if err != nil {
		return err
	}
	lines := []keyLine{}
	for _, key := range conn.cfg.Keys {
		line := keyLine{Name: key.Name, Role: key.Role, Kind: key.Kind, Place: placeOf(key)}
		if n := slices.IndexFunc(records, func(r workflow.KeyRecord) bool { return r.Name == key.Name }); n >= 0 {
			line.State = records[n]
		}
		lines = append(lines, line)
	}
	if e.json {
		return e.printJSON(lines)
	}
	list := table{heads: []string{"KEY", "ROLE", "KIND", "PLACE", "STATE"}}
	for _, line := range lines {
		list.add(line.Name, string(line.Role), string(line.Kind), line.Place, stateOf(line.State, conn.zone()))
	}
	return list.print(e.stdout)
}

func placeOf(key config.Key) string {
	switch {
	case key.Kind == config.KindSoftkey:
		return key.File
	case key.Token != "":
		return key.Token
	}
	return key.Serial
}

func stateOf(record workflow.KeyRecord, zone *time.Location) string {
	if !record.Suspended.IsZero() {
		return "suspended since " + moment(record.Suspended, zone) + ": " + record.Reason
	}
	return "ready"
}
