package imap

import (
	"context"
	"errors"
	"fmt"

	"github.com/emersion/go-imap/v2"

	"contractd/workflow"
)

// File moves a message into the shelf's folder, which is created when missing. A message that is gone, and a shelf
// that has no folder, are success. Errors wrap workflow.ErrTemporary or ErrCredential.
func (m *Mailbox) File(ctx context.Context, place workflow.Place, shelf workflow.Shelf) error {
	target := m.account.Shelves[shelf]
	if target == "" || target == place.Folder {
		return nil
	}
	err := m.writer.use(ctx, func(s *session) error { return s.file(ctx, place, target) })
	if err != nil {
		return fmt.Errorf("file message %d of %q into %q: %w", place.UID, place.Folder, target, err)
	}
	return nil
}

func (s *session) file(ctx context.Context, place workflow.Place, target string) error {
	folder, err := s.open(ctx, place.Folder)
	if err != nil {
		return err
	}
	if folder.validity != place.UIDValidity {
		// The number names another message now. Ours is fetched again, recognised, and filed from its new place.
		s.account.Log.Info("message not filed: UIDVALIDITY changed", "account", s.account.Name, "uid", place.UID)
		return nil
	}
	message := imap.UIDSetNum(imap.UID(place.UID))
	if s.caps.Has(imap.CapMove) {
		return s.transfer(ctx, message, target)
	}
	there, err := s.copied(ctx, place, target)
	if err == nil && !there {
		err = s.transfer(ctx, message, target)
	}
	if err != nil {
		return err
	}
	return s.remove(ctx, message)
}

// transfer moves the message where the server can do that at once (RFC 6851), and copies it elsewhere. go-imap's own
// substitute for MOVE is never used: it removes the message without waiting for the copy.
func (s *session) transfer(ctx context.Context, message imap.UIDSet, target string) error {
	try := func() error {
		if s.caps.Has(imap.CapMove) {
			_, err := s.client.Move(message, target).Wait()
			return err
		}
		_, err := s.client.Copy(message, target).Wait()
		return err
	}
	err := s.run(ctx, "copy", try)
	if refusal(err) == nil {
		return err
	}
	// Not every server says TRYCREATE (RFC 9051, 6.3.4); a folder that exists already refuses to be created.
	if s.create(ctx, target) != nil {
		return err
	}
	return s.run(ctx, "copy", try)
}

// create makes a folder, and shows it in mail programs.
func (s *session) create(ctx context.Context, name string) error {
	err := s.run(ctx, fmt.Sprintf("create folder %q", name), func() error { return s.client.Create(name, nil).Wait() })
	if err != nil {
		return err
	}
	err = s.run(ctx, "subscribe", func() error { return s.client.Subscribe(name).Wait() })
	if refusal(err) != nil { // The folder serves without.
		return nil
	}
	return err
}

// remove takes the copied message away. Without UIDPLUS it stays, flagged: a plain EXPUNGE would also take away what
// others have flagged.
func (s *session) remove(ctx context.Context, message imap.UIDSet) error {
	return s.run(ctx, "remove", func() error {
		flags := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}
		if err := s.client.Store(message, flags, nil).Close(); err != nil {
			return err
		}
		if !s.caps.Has(imap.CapUIDPlus) {
			return nil
		}
		return s.client.UIDExpunge(message).Close()
	})
}

var errGone = errors.New("connection lost")
