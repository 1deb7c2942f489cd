package mailserver

import (
	"bytes"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// Search implements imapserver.Session.
func (s *session) Search(kind imapserver.NumKind, criteria *imap.SearchCriteria, _ *imap.SearchOptions) (*imap.SearchData, error) {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	var numbers imap.SeqSet
	var uids imap.UIDSet
	data := &imap.SearchData{}
	for _, e := range s.resolveLocked(imap.SeqSet{{Start: 1}}) {
		if !s.matches(e, criteria) {
			continue
		}
		number := e.sequence
		if kind == imapserver.NumKindUID {
			number = uint32(e.uid)
		}
		numbers.AddNum(number)
		uids.AddNum(e.uid)
		data.Count++
		if data.Min == 0 || number < data.Min {
			data.Min = number
		}
		data.Max = max(data.Max, number)
	}
	data.All = numbers
	if kind == imapserver.NumKindUID {
		data.All = uids
	}
	return data, nil
}

func (s *session) matches(e entry, c *imap.SearchCriteria) bool {
	inSet := func(set imap.NumSet) bool { return matcher(set, s.selected)(e.sequence, e.uid) }
	return all(c.SeqNum, func(set imap.SeqSet) bool { return inSet(set) }) &&
		all(c.UID, func(set imap.UIDSet) bool { return inSet(set) }) &&
		all(c.Flag, func(flag imap.Flag) bool { return e.message.flags[canonical(flag)] }) &&
		all(c.NotFlag, func(flag imap.Flag) bool { return !e.message.flags[canonical(flag)] }) &&
		all(c.Header, func(field imap.SearchCriteriaHeaderField) bool {
			return s.server.faults.FindAll || hasHeader(e.raw, field)
		}) &&
		all(append(c.Text, c.Body...), func(text string) bool {
			return bytes.Contains(bytes.ToLower(e.raw), bytes.ToLower([]byte(text)))
		}) &&
		(c.Larger == 0 || int64(len(e.raw)) > c.Larger) && (c.Smaller == 0 || int64(len(e.raw)) < c.Smaller) &&
		(c.Since.IsZero() || !e.internal.Before(c.Since)) && (c.Before.IsZero() || e.internal.Before(c.Before)) &&
		all(c.Not, func(not imap.SearchCriteria) bool { return !s.matches(e, &not) }) &&
		all(c.Or, func(or [2]imap.SearchCriteria) bool { return s.matches(e, &or[0]) || s.matches(e, &or[1]) })
}

func all[T any](items []T, holds func(T) bool) bool {
	return !slices.ContainsFunc(items, func(item T) bool { return !holds(item) })
}

// hasHeader looks at unfolded header lines, as they stand.
func hasHeader(raw []byte, field imap.SearchCriteriaHeaderField) bool {
	header, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	unfolded := strings.NewReplacer("\r\n ", " ", "\r\n\t", " ").Replace(string(header))
	for line := range strings.SplitSeq(unfolded, "\r\n") {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(key, field.Key) && strings.Contains(strings.ToLower(value), strings.ToLower(field.Value)) {
			return true
		}
	}
	return false
}
