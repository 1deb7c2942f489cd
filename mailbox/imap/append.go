package imap

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"contractd/workflow"
)

// maxHits bounds how many search hits are looked at, and maxHeader how much of each.
const (
	maxHits   = 20
	maxHeader = 4 << 10
)

// Append stores a copy in the Sent folder, which is created when missing, unless a message with this Message-ID (without
// angle brackets) lies there already. Errors wrap workflow.ErrTemporary or ErrCredential.
func (m *Mailbox) Append(ctx context.Context, messageID string, raw workflow.Document) error {
	err := m.writer.use(ctx, func(s *session) error {
		name, err := s.sentFolder(ctx)
		if err != nil {
			return err
		}
		return s.append(ctx, name, messageID, raw)
	})
	if err != nil {
		return fmt.Errorf("copy letter %s into the Sent folder: %w", messageID, err)
	}
	return nil
}

// sentFolder returns the configured folder, else the one with the special use \Sent (RFC 6154, 2), which people may have
// named in any language.
func (s *session) sentFolder(ctx context.Context) (string, error) {
	if s.account.Sent != "" {
		return s.account.Sent, nil
	}
	if s.sent != "" {
		return s.sent, nil
	}
	name := "Sent"
	err := s.run(ctx, "look for the Sent folder", func() error {
		options := &imap.ListOptions{ReturnSpecialUse: s.caps.Has(imap.CapListExtended) && s.caps.Has(imap.CapSpecialUse)}
		listed, err := s.client.List("", "*", options).Collect()
		for _, folder := range listed {
			if slices.Contains(folder.Attrs, imap.MailboxAttrSent) {
				name = folder.Mailbox
			}
		}
		return err
	})
	if err == nil {
		s.sent = name
	}
	return name, err
}

func (s *session) append(ctx context.Context, name, messageID string, raw workflow.Document) error {
	_, err := s.open(ctx, name)
	if refusal(err) != nil {
		if err := s.create(ctx, name); err != nil {
			return err
		}
		_, err = s.selectFolder(ctx, name)
	}
	if err != nil {
		return err
	}
	present, err := s.present(ctx, messageID)
	if err != nil || present {
		return err
	}
	return s.upload(ctx, name, raw)
}

// present reports whether the selected folder holds the message. Hits are looked at, because some servers answer a
// search that they do not understand with everything.
func (s *session) present(ctx context.Context, messageID string) (bool, error) {
	hits, err := s.search(ctx, "<"+messageID+">")
	if err != nil || len(hits) == 0 {
		return false, err
	}
	found := false
	err = s.run(ctx, "look at what was found", func() error {
		section := &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"Message-ID"}, Peek: true}
		command := s.client.Fetch(imap.UIDSetNum(hits...), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
		for message := command.Next(); message != nil; message = command.Next() {
			found = holds(message, "<"+messageID+">") || found
		}
		return command.Close()
	})
	return found, err
}

// search returns messages of the selected folder whose Message-ID holds the text, as the server believes.
func (s *session) search(ctx context.Context, text string) (hits []imap.UID, err error) {
	err = s.run(ctx, "search for the letter", func() error {
		data, err := s.client.UIDSearch(&imap.SearchCriteria{
			Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: text}},
		}, nil).Wait()
		if err == nil {
			hits = lastHits(data.All)
		}
		return err
	})
	return hits, err
}

// lastHits returns the highest UIDs of a set without ever unfolding a huge one.
func lastHits(set imap.NumSet) []imap.UID {
	ranges, _ := set.(imap.UIDSet)
	var hits []imap.UID
	for _, r := range slices.Backward(ranges) {
		for uid := max(r.Start, r.Stop); uid >= min(r.Start, r.Stop) && uid > 0 && len(hits) < maxHits; uid-- {
			hits = append(hits, uid)
		}
	}
	return hits
}

func holds(message *imapclient.FetchMessageData, text string) bool {
	found := false
	for item := message.Next(); item != nil; item = message.Next() {
		if section, ok := item.(imapclient.FetchItemDataBodySection); ok && section.Literal != nil {
			// What cannot be read does not hold the text; the connection's end is told by the command.
			header, _ := io.ReadAll(io.LimitReader(section.Literal, maxHeader))
			found = found || bytes.Contains(header, []byte(text))
		}
	}
	return found
}

// upload streams the letter. A letter that cannot be read to its end cuts the connection, which is the only way to
// take an APPEND back.
func (s *session) upload(ctx context.Context, name string, raw workflow.Document) error {
	return s.run(ctx, "append", func() error {
		command := s.client.Append(name, raw.Size, &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen}})
		_, err := io.Copy(command, raw.Reader())
		if closing := command.Close(); err == nil {
			err = closing
		}
		if err != nil && refusal(err) == nil {
			s.conn.cut(err)
		}
		if _, answer := command.Wait(); answer != nil {
			return answer
		}
		return err
	})
}
