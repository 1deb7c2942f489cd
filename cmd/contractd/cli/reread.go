package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"contractd/cmd/contractd/config"
	"contractd/mailbox/imap"
)

// openMailbox wires the mailbox and returns when the store began. With start = "now" nothing older is ever read, even
// when the server numbers its messages anew.
func (d *daemon) openMailbox(ctx context.Context) (began time.Time, err error) {
	if d.account, err = imapAccount(ctx, d.house); err != nil {
		return began, err
	}
	if began, err = beginning(ctx, d.house.ledger); err != nil {
		return began, err
	}
	if began.IsZero() {
		began = d.house.now()
	}
	if d.house.cfg.Mail.Start == config.StartNow {
		d.account.Since = began.Add(-rereadMargin)
	}
	d.mailbox, err = imap.New(d.account)
	return began, err
}

// reread reads the folders again into which mail is filed, once after a restore: what another daemon filed since the backup
// does not lie in the inbox any more. What is known is left alone; what is new here is judged like everything else.
func (d *daemon) reread(ctx context.Context) error {
	hold, err := d.house.ledger.Hold(ctx)
	if err != nil || !hold.Rereads() {
		return err
	}
	report, err := d.mailbox.Check(ctx)
	if err != nil {
		return fmt.Errorf("look for the folders of filed mail: %w", err)
	}
	taken := 0
	for _, folder := range filedInto(d.account) {
		if slices.Contains(report.Missing, folder) {
			continue
		}
		n, err := d.rereadFolder(ctx, folder, hold.Reread)
		if err != nil {
			return err
		}
		taken += n
	}
	d.house.log.Info("folders of filed mail read again", "since", hold.Reread, "messages", taken)
	return d.house.stopper.Reread(ctx)
}

// filedInto lists the folders of the shelves, without the one where mail arrives.
func filedInto(account imap.Account) []string {
	var folders []string
	for _, folder := range account.Shelves {
		if folder != "" && folder != account.Folder {
			folders = append(folders, folder)
		}
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}

func (d *daemon) rereadFolder(ctx context.Context, folder string, since time.Time) (int, error) {
	account := d.account
	account.Folder, account.FromBeginning, account.Since = folder, true, since
	box, err := imap.New(account)
	if err != nil {
		return 0, err
	}
	intake := *d.intake
	intake.Mailbox, intake.Folder, intake.Again = pointMailbox(box), folder, true
	taken, err := intake.Pass(ctx)
	if closing := box.Close(); err == nil {
		err = closing
	}
	return taken, err
}
