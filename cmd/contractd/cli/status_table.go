package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/store/space"
	"contractd/workflow"
)

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
