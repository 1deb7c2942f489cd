package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/api"
	"contractd/templates"
	"contractd/workflow"
)

func (e *env) status() *cobra.Command {
	return &cobra.Command{
		Use:     "status [NUMBER]",
		Short:   "Where things stand: the daemon and its queues, or one contract (进度)",
		Long:    "status counts contracts, letters and arrivals; with a NUMBER it says where that contract stands and what comes next.",
		Example: "  contractd status\n  contractd status NJ-2026-014 --json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return e.runStatusOf(cmd.Context(), args[0])
			}
			return e.runStatus(cmd.Context())
		},
	}
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

func (e *env) healthTable(health api.Health, zone *time.Location) *table {
	daemon := "not running: letters wait for `contractd serve`"
	if health.Daemon {
		daemon = "running"
	}
	rows := &table{heads: []string{"DAEMON", daemon}}
	for _, state := range workflow.States {
		if n := health.Contracts[state]; n > 0 {
			rows.add("contracts "+string(state)+" "+stateText(state), fmt.Sprint(n))
		}
	}
	rows.add("overdue 逾期", fmt.Sprint(health.Overdue))
	for _, state := range slices.Sorted(maps.Keys(health.Outbox)) {
		rows.add("letters "+string(state), fmt.Sprint(health.Outbox[state]))
	}
	for _, state := range slices.Sorted(maps.Keys(health.Inbox)) {
		rows.add("messages "+string(state), fmt.Sprint(health.Inbox[state]))
	}
	rows.add("mailbox read", orElse(moment(health.LastPoll, zone), "never"))
	rows.add("next deadline", orElse(moment(health.NextDeadline, zone), "none"))
	for _, waiting := range health.Waiting {
		rows.add("waiting", waiting)
	}
	return rows
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
	case contract.State == workflow.StateSealed:
		return "its letter is in the outbox"
	case contract.State == workflow.StateSent && story.Overdue:
		return "overdue since " + day(contract.Deadline, zone)
	case contract.State == workflow.StateSent:
		return "the return is due " + day(contract.Deadline, zone)
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
