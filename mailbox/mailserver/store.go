package mailserver

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// Message is one message as it lies in a folder.
type Message struct {
	UID      uint32
	Flags    []string
	Internal time.Time
	Raw      []byte
}

type account struct {
	User
	folders  map[string]*folder
	validity uint32 // The last one that was given away.
}

type folder struct {
	name     string
	validity uint32
	next     imap.UID
	messages []*message
	tracker  *imapserver.MailboxTracker
}

type message struct {
	uid      imap.UID
	flags    map[imap.Flag]bool // As canonical spells them.
	internal time.Time
	raw      []byte // Never changed.
}

func newAccount(user User) *account {
	a := &account{User: user, folders: make(map[string]*folder), validity: 1000}
	a.create("INBOX")
	return a
}

func (a *account) create(name string) *folder {
	a.validity++ // RFC 9051, 6.3.4: a folder made anew under an old name has another UIDVALIDITY.
	f := &folder{name: name, validity: a.validity, next: 1, tracker: imapserver.NewMailboxTracker(0)}
	a.folders[name] = f
	return f
}

// folder returns a folder by its name; only INBOX is found whatever its case.
func (a *account) folder(name string) *folder {
	if strings.EqualFold(name, "INBOX") {
		name = "INBOX"
	}
	return a.folders[name]
}

// put adds a message. The caller holds mu.
func (s *Server) put(f *folder, raw []byte, internal time.Time, flags []imap.Flag) imap.UID {
	m := &message{uid: f.next, internal: internal, raw: raw, flags: make(map[imap.Flag]bool)}
	for _, flag := range flags {
		m.flags[canonical(flag)] = true
	}
	f.next++
	f.messages = append(f.messages, m)
	f.tracker.QueueNumMessages(uint32(len(f.messages)))
	s.notify()
	return m.uid
}

// drop removes messages. The caller holds mu.
func (s *Server) drop(f *folder, doomed func(*message) bool) (sequence []uint32) {
	for i := len(f.messages) - 1; i >= 0; i-- {
		if doomed(f.messages[i]) {
			f.messages = slices.Delete(f.messages, i, i+1)
			f.tracker.QueueExpunge(uint32(i + 1))
			sequence = append(sequence, uint32(i+1))
		}
	}
	s.notify()
	return sequence
}

// notify wakes whoever waits. The caller holds mu.
func (s *Server) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Deliver puts a message into a user's INBOX exactly as it is.
func (s *Server) Deliver(user string, raw []byte) error {
	return s.DeliverAt(user, raw, s.options.Now())
}

// DeliverAt is Deliver of a message that came at another time.
func (s *Server) DeliverAt(user string, raw []byte, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	account := s.accounts[strings.ToLower(user)]
	if account == nil {
		return fmt.Errorf("deliver to %q: no such user", user)
	}
	s.put(account.folder("INBOX"), bytes.Clone(raw), at, nil)
	return nil
}

// Messages returns what lies in a folder, oldest first; nothing where it does not exist.
func (s *Server) Messages(user, folder string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.messages(user, folder)
}

func (s *Server) messages(user, name string) []Message {
	account := s.accounts[strings.ToLower(user)]
	if account == nil || account.folder(name) == nil {
		return nil
	}
	var found []Message
	for _, m := range account.folder(name).messages {
		found = append(found, Message{uint32(m.uid), m.flagNames(), m.internal, m.raw})
	}
	return found
}

// Await returns what lies in a folder once there are at least n messages.
func (s *Server) Await(ctx context.Context, user, folder string, n int) ([]Message, error) {
	for {
		s.mu.Lock()
		found, changed := s.messages(user, folder), s.changed
		s.mu.Unlock()
		if len(found) >= n {
			return found, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return found, fmt.Errorf("wait for %d messages in %q of %q, have %d: %w", n, folder, user, len(found), ctx.Err())
		}
	}
}

// Folders returns the names of a user's folders.
func (s *Server) Folders(user string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	account := s.accounts[strings.ToLower(user)]
	if account == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(account.folders))
}

// Renumber gives a folder a new UIDVALIDITY and its messages new UIDs from 1, as a restored server does. Connections
// that have it selected go on with the old one.
func (s *Server) Renumber(user, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	account := s.accounts[strings.ToLower(user)]
	if account == nil || account.folder(name) == nil {
		return fmt.Errorf("renumber %q of %q: no such folder", name, user)
	}
	old := account.folder(name)
	fresh := account.create(old.name)
	for _, m := range old.messages {
		s.put(fresh, m.raw, m.internal, slices.Collect(maps.Keys(m.flags)))
	}
	return nil
}

func (m *message) flagList() []imap.Flag {
	var flags []imap.Flag
	for flag := range m.flags {
		flags = append(flags, flag)
	}
	slices.SortFunc(flags, func(a, b imap.Flag) int { return cmp.Compare(a, b) })
	return flags
}

func (m *message) flagNames() []string {
	var names []string
	for _, flag := range m.flagList() {
		names = append(names, string(flag))
	}
	return names
}

// canonical returns the usual spelling of system flags, which are case-insensitive (RFC 9051, 2.3.2).
func canonical(flag imap.Flag) imap.Flag {
	for _, known := range []imap.Flag{imap.FlagSeen, imap.FlagAnswered, imap.FlagFlagged, imap.FlagDeleted, imap.FlagDraft} {
		if strings.EqualFold(string(known), string(flag)) {
			return known
		}
	}
	return flag
}
