package mailserver

import (
	"bufio"
	"bytes"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-message/textproto"
)

// Fetch implements imapserver.Session.
func (s *session) Fetch(w *imapserver.FetchWriter, set imap.NumSet, options *imap.FetchOptions) error {
	faults := s.server.behaviour()
	for _, e := range s.resolve(set) {
		if len(options.BodySection) > 0 && s.misbehave(faults, e) {
			continue
		}
		if err := s.fetch(w.CreateMessage(e.sequence), e, options, max(1, faults.SizeFactor)); err != nil {
			return err
		}
	}
	return nil
}

// misbehave arranges for what the faults say about a body, and reports whether to leave it out.
func (s *session) misbehave(faults Faults, e entry) (leaveOut bool) {
	switch {
	case faults.KillUID > 0 && uint32(e.uid) == faults.KillUID:
		s.wire.limit(0, false)
	case faults.CutBody > 0:
		s.wire.limit(faults.CutBody, false)
	case faults.StallBody > 0:
		s.wire.limit(faults.StallBody, true)
	}
	return faults.NoBodyUID > 0 && uint32(e.uid) == faults.NoBodyUID
}

func (s *session) fetch(w *imapserver.FetchResponseWriter, e entry, options *imap.FetchOptions, sizeFactor int64) error {
	w.WriteUID(e.uid)
	if options.Flags {
		w.WriteFlags(e.flags)
	}
	if options.InternalDate {
		w.WriteInternalDate(e.internal)
	}
	if options.RFC822Size {
		w.WriteRFC822Size(int64(len(e.raw)) * sizeFactor)
	}
	if options.Envelope {
		w.WriteEnvelope(envelope(e.raw))
	}
	if options.BodyStructure != nil {
		w.WriteBodyStructure(imapserver.ExtractBodyStructure(bytes.NewReader(e.raw)))
	}
	for _, section := range options.BodySection {
		if err := s.writeSection(w, e, section); err != nil {
			// The writer holds the connection's lock until it is closed, and the error is the same.
			_ = w.Close()
			return err
		}
	}
	return w.Close()
}

func (s *session) writeSection(w *imapserver.FetchResponseWriter, e entry, section *imap.FetchItemBodySection) error {
	content := e.raw // The library's extraction drops the bytes of headers that it cannot read.
	if len(section.Part) > 0 || section.Specifier != imap.PartSpecifierNone || section.Partial != nil {
		content = imapserver.ExtractBodySection(bytes.NewReader(e.raw), section)
	}
	if !section.Peek {
		s.mark(e.message, imap.FlagSeen)
	}
	literal := w.WriteBodySection(section, int64(len(content)))
	if _, err := literal.Write(content); err != nil {
		return err
	}
	return literal.Close()
}

func envelope(raw []byte) *imap.Envelope {
	header, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		return &imap.Envelope{}
	}
	return imapserver.ExtractEnvelope(header)
}

func (s *session) mark(m *message, flag imap.Flag) {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	m.flags[flag] = true
	s.server.notify()
}

// Store implements imapserver.Session.
func (s *session) Store(w *imapserver.FetchWriter, set imap.NumSet, flags *imap.StoreFlags, options *imap.StoreOptions) error {
	s.server.mu.Lock()
	for _, e := range s.resolveLocked(set) {
		e.change(flags)
	}
	s.server.notify()
	s.server.mu.Unlock()
	if flags.Silent {
		return nil
	}
	return s.Fetch(w, set, &imap.FetchOptions{Flags: true})
}

// change applies STORE. The caller holds mu.
func (m *message) change(flags *imap.StoreFlags) {
	if flags.Op == imap.StoreFlagsSet {
		clear(m.flags)
	}
	for _, flag := range flags.Flags {
		if flags.Op == imap.StoreFlagsDel {
			delete(m.flags, canonical(flag))
		} else {
			m.flags[canonical(flag)] = true
		}
	}
}

// Copy implements imapserver.Session.
func (s *session) Copy(set imap.NumSet, target string) (*imap.CopyData, error) {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	return s.copyLocked(s.resolveLocked(set), target)
}

func (s *session) copyLocked(entries []entry, target string) (*imap.CopyData, error) {
	f := s.account.folder(target)
	if f == nil {
		return nil, no(imap.ResponseCodeTryCreate, "No such folder")
	}
	var from, to imap.UIDSet
	for _, e := range entries {
		from.AddNum(e.uid)
		to.AddNum(s.server.put(f, e.raw, e.internal, e.flags))
	}
	if len(entries) == 0 {
		return nil, nil
	}
	return &imap.CopyData{UIDValidity: f.validity, SourceUIDs: from, DestUIDs: to}, nil
}

// Move implements imapserver.SessionMove.
func (s *session) Move(w *imapserver.MoveWriter, set imap.NumSet, target string) error {
	s.server.mu.Lock()
	entries := s.resolveLocked(set)
	data, err := s.copyLocked(entries, target)
	if err == nil {
		moved := make(map[*message]bool)
		for _, e := range entries {
			moved[e.message] = true
		}
		s.server.drop(s.selected, func(m *message) bool { return moved[m] })
	}
	s.server.mu.Unlock()
	if err != nil || data == nil {
		return err
	}
	return w.WriteCopyData(data) // EXPUNGE follows from the view.
}

// Expunge implements imapserver.Session.
func (s *session) Expunge(_ *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	wanted := func(uint32, imap.UID) bool { return true }
	if uids != nil {
		wanted = matcher(*uids, s.selected)
	}
	s.server.drop(s.selected, func(m *message) bool { return m.flags[imap.FlagDeleted] && wanted(0, m.uid) })
	return nil // EXPUNGE follows from the view.
}
