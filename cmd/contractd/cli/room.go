package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/cmd/contractd/config"
	"contractd/store/space"
	"contractd/workflow"
)

// roomEvery is the time between two looks at the disk by the daemon; whoever writes looks for itself.
const roomEvery = 5 * time.Second

// diskSubject is where the journal keeps the episodes of a disk without room.
const diskSubject = "store/disk"

// watchOf watches the data folder, and what in it may be a filesystem of its own.
func watchOf(cfg *config.Config, now func() time.Time) *space.Watch {
	return space.New(space.Options{
		Folders: []string{cfg.DataDir, dataPath(cfg, "documents"), dataPath(cfg, "spool")},
		Reserve: int64(cfg.Disk.Reserve), Minimum: int64(cfg.Disk.Minimum), Now: now,
	})
}

// noRoom gives an error of opening the store the cure, where the disk is full or read-only. A failed fsync, which would
// say more, has been marked by then.
func noRoom(err error, cfg *config.Config) error {
	if errors.Is(err, workflow.ErrDamaged) {
		return err
	}
	return space.Mark(err, cfg.DataDir)
}

// disk is how `status` and the metrics tell of the room.
func (h *house) disk() *api.Disk {
	state := h.room.Look()
	return &api.Disk{Level: string(state.Level), Free: state.Free, Reserve: state.Reserve, Cause: state.Cause, Since: state.Since}
}

// diskAlarm says what a person must do about the disk; empty when nothing.
func (h *house) diskAlarm() string {
	state := h.room.State()
	switch state.Level {
	case space.Low:
		return fmt.Sprintf("the disk of %s has little room (%s): no mail is fetched, no contract taken", state.Folder, state.Cause)
	case space.None:
		return fmt.Sprintf("the disk of %s takes no writes (%s): everything waits", state.Folder, state.Cause)
	}
	return ""
}

// watchRoom tells each change once: in the log, and at the beginning and end of an episode in the journal, with a mail to
// the managers while it can still be written.
func (d *daemon) watchRoom(ctx context.Context) (time.Duration, error) {
	state := d.house.room.Look()
	if state.Level != d.level {
		d.level = state.Level
		d.tellRoom(state)
		if state.Level == space.Enough {
			wake(d.roomy)
			wake(d.arrived)
			d.wakeDispatch()
		}
	}
	if state.Level == space.None {
		return roomEvery, nil // Nothing can be recorded; when there is some room again, the rest is done.
	}
	recorded, err := d.house.recordRoom(ctx, state)
	if err != nil {
		return roomEvery, fmt.Errorf("record how much room there is: %w", err)
	}
	if recorded { // The managers' mail.
		d.wakeDispatch()
	}
	return roomEvery, nil
}

// tellRoom writes the one log line of a change.
func (d *daemon) tellRoom(state space.State) {
	attributes := []any{"level", state.Level, "folder", state.Folder, "free", state.Free, "reserve", state.Reserve}
	switch state.Level {
	case space.Enough:
		d.house.log.Info("disk has room again: everything goes on", attributes...)
	case space.Low:
		d.house.log.Error("disk has little room: no mail is fetched, no contract taken", append(attributes, "cause", state.Cause, "hint", state.Hint())...)
	case space.None:
		d.house.log.Error("disk takes no writes: everything waits", append(attributes, "cause", state.Cause, "hint", state.Hint())...)
	}
}

// recordRoom begins or ends an episode. The journal knows whether one is open, so that a restart does not mail again.
func (h *house) recordRoom(ctx context.Context, state space.State) (recorded bool, err error) {
	told, err := h.ledger.History(ctx, diskSubject)
	if err != nil {
		return false, err
	}
	open := len(told) > 0 && told[len(told)-1].Action == workflow.ActDiskLow
	if open == (state.Level != space.Enough) {
		return false, nil
	}
	action := workflow.ActDiskRoom
	if !open {
		action = workflow.ActDiskLow
	}
	change := workflow.Change{Entries: []workflow.Entry{{
		Time: h.now(), Actor: workflow.System.Name, Action: action, Subject: diskSubject,
		Details: map[string]string{"folder": state.Folder, "free": fmt.Sprint(state.Free), "cause": state.Cause},
	}}}
	if open {
		return true, h.ledger.Apply(ctx, change)
	}
	closer, err := h.clerk.Tell(ctx, &change, workflow.Contract{}, nil, diskNotice(state, h.cfg.Company.Language))
	if err != nil {
		return false, err
	}
	defer closer.Close()
	return true, h.ledger.Apply(ctx, change)
}

// diskNotice is what managers read, the subject first.
func diskNotice(state space.State, language workflow.Language) string {
	if language == workflow.Chinese {
		return fmt.Sprintf("磁盘空间不足：仅剩 %s\n%s 所在磁盘的可用空间低于预留值 %s。\n在腾出空间之前，不再收取邮件，也不接受新合同；已在办理的继续进行，邮件留在服务器上，不会丢失。\n腾出空间后自动恢复。",
			space.Bytes(state.Free), state.Folder, space.Bytes(state.Reserve))
	}
	return fmt.Sprintf("disk almost full: %s free\nThe disk that holds %s has less than the reserve of %s.\nUntil there is room, no mail is fetched and no contract taken; what is under way goes on, mail stays on the server, nothing is lost.\nIt recovers by itself.",
		space.Bytes(state.Free), state.Folder, space.Bytes(state.Reserve))
}
