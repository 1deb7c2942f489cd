package mailserver

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// session is one IMAP connection.
type session struct {
	server   *Server
	wire     *wire
	account  *account // Nil before the login.
	selected *folder  // Nil unless one is selected.
	view     *imapserver.SessionTracker
}

var (
	_ imapserver.SessionMove      = (*session)(nil)
	_ imapserver.SessionNamespace = (*session)(nil)
)

func no(code imap.ResponseCode, text string) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Code: code, Text: text}
}

// Close implements imapserver.Session.
func (s *session) Close() error { return s.Unselect() }

// Login implements imapserver.Session.
func (s *session) Login(user, password string) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if text := s.server.faults.RefuseLogin; text != "" {
		return no("", text)
	}
	account := s.server.accounts[strings.ToLower(user)]
	if account == nil || account.Password != password {
		return imapserver.ErrAuthFailed
	}
	s.account = account
	s.server.stats.Logins++
	return nil
}

// Select implements imapserver.Session.
func (s *session) Select(name string, _ *imap.SelectOptions) (*imap.SelectData, error) {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if s.server.faults.RequireID && !s.wire.hasIdentified() {
		return nil, no("", "SELECT Unsafe Login. Please contact kefu@188.com for help")
	}
	found := s.account.folder(name)
	if found == nil {
		return nil, no(imap.ResponseCodeNonExistent, "No such folder")
	}
	s.selected, s.view = found, found.tracker.NewSession()
	return &imap.SelectData{
		Flags:          []imap.Flag{imap.FlagSeen, imap.FlagAnswered, imap.FlagFlagged, imap.FlagDeleted, imap.FlagDraft},
		PermanentFlags: []imap.Flag{imap.FlagSeen, imap.FlagAnswered, imap.FlagFlagged, imap.FlagDeleted, imap.FlagDraft, imap.FlagWildcard},
		NumMessages:    uint32(len(found.messages)), UIDNext: found.next, UIDValidity: found.validity,
	}, nil
}

// Unselect implements imapserver.Session.
func (s *session) Unselect() error {
	s.server.mu.Lock() // A connection that ends does not wait for its IDLE.
	defer s.server.mu.Unlock()
	if s.view != nil {
		s.view.Close()
	}
	s.selected, s.view = nil, nil
	return nil
}

// Create implements imapserver.Session.
func (s *session) Create(name string, _ *imap.CreateOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	name = strings.TrimRight(name, "/")
	if name == "" || s.account.folder(name) != nil {
		return no(imap.ResponseCodeAlreadyExists, "Folder exists")
	}
	s.account.create(name)
	return nil
}

// Delete implements imapserver.Session.
func (s *session) Delete(name string) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if s.account.folder(name) == nil || strings.EqualFold(name, "INBOX") {
		return no(imap.ResponseCodeNonExistent, "No such folder, or INBOX")
	}
	delete(s.account.folders, name)
	return nil
}

// Rename implements imapserver.Session.
func (s *session) Rename(string, string, *imap.RenameOptions) error {
	return no(imap.ResponseCodeCannot, "Folders are not renamed here")
}

// Subscribe implements imapserver.Session; every folder is subscribed.
func (s *session) Subscribe(string) error { return nil }

// Unsubscribe implements imapserver.Session.
func (s *session) Unsubscribe(string) error { return nil }

// Namespace implements imapserver.SessionNamespace.
func (s *session) Namespace() (*imap.NamespaceData, error) {
	return &imap.NamespaceData{Personal: []imap.NamespaceDescriptor{{Delim: '/'}}}, nil
}

// List implements imapserver.Session.
func (s *session) List(w *imapserver.ListWriter, ref string, patterns []string, options *imap.ListOptions) error {
	if len(patterns) == 0 {
		return w.WriteList(&imap.ListData{Attrs: []imap.MailboxAttr{imap.MailboxAttrNoSelect}, Delim: '/'})
	}
	for _, name := range s.server.Folders(s.account.Address) {
		if !slices.ContainsFunc(patterns, func(p string) bool { return imapserver.MatchList(name, '/', ref, p) }) {
			continue
		}
		data := &imap.ListData{Mailbox: name, Delim: '/'}
		if options.ReturnStatus != nil {
			data.Status, _ = s.Status(name, options.ReturnStatus) // A folder that has just gone has no status.
		}
		if err := w.WriteList(data); err != nil {
			return err
		}
	}
	return nil
}

