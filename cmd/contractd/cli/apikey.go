package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/api"
	"contractd/cmd/contractd/config"
	"contractd/workflow"
	"contractd/workflow/access"
)

func (e *env) apikey() *cobra.Command {
	cmd := &cobra.Command{
		Use: "apikey", Short: "The keys by which programs act, such as an ERP (程序接口密钥)",
		Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(e.apikeyAdd(), e.apikeyList(), e.apikeyRevoke())
	return cmd
}

// apikeyOptions are the flags of apikey add.
type apikeyOptions struct {
	rights    []string
	suppliers []string
	expires   string
}

func (e *env) apikeyAdd() *cobra.Command {
	var options apikeyOptions
	cmd := &cobra.Command{
		Use:   "add NAME --right RIGHT",
		Short: "Make a key for a program; its text is printed once",
		Long: "add prints the text of a new key, which contractd keeps nowhere: store it where only the program reads it. What the program does\n" +
			"stands in the journal under NAME. --supplier narrows the key to some suppliers' contracts; it sees no others.\n" +
			"Only a person who may administer adds keys.\n\nExit codes: 2 wrong usage; 5 no such supplier; 6 the name is taken, or you may not.",
		Example: "  contractd apikey add erp --right send --right view --expires 365d\n" +
			"  contractd apikey add huaxin-portal --right view --supplier huaxin --expires 2027-06-30",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.runAPIKeyAdd(cmd.Context(), args[0], options)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&options.rights, "right", nil, "view, send, decide or administer (repeatable)")
	flags.StringSliceVar(&options.suppliers, "supplier", nil, "short name of a supplier whose contracts it may see and handle (repeatable; default: everybody's)")
	flags.StringVar(&options.expires, "expires", "", "when it ends: 365d, 12h, 2027-06-30 or RFC 3339 (default: never)")
	if err := cmd.MarkFlagRequired("right"); err != nil {
		cmd.PreRunE = func(*cobra.Command, []string) error { return err }
	}
	return cmd
}

func (e *env) runAPIKeyAdd(ctx context.Context, name string, options apikeyOptions) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	order := access.Order{Name: name}
	for _, right := range options.rights {
		order.Rights = append(order.Rights, workflow.Right(right))
	}
	for _, supplier := range options.suppliers {
		order.Suppliers = append(order.Suppliers, workflow.SupplierID(supplier))
	}
	if order.Expires, err = e.expiry(options.expires, conn.zone()); err != nil {
		return err
	}
	key, err := conn.AddAPIKey(ctx, order)
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(key)
	}
	fmt.Fprintf(e.stderr, "key %s of %q, which nobody can show again:\n", key.ID, printable(key.Name))
	_, err = fmt.Fprintln(e.stdout, key.Key)
	return err
}

// expiry reads a span from now, a day or a moment.
func (e *env) expiry(text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := e.spanOrDay(text, zone)
	if err != nil {
		return at, fmt.Errorf("read --expires %q: want 365d, 2027-06-30 or RFC 3339: %w", text, workflow.ErrUsage)
	}
	return at, nil
}

// spanOrDay reads a span from now, the end of a day or a moment.
func (e *env) spanOrDay(text string, zone *time.Location) (time.Time, error) {
	var span config.Duration
	if err := span.UnmarshalText([]byte(text)); err == nil {
		return e.now().Add(span.Std()), nil
	}
	return parseDay(text, zone, true)
}

func (e *env) apikeyList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the keys of programs, revoked and expired ones too", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			conn, err := e.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, conn.Close()) }()
			keys, err := conn.APIKeys(cmd.Context())
			if err != nil || e.json {
				return errors.Join(err, e.jsonUnless(err, keys))
			}
			return e.printAPIKeys(keys, conn.zone())
		},
	}
}

func (e *env) printAPIKeys(keys []api.APIKey, zone *time.Location) error {
	rows := table{heads: []string{"KEY", "NAME", "RIGHTS", "SUPPLIERS", "ADDED", "STATE"}}
	for _, key := range keys {
		rights := make([]string, len(key.Rights))
		for n, right := range key.Rights {
			rights[n] = string(right)
		}
		scope := make([]string, len(key.Suppliers))
		for n, supplier := range key.Suppliers {
			scope[n] = string(supplier)
		}
		rows.add(string(key.ID), key.Name, strings.Join(rights, " "), orElse(strings.Join(scope, " "), "all"),
			day(key.Created, zone)+" "+key.CreatedBy, e.stateOfAPIKey(key, zone))
	}
	return rows.print(e.stdout)
}

func (e *env) stateOfAPIKey(key api.APIKey, zone *time.Location) string {
	switch {
	case !key.Revoked.IsZero():
		return "revoked " + day(key.Revoked, zone) + " by " + key.RevokedBy
	case key.Expires.IsZero():
		return "in use"
	case !e.now().Before(key.Expires):
		return "expired " + day(key.Expires, zone)
	}
	return "in use until " + day(key.Expires, zone)
}

func (e *env) apikeyRevoke() *cobra.Command {
	return &cobra.Command{
		Use:   "revoke KEY",
		Short: "End a program's key for ever",
		Long: "revoke ends a key from the next request on. KEY is its id as `apikey list` shows it, not its text.\n\n" +
			"Exit codes: 5 no such key; 6 it was revoked before, or you may not.",
		Example: "  contractd apikey revoke v2xrgh338cqufbi4kyip",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			conn, err := e.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, conn.Close()) }()
			key, err := conn.RevokeAPIKey(cmd.Context(), workflow.APIKeyID(args[0]))
			if err != nil || e.json {
				return errors.Join(err, e.jsonUnless(err, key))
			}
			_, err = fmt.Fprintf(e.stdout, "key %s of %q is revoked\n", key.ID, printable(key.Name))
			return err
		},
	}
}

// people are the names that no program may bear in the journal.
func people(cfg *config.Config) []string {
	names := []string{"root", actorFor(cfg, os.Geteuid()).Name}
	for _, user := range cfg.Users {
		names = append(names, user.Name, user.Login)
	}
	return names
}
