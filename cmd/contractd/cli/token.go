package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/api"
	"contractd/cmd/contractd/config"
	"contractd/store/bolt"
	"contractd/workflow"
)

func (e *env) token() *cobra.Command {
	cmd := &cobra.Command{
		Use: "token", Short: "The keys that seal, and the tokens they are on (CA 锁)",
		Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(e.tokenList(), e.tokenCerts(), e.tokenLogin(), e.tokenResume())
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
	settings, err := (&keyring{cfg: conn.cfg}).settings(name)
	if err != nil {
		return err
	}
	if err := conn.Resume(ctx, firstOnToken(conn.cfg, settings).Name); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s: its PIN will be tried again once\n", name)
	return err
}

func (e *env) tokenList() *cobra.Command {
	var watch bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tokens that are plugged in, and the configured keys",
		Long: "list prints each token that the configured PKCS#11 modules see, with its slot, label, serial number, model, the state of its PIN,\n" +
			"open and possible sessions and (with --json) its mechanisms; then each key of the configuration with its role and place,\n" +
			"and since when it is suspended. With --watch it tells what is plugged in and pulled out until it is interrupted.",
		Example: "  contractd token list\n  contractd token list --watch",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if watch {
				return e.runTokenWatch(cmd.Context())
			}
			return e.runTokenList(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&watch, "watch", false, "tell what is plugged in and pulled out, until interrupted")
	return cmd
}

// keyLine is one configured key as token list prints it.
type keyLine struct {
	Name  string             `json:"name"`
	Role  workflow.Role      `json:"role"`
	Kind  config.KeyKind     `json:"kind"`
	Place string             `json:"place"`
	State workflow.KeyRecord `json:"state,omitzero"`
}

// tokenLines is what token list prints.
type tokenLines struct {
	Tokens []api.Token `json:"tokens"`
	Keys   []keyLine   `json:"keys"`
}

func (e *env) runTokenList(ctx context.Context) error {
	cfg, records, seen, err := e.seenTokens(ctx)
	if err != nil {
		return err
	}
	lines := tokenLines{seen.Tokens, []keyLine{}}
	for _, key := range cfg.Keys {
		line := keyLine{Name: key.Name, Role: key.Role, Kind: key.Kind, Place: placeOf(key)}
		owner := firstOnToken(cfg, key).Name
		if n := slices.IndexFunc(records, func(r workflow.KeyRecord) bool { return r.Name == owner }); n >= 0 {
			line.State = records[n]
		}
		lines.Keys = append(lines.Keys, line)
	}
	if e.json {
		return e.printJSON(lines)
	}
	return e.printTokens(lines, cfg.Company.Timezone.Location())
}

// seenTokens returns the configuration, what is remembered of its keys, and what is plugged in. Where there is no store,
// nothing is remembered.
func (e *env) seenTokens(ctx context.Context) (cfg *config.Config, records []workflow.KeyRecord, seen api.Tokens, err error) {
	if bolt.Supported() != nil {
		if cfg, err = e.load(); err == nil {
			seen, err = (&house{cfg: cfg}).tokens(ctx, false)
		}
		return cfg, nil, seen, err
	}
	conn, err := e.connect(ctx)
	if err != nil {
		return nil, nil, seen, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if records, err = conn.Keys(ctx); err == nil {
		seen, err = conn.Slots(ctx)
	}
	return conn.cfg, records, seen, err
}

func (e *env) printTokens(lines tokenLines, zone *time.Location) error {
	if len(lines.Tokens) > 0 {
		plugged := table{heads: []string{"SLOT", "TOKEN", "SERIAL", "MODEL", "PIN", "SESSIONS"}}
		for _, one := range lines.Tokens {
			if one.Fault != "" {
				plugged.add("-", base(one.Module), "-", "-", "-", one.Fault)
				continue
			}
			plugged.add(fmt.Sprint(one.Slot), one.Label, one.Serial, one.Model, one.PIN, sessionsOf(one))
		}
		if err := plugged.print(e.stdout); err != nil {
			return err
		}
		fmt.Fprintln(e.stdout)
	}
	list := table{heads: []string{"KEY", "ROLE", "KIND", "PLACE", "STATE"}}
	for _, line := range lines.Keys {
		list.add(line.Name, string(line.Role), string(line.Kind), line.Place, stateOf(line.State, zone))
	}
	return list.print(e.stdout)
}

// sessionsOf says how many sessions are open, of how many.
func sessionsOf(one api.Token) string {
	count := func(n int, zero string) string {
		switch {
		case n < 0:
			return "?"
		case n == 0:
			return zero
		}
		return fmt.Sprint(n)
	}
	return count(one.Sessions, "0") + " of " + count(one.MaxSessions, "any number")
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