// Status implements imapserver.Session.
func (s *session) Status(name string, options *imap.StatusOptions) (*imap.StatusData, error) {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	f := s.account.folder(name)
	if f == nil {
		return nil, no(imap.ResponseCodeNonExistent, "No such folder")
	}
	var total, unseen, deleted, recent uint32
	var size int64
	for _, m := range f.messages {
		total++
		size += int64(len(m.raw))
		if !m.flags[imap.FlagSeen] {
			unseen++
		}
		if m.flags[imap.FlagDeleted] {
			deleted++
		}
	}
	data := &imap.StatusData{Mailbox: f.name}
	pick := func(asked bool, value *uint32) *uint32 {
		if asked {
			return value
		}
		return nil
	}
	data.NumMessages, data.NumUnseen = pick(options.NumMessages, &total), pick(options.NumUnseen, &unseen)
	data.NumDeleted, data.NumRecent = pick(options.NumDeleted, &deleted), pick(options.NumRecent, &recent)
	data.UIDNext, data.UIDValidity = f.next, f.validity
	if options.Size {
		data.Size = &size
	}
	return data, nil
}

// Append implements imapserver.Session.
func (s *session) Append(name string, r imap.LiteralReader, options *imap.AppendOptions) (*imap.AppendData, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) != r.Size() {
		return nil, io.ErrUnexpectedEOF
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	f := s.account.folder(name)
	if f == nil {
		return nil, no(imap.ResponseCodeTryCreate, "No such folder")
	}
	internal := options.Time
	if internal.IsZero() {
		internal = s.server.options.Now()
	}
	uid := s.server.put(f, raw, internal, options.Flags)
	return &imap.AppendData{UIDValidity: f.validity, UID: uid}, nil
}

// Poll implements imapserver.Session.
func (s *session) Poll(w *imapserver.UpdateWriter, allowExpunge bool) error {
	s.server.count(func(stats *Stats) { stats.Polls++ })
	if s.view == nil {
		return nil
	}
	return s.view.Poll(w, allowExpunge)
}

// Idle implements imapserver.Session.
func (s *session) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	s.server.mu.Lock()
	s.server.stats.Idles++
	view, deaf := s.view, s.server.faults.DeafIdle
	s.server.mu.Unlock()
	if view == nil || deaf {
		<-stop
		return nil
	}
	// What came since the last command would otherwise be told with the next change only.
	if err := view.Poll(w, true); err != nil {
		return err
	}
	return view.Idle(w, stop)
}

// entry is a message with the number by which this connection knows it.
type entry struct {
	sequence uint32
	*message
	flags []imap.Flag
}

// resolve returns the messages of a set as they are now. Messages that the client was not told of yet have no number.
func (s *session) resolve(set imap.NumSet) []entry {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	return s.resolveLocked(set)
}

func (s *session) resolveLocked(set imap.NumSet) []entry {
	matches := matcher(set, s.selected)
	var found []entry
	for i, m := range s.selected.messages {
		if sequence := s.view.EncodeSeqNum(uint32(i + 1)); sequence > 0 && matches(sequence, m.uid) {
			found = append(found, entry{sequence, m, m.flagList()})
		}
	}
	return found
}

// matcher replaces "*" by the last number. RFC 9051, 6.4.8: n:* holds the last message even when n lies behind it.
func matcher(set imap.NumSet, f *folder) func(sequence uint32, uid imap.UID) bool {
	last := uint32(len(f.messages))
	if uids, ok := set.(imap.UIDSet); ok {
		lastUID := imap.UID(0)
		if last > 0 {
			lastUID = f.messages[last-1].uid
		}
		return func(_ uint32, uid imap.UID) bool {
			return slices.ContainsFunc(uids, func(r imap.UIDRange) bool { return within(uid, r.Start, r.Stop, lastUID) })
		}
	}
	numbers, _ := set.(imap.SeqSet)
	return func(sequence uint32, _ imap.UID) bool {
		return slices.ContainsFunc(numbers, func(r imap.SeqRange) bool { return within(sequence, r.Start, r.Stop, last) })
	}
}

func within[N ~uint32](n, start, stop, last N) bool {
	start, stop = cmp.Or(start, last), cmp.Or(stop, last)
	return n >= min(start, stop) && n <= max(start, stop)
}
