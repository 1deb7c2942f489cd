package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/api"
	"contractd/templates"
	"contractd/workflow"
)

func (e *env) status() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "status [NUMBER]",
		Short: "Where things stand: the daemon and its queues, or one contract (进度)",
		Long: "status counts contracts, letters and arrivals, and tells what needs a person; with a NUMBER it says where that\n" +
			"contract stands and what comes next. With --check it prints one line and exits 1 when anything needs a person or no\n" +
			"daemon runs: for cron and monitoring.",
		Example: "  contractd status\n  contractd status NJ-2026-014 --json\n  contractd status --check",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case check && len(args) == 1:
				return fmt.Errorf("check contract %s: --check is about the daemon, not about a contract: %w", args[0], workflow.ErrUsage)
			case check:
				return e.runStatusCheck(cmd.Context())
			case len(args) == 1:
				return e.runStatusOf(cmd.Context(), args[0])
			}
			return e.runStatus(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "print one line, and exit 1 when anything needs a person or no daemon runs")
	return cmd
}

func (e *env) runStatus(ctx context.Context) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	health, err := conn.Status(ctx)
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(health)
	}
	return e.healthTable(health, conn.zone()).print(e.stdout)
}

func (e *env) runStatusOf(ctx context.Context, number string) (err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	story, err := conn.Story(ctx, number)
	if err != nil {
		return err
	}
	e.tellStillness(ctx, conn)
	if e.json {
		return e.printJSON(story.Contract)
	}
	line := fmt.Sprintf("contract %s: %s (%s), %s", story.Contract.Number, story.Contract.State, stateText(story.Contract.State), nextStep(story, conn.zone()))
	_, err = fmt.Fprintln(e.stdout, printable(line))
	return err
}

// nextStep says what a contract waits for.
func nextStep(story api.Story, zone *time.Location) string {
	contract := story.Contract
	switch {
	case contract.Waiting != "":
		return "waits: " + contract.Waiting
	case contract.State == workflow.StateDraft:
		return "being sealed, or interrupted: continue with `contractd seal " + contract.Number + "`"
	case contract.State == workflow.StateSealed && contract.Hold:
		return "held until `contractd release " + contract.Number + "`"
	case contract.State == workflow.StateSealed && keptBack(story):
		return "its letter was written and not sent; `contractd release " + contract.Number + "` lets it leave"
	case contract.State == workflow.StateSealed:
		return "its letter is in the outbox"
	case contract.State == workflow.StateSent && story.Overdue:
		return "overdue since " + day(contract.Deadline, zone)
	case contract.State == workflow.StateSent:
		return "the return is due " + day(contract.Deadline, zone)
	case contract.State == workflow.StateReview && contract.TwoPersons:
		return orElse(approvers(contract), "two people must approve it") + "; look at it with `contractd show " + contract.Number + "`, then approve or refuse"
	case contract.State == workflow.StateUndeliverable:
		return "correct the address, then `contractd resend " + contract.Number + "`; the server's words stand in `contractd show " + contract.Number + "`"
	case contract.State == workflow.StateExpired:
		return "expired after " + day(contract.Deadline, zone) + "; `contractd extend " + contract.Number + "` gives more time"
	case contract.State == workflow.StateWithdrawn && contract.Next != "":
		return fmt.Sprintf("replaced by version %d: %s", contract.Version+1, contract.Reason)
	case contract.State == workflow.StateReview:
		return "look at it with `contractd show " + contract.Number + "`, then approve or refuse"
	case contract.State == workflow.StateArchived:
		return "final file " + contract.Final.Hash.String()
	}
	return strings.TrimSpace("nothing is due " + contract.Reason)
}

// stateText names a state in Chinese, beside the English code.
func stateText(state workflow.State) string { return templates.Label(state, workflow.Chinese) }

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// titleOf makes a title of a file's name.
func titleOf(path string) string {
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}
