package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/api"
	"contractd/workflow"
)

func (e *env) tokenCerts() *cobra.Command {
	return &cobra.Command{
		Use:   "certs",
		Short: "Show each key's certificate, and whether its private key answers",
		Long: "certs opens each configured key, on a token or in a file, as sealing would: a wrong PIN suspends it. It prints role, subject, organisation\n" +
			"code, issuer, serial number, validity and days left, kind of key and usage, and whether the private key answered a test signature.",
		Example: "  contractd token certs --json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return e.runTokenCerts(cmd.Context()) },
	}
}

func (e *env) runTokenCerts(ctx context.Context) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	seen, err := conn.Tokens(ctx)
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(seen.Certificates)
	}
	list := table{heads: []string{"KEY", "ROLE", "SUBJECT", "CODE", "ISSUER", "SERIAL", "UNTIL", "DAYS", "TYPE", "USAGE", "ANSWERS"}}
	for _, one := range seen.Certificates {
		answers := "yes"
		if !one.Answers {
			answers = "no: " + one.Fault
		}
		until := ""
		if !one.NotAfter.IsZero() {
			until = day(one.NotAfter, conn.zone())
		}
		list.add(one.Key, string(one.Role), one.Subject, one.Code, one.Issuer, one.Serial, until, fmt.Sprint(one.Days), one.Algorithm, strings.Join(one.Usage, ","), answers)
	}
	return list.print(e.stdout)
}

func (e *env) tokenLogin() *cobra.Command {
	return &cobra.Command{
		Use:   "login KEY",
		Short: "Give the daemon the PIN of a key, which it keeps in memory only",
		Long: "login asks for the PIN without showing it and hands it to the daemon, which tries it once and keeps it in memory until it is\n" +
			"refused or the daemon ends. What waits for the key goes on by itself.\n\nExit codes: 5 no such key; 6 no daemon runs, or you may not; 7 the PIN was refused, or the key is suspended.",
		Example: "  contractd token login employee",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return e.runTokenLogin(cmd.Context(), args[0]) },
	}
}

func (e *env) runTokenLogin(ctx context.Context, name string) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := (&keyring{cfg: conn.cfg}).settings(name); err != nil {
		return err
	}
	if !conn.daemon {
		return workflow.WithHint(fmt.Errorf("log in to key %q: no daemon runs that could keep the PIN: %w", name, workflow.ErrState), "start it with `contractd serve`")
	}
	ask := e.prompter()
	if ask == nil {
		return workflow.WithHint(fmt.Errorf("log in to key %q: there is no terminal to ask for the PIN on: %w", name, workflow.ErrUsage), "run it on a terminal, or name a file as pin in [[keys]]")
	}
	pin, err := ask(ctx, "PIN of key "+name)
	if err != nil {
		return err
	}
	if err := conn.Login(ctx, name, pin); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s: logged in\n", name)
	return err
}

// watchPeriod is how often the modules are asked; not all can tell by themselves.
const watchPeriod = 2 * time.Second

func (e *env) runTokenWatch(ctx context.Context) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	var before []api.Token
	for {
		seen, err := conn.Slots(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if err := e.tellChanges(before, seen.Tokens); err != nil {
			return err
		}
		before = seen.Tokens
		if sleep(ctx, watchPeriod) != nil {
			return nil
		}
	}
}

// tellChanges prints what came and what went.
func (e *env) tellChanges(before, now []api.Token) error {
	same := func(one api.Token) func(api.Token) bool {
		return func(other api.Token) bool {
			return one.Module == other.Module && one.Serial == other.Serial && one.Label == other.Label && one.Fault == other.Fault
		}
	}
	for _, change := range []struct {
		what      string
		all, from []api.Token
	}{{"removed", before, now}, {"present", now, before}} {
		for _, one := range change.all {
			if slices.ContainsFunc(change.from, same(one)) {
				continue
			}
			var err error
			if e.json {
				err = e.printJSON(map[string]any{"change": change.what, "token": one})
			} else {
				_, err = fmt.Fprintf(e.stdout, "%s: %s %s %s %s\n", change.what, one.Label, one.Serial, one.PIN, one.Fault)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}
