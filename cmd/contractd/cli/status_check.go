package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/workflow"
)

// askPatience is how long --check waits: a daemon that does not answer by then needs a person, too.
const askPatience = 30 * time.Second

// runStatusCheck tells in one line whether a person is needed.
func (e *env) runStatusCheck(ctx context.Context) error {
	if _, err := e.load(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	health, err := e.askHealth(ctx)
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
