package imap

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"contractd/workflow"
)

// maxStrikes is how often a message may kill the connection before it is passed over and told.
const maxStrikes = 3

// strikeSpan is how long the strikes must lie apart: a network that fails for some minutes is no fault of the message that
// happened to be on its way.
const strikeSpan = 10 * time.Minute

// strikes counts what a message did to the connection.
type strikes struct {
	count int
	first time.Time
}

func (s strikes) out(now time.Time) bool {
	return s.count >= maxStrikes && now.Sub(s.first) >= strikeSpan
}

// maxListed bounds the memory that a listing takes.
const maxListed = 1_000_000

// Fetch calls take for each message after the cursor, in the order of their UIDs. A cursor with another UIDVALIDITY
// does not fit the folder any more: everything is offered again, and recognised by its content. Reading raw to its end
// is what confirms a message: io.EOF comes only after exactly Incoming.Size bytes and the server's final answer. A nil
// raw means that the message exceeds the limit or has killed the connection three times within no less than ten minutes. An error of take ends the
// fetch and is returned; all others wrap workflow.ErrTemporary, ErrCredential or ErrFinal, and another Fetch goes on.
func (m *Mailbox) Fetch(ctx context.Context, after workflow.Cursor, take func(ctx context.Context, message workflow.Incoming, raw io.Reader) error) error {
	return m.reader.use(ctx, func(s *session) error {
		folder, err := s.open(ctx, m.account.Folder)
		if err != nil {
			return err
		}
		if after.UIDValidity != folder.validity {
			m.account.Log.Warn("UIDVALIDITY changed: read from the beginning", "account", m.account.Name, "folder", folder.name,
				"was", after.UIDValidity, "is", folder.validity)
			after.UID = 0
		}
		s.heard() // What is new until now is listed now.
		messages, err := m.list(ctx, s, after.UID)
		if err != nil {
			return fmt.Errorf("list new messages: %w", err)
		}
		for _, message := range messages {
			if message.Internal.Before(m.account.Since) {
				continue
			}
			message.Account, message.Folder, message.UIDValidity = m.account.Name, folder.name, folder.validity
			if err := m.offer(ctx, s, message, take); err != nil {
				return err
			}
			s.progressed = true
		}
		return nil
	})
}

// offer hands one message over.
func (m *Mailbox) offer(ctx context.Context, s *session, message workflow.Incoming, take func(context.Context, workflow.Incoming, io.Reader) error) error {
	if m.strikes[message.Place].out(m.account.Now()) {
		m.account.Log.Error("message passed over: it kills the connection", "account", m.account.Name, "uid", message.UID)
		return take(ctx, message, nil)
	}
	if message.Size > m.account.MaxMessage {
		return take(ctx, message, nil)
	}
	// However steadily a literal drips, it ends.
	patience := 10*m.account.AnswerTimeout + time.Duration(message.Size>>12)*time.Second
	limited, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("message %d takes longer than %v: %w", message.UID, patience, workflow.ErrTemporary))
	defer cancel()
	body, err := s.openBody(limited, imap.UID(message.UID))
	if err != nil {
		return m.strike(ctx, message, err)
	}
	err = hand(ctx, body, message, m.account.MaxMessage, take)
	if body.broken() {
		return m.strike(ctx, message, err)
	}
	delete(m.strikes, message.Place)
	return err
}

// strike counts a failure that was neither the caller's nor the context's.
func (m *Mailbox) strike(ctx context.Context, message workflow.Incoming, err error) error {
	known := m.strikes[message.Place]
	if ctx.Err() == nil {
		if known.count++; known.count == 1 {
			known.first = m.account.Now()
		}
		m.strikes[message.Place] = known
	}
	return fmt.Errorf("fetch message %d (failure %d): %w", message.UID, known.count, err)
}

// hand lets take read the message, and returns its error, or the connection's.
func hand(ctx context.Context, body *bodyReader, message workflow.Incoming, limit int64, take func(context.Context, workflow.Incoming, io.Reader) error) error {
	defer body.close()
	message.Size = body.size // Some servers estimate RFC822.SIZE; the literal is what comes.
	if body.size <= limit {
		if err := take(ctx, message, body); err != nil {
			return err
		}
		return body.finish()
	}
	body.session.progressed = true
	body.close()
	if err := take(ctx, message, nil); err != nil {
		return err
	}
	return fmt.Errorf("message %d has %d bytes, more than the server said: %w", message.UID, body.size, errAbandoned)
}

// list returns what lies behind a UID. An INTERNALDATE that go-imap cannot read ends the connection; from then on no
// dates are asked for, and messages count as received when they are fetched.
func (m *Mailbox) list(ctx context.Context, s *session, after uint32) ([]workflow.Incoming, error) {
	found, err := s.list(ctx, after, !m.undated)
	if err != nil && s.dead() && s.conn.failure() == nil {
		m.undated = true
	}
	return found, err
}

// list asks for size and date of messages. FLAGS, ENVELOPE and BODYSTRUCTURE are never asked for: odd answers to them
// kill the connection.
func (s *session) list(ctx context.Context, after uint32, dated bool) ([]workflow.Incoming, error) {
	if after == math.MaxUint32 {
		return nil, nil
	}
	var found []workflow.Incoming
	err := s.run(ctx, "ask for sizes", func() error {
		set := imap.UIDSet{{Start: imap.UID(after) + 1, Stop: 0}} // n:*
		command := s.client.Fetch(set, &imap.FetchOptions{UID: true, RFC822Size: true, InternalDate: dated})
		for message := command.Next(); message != nil; message = command.Next() {
			// RFC 9051, 6.4.8: n:* holds the last message even when its UID is below n.
			if one := s.describe(message); one.UID > after {
				found = append(found, one)
			}
			if len(found) > maxListed {
				s.conn.cut(fmt.Errorf("more than %d messages listed", maxListed))
			}
		}
		return command.Close()
	})
	slices.SortFunc(found, func(a, b workflow.Incoming) int { return cmp.Compare(a.UID, b.UID) })
	return found, err
}

func (s *session) describe(message *imapclient.FetchMessageData) workflow.Incoming {
	one := workflow.Incoming{Internal: s.account.Now()} // For a server that does not tell.
	for item := message.Next(); item != nil; item = message.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			one.UID = uint32(item.UID)
		case imapclient.FetchItemDataRFC822Size:
			one.Size = item.Size
		case imapclient.FetchItemDataInternalDate:
			one.Internal = item.Time
		}
	}
	return one
}
