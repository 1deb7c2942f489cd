package imap

import (
	"context"
	"errors"
	"fmt"

	"contractd/workflow"
)

// Mailbox is one account on one server. Its methods may be called from several goroutines: one
// connection reads (Start, Fetch, Wait), another one files, appends and checks; each serves one call at a time.
type Mailbox struct {
	account Account
	reader  *link
	writer  *link
	strikes map[workflow.Place]strikes // How often a message killed the connection; guarded by the reader's turn.
	undated bool                       // The server's dates cannot be read; guarded by the reader's turn.
}

// New returns a mailbox that connects when it is first used. A wrong account is an error wrapping
// workflow.ErrUsage that names every fault.
func New(account Account) (*Mailbox, error) {
	account = account.withDefaults()
	if err := account.check(); err != nil {
		return nil, err
	}
	m := &Mailbox{account: account, strikes: make(map[workflow.Place]strikes)}
	m.reader = newLink(&m.account, true)
	m.writer = newLink(&m.account, false)
	return m, nil
}

// Close ends both connections. It waits for calls under way, so cancel their contexts first.
func (m *Mailbox) Close() error { return errors.Join(m.reader.close(), m.writer.close()) }

// Start returns the cursor from which a folder that was never read is read: behind its last message,
// or before its first where the account says so.
func (m *Mailbox) Start(ctx context.Context) (workflow.Cursor, error) {
	cursor := workflow.Cursor{Account: m.account.Name, Folder: m.account.Folder}
	err := m.reader.use(ctx, func(s *session) error {
		folder, err := s.selectFolder(ctx, m.account.Folder)
		if err != nil {
			return err
		}
		cursor.UIDValidity = folder.validity
		if m.account.FromBeginning {
			return nil
		}
		cursor.UID, err = s.lastUID(ctx, folder)
		return err
	})
	if err != nil {
		return workflow.Cursor{}, fmt.Errorf("look where %s of %s ends: %w", m.account.Folder, m.account.Name, err)
	}
	return cursor, nil
}
