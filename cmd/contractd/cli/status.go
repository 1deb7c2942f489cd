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
	"contractd/store/space"
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

// askPatience is how long --check waits: a daemon that does not answer by then needs a person, too.
const askPatience = 30 * time.Second

// runStatusCheck tells in one line whether a person is needed.
func (e *env) runStatusCheck(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	health, err := e.askHealth(ctx)
	if errors.Is(err, workflow.ErrUsage) {
		return err
	}
	alarms := health.Alarms
	switch {
	case err != nil:
		alarms = []string{"how things stand cannot be told: " + err.Error()}
	case !health.Daemon:
		alarms = append([]string{"no daemon runs"}, alarms...)
	}
	if e.json {
		err = e.printJSON(map[string]any{"ok": len(alarms) == 0, "alarms": append([]string{}, alarms...)})
	} else {
		_, err = fmt.Fprintln(e.stdout, checkLine(health, alarms))
	}
	if len(alarms) > 0 {
		err = errors.Join(err, errAlarm{})
	}
	return err
}

func (e *env) askHealth(ctx context.Context) (health api.Health, err error) {
	conn, err := e.connect(ctx)
	if err != nil {
		return health, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return conn.Status(ctx)
}

func checkLine(health api.Health, alarms []string) string {
	if len(alarms) > 0 {
		return printable("ALARM 警报: " + strings.ReplaceAll(strings.Join(alarms, "; "), "\n", " "))
	}
	return fmt.Sprintf("ok 正常: mailbox read %s, letters waiting %d, messages waiting %d",
		orElse(moment(health.LastPoll, time.UTC), "never yet"), health.Outbox[workflow.DeliveryQueued]+health.Outbox[workflow.DeliveryClaimed], health.Inbox[workflow.ArrivalQueued])
}

// errAlarm ends a check whose line was printed already.
type errAlarm struct{}

func (errAlarm) Error() string { return "something needs a person" }

func (e *env) healthTable(health api.Health, zone *time.Location) *table {
	daemon := "not running: letters wait for `contractd serve`"
	if health.Daemon {
		daemon = "running"
	}
	rows := &table{heads: []string{"DAEMON", daemon}}
	for _, alarm := range health.Alarms {
		rows.add("ALARM 警报", alarm)
	}
	for _, state := range workflow.States {
		if n := health.Contracts[state]; n > 0 {
			rows.add("contracts "+string(state)+" "+stateText(state), fmt.Sprint(n))
		}
	}
	rows.add("overdue 逾期", fmt.Sprint(health.Overdue))
	rows.add("next deadline 最近到期", orElse(moment(health.NextDeadline, zone), "none"))
	for _, waiting := range health.Waiting {
		rows.add("waiting 等待", waiting)
	}
	e.queueRows(rows, health, zone)
	e.houseRows(rows, health, zone)
	return rows
}

// queueRows tell of letters and messages.
func (e *env) queueRows(rows *table, health api.Health, zone *time.Location) {
	for _, state := range slices.Sorted(maps.Keys(health.Outbox)) {
		rows.add("letters "+string(state), fmt.Sprint(health.Outbox[state]))
	}
	if !health.OldestLetter.IsZero() {
		rows.add("oldest letter 最早待寄", e.since(health.OldestLetter, zone))
	}
	for _, state := range slices.Sorted(maps.Keys(health.Inbox)) {
		rows.add("messages "+string(state), fmt.Sprint(health.Inbox[state]))
	}
	if !health.OldestArrival.IsZero() {
		rows.add("oldest message 最早待核验", e.since(health.OldestArrival, zone))
	}
	rows.add("mailbox read 收信", orElse(moment(health.LastPoll, zone), "never"))
	if health.MailboxError != "" {
		rows.add("mailbox error 收信故障", health.MailboxError)
	}
}

// houseRows tell of the disk and of what keeps letters from leaving.
func (e *env) houseRows(rows *table, health api.Health, zone *time.Location) {
	if disk := health.Disk; disk != nil {
		rows.add("disk 磁盘", strings.TrimSuffix(fmt.Sprintf("%s, %s free: %s", disk.Level, space.Bytes(disk.Free), disk.Cause), ": "))
	}
	if health.Mode != "" && health.Mode != workflow.ModeLive {
		rows.add("mode 模式", string(health.Mode))
	}
	if health.Hold != nil {
		rows.add("held 暂停外发", "since "+moment(health.Hold.Since, zone)+": "+health.Hold.Reason)
	}
}

// since tells a moment and how long ago it was.
func (e *env) since(at time.Time, zone *time.Location) string {
	return fmt.Sprintf("%s (%s)", moment(at, zone), e.now().Sub(at).Round(time.Second))
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
