package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/store/bolt"
	"contractd/workflow"
	"contractd/workflow/post"
)

// restoringName is where a restore builds a store within the data folder. While it is there the store is not whole.
const restoringName = "restoring"

// outlet is what the configuration lets out.
func (h *house) outlet() post.Outlet {
	return post.Outlet{Mode: h.cfg.Mail.Mode, RedirectTo: h.cfg.Mail.RedirectTo.Address}
}

// whole refuses a data folder in which a restore did not come to its end: a store would be begun anew in it.
func (h *house) whole() error {
	if _, err := os.Stat(dataPath(h.cfg, restoringName)); err == nil {
		return unfinished(h.cfg.DataDir)
	}
	return nil
}

func unfinished(dir string) error {
	return workflow.WithHint(fmt.Errorf("open store %s: a restore into it did not come to its end: %w", dir, workflow.ErrPolicy),
		"empty the folder and run `contractd restore` again")
}

// recognise holds the store when its file is another one than when it was last opened: somebody copied it, or put it back
// from a backup of the whole disk, and what the original did since is not known here.
func (h *house) recognise(ctx context.Context) error {
	hold, same, identity, err := h.identify(ctx)
	if err != nil || same {
		return err
	}
	if hold.Identity == "" { // New, or of a version that did not know.
		return h.stopper.Know(ctx, identity)
	}
	stop, err := knownUntil(ctx, h.ledger)
	if err != nil {
		return err
	}
	stop.Reason, stop.Identity = "this store was copied or restored", identity
	h.log.Warn("everything is held", "reason", stop.Reason, "known-until", stop.Known)
	return h.stopper.Stop(ctx, workflow.System, stop)
}

// identify compares the store's file with the one that was last opened here.
func (h *house) identify(ctx context.Context) (hold workflow.Hold, same bool, identity string, err error) {
	if identity, err = bolt.Identity(dataPath(h.cfg, "contractd.db")); err != nil {
		return hold, false, "", fmt.Errorf("look whether the store was copied: %w", err)
	}
	if hold, err = h.ledger.Hold(ctx); err != nil {
		return hold, false, "", fmt.Errorf("read whether the store is held: %w", err)
	}
	return hold, hold.Identity != "" && bolt.SameFile(hold.Identity, identity), identity, nil
}

// pastStore is what is asked of a store about its past.
type pastStore interface {
	Cursors(ctx context.Context) ([]workflow.Cursor, error)
	Journal(ctx context.Context, from uint64, visit func(workflow.Entry) error) error
	JournalHead(ctx context.Context) (workflow.Entry, error)
}

// rereadMargin covers clocks that differ, and mail that a server dates earlier than it shows it.
const rereadMargin = 24 * time.Hour

// knownUntil returns up to when a store knows what happened, and from when on filed mail must be read again.
func knownUntil(ctx context.Context, store pastStore) (workflow.Hold, error) {
	head, err := store.JournalHead(ctx)
	if err != nil {
		return workflow.Hold{}, fmt.Errorf("read the journal's end: %w", err)
	}
	cursors, err := store.Cursors(ctx)
	if err != nil {
		return workflow.Hold{}, fmt.Errorf("read the cursors: %w", err)
	}
	began, err := beginning(ctx, store)
	if err != nil {
		return workflow.Hold{}, err
	}
	return workflow.Hold{Known: head.Time, Reread: since(head.Time, cursors, began).Add(-rereadMargin)}, nil
}

// since returns a time before which no mail came that the store does not have: when the mailbox was last read to its end,
// whatever happened to the mail there afterwards.
func since(known time.Time, cursors []workflow.Cursor, began time.Time) time.Time {
	if len(cursors) == 0 { // It was never looked at.
		return known
	}
	var earliest time.Time
	for _, cursor := range cursors {
		if !cursor.Polled.IsZero() && (earliest.IsZero() || cursor.Polled.Before(earliest)) {
			earliest = cursor.Polled
		}
	}
	if earliest.IsZero() { // It was never read to its end.
		return began
	}
	return earliest
}

var errFirst = errors.New("the first entry is enough")

// beginning returns the time of the journal's first entry; zero while there is none.
func beginning(ctx context.Context, store pastStore) (time.Time, error) {
	var began time.Time
	err := store.Journal(ctx, 0, func(entry workflow.Entry) error {
		began = entry.Time
		return errFirst
	})
	if err != nil && !errors.Is(err, errFirst) {
		return began, fmt.Errorf("read the journal's beginning: %w", err)
	}
	return began, nil
}

// warnings says loudly what keeps letters from leaving, one line each; empty when nothing does.
func warnings(mode workflow.Mode, redirectTo string, hold *workflow.Hold) []string {
	var lines []string
	switch mode {
	case workflow.ModeObserve:
		lines = append(lines, "mode observe 只观察: nothing is mailed, nothing on the mail server is moved")
	case workflow.ModeRedirect:
		lines = append(lines, "mode redirect 改投: every letter goes to "+redirectTo)
	}
	if hold != nil && hold.Active() {
		lines = append(lines, "HELD 已冻结: "+hold.Reason+"; nothing leaves until `contractd release --all`")
	}
	return lines
}

// warn tells the log what keeps letters from leaving.
func (h *house) warn(ctx context.Context) error {
	hold, err := h.ledger.Hold(ctx)
	for _, line := range warnings(h.cfg.Mail.Mode, h.cfg.Mail.RedirectTo.Address, &hold) {
		h.log.Warn("letters are kept back", "why", line)
	}
	return err
}

// stillness adds what keeps letters from leaving.
func (h *house) stillness(ctx context.Context, health *api.Health) error {
	hold, err := h.ledger.Hold(ctx)
	if err != nil {
		return fmt.Errorf("read whether the store is held: %w", err)
	}
	health.Mode = h.cfg.Mail.Mode
	if hold.Active() {
		health.Hold = &hold
		health.Alarms = append(health.Alarms, warnings(workflow.ModeLive, "", &hold)...)
	}
	return nil
}

// tellStillness says on standard error what keeps letters from leaving; without the right to know it is not told.
func (e *env) tellStillness(ctx context.Context, conn *connection) {
	health, err := conn.Status(ctx)
	if err != nil {
		return
	}
	for _, line := range warnings(health.Mode, conn.cfg.Mail.RedirectTo.Address, health.Hold) {
		fmt.Fprintf(e.stderr, "note: %s\n", printable(line))
	}
}

// keptBack reports whether a letter of the contract is held, by a mode or because its cause was old mail.
func keptBack(story api.Story) bool {
	return slices.ContainsFunc(story.Deliveries, func(d workflow.Delivery) bool { return d.State == workflow.DeliveryHeld })
}
