package imap

import (
	"bytes"
	"context"
	"io"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"contractd/workflow"
)

// likeness is by what a message is recognised in another folder: its Message-ID line, its size, and its date, which a copy
// keeps (RFC 9051, 6.4.7).
type likeness struct {
	line string
	size int64
	date time.Time
}

// copied reports whether the target holds the message already: a COPY whose answer was lost, or after which we died before
// we removed the message. Whatever is in doubt counts as not copied: a second copy is untidy, a missing one is a loss.
// Afterwards the message's own folder is selected.
func (s *session) copied(ctx context.Context, place workflow.Place, target string) (bool, error) {
	found, err := s.likenesses(ctx, imap.UIDSetNum(imap.UID(place.UID)))
	if err != nil || len(found) != 1 || found[0].line == "" {
		return false, unlessRefused(err)
	}
	there, err := s.holdsLike(ctx, found[0], target)
	if unlessRefused(err) != nil {
		return false, err
	}
	_, err = s.selectFolder(ctx, place.Folder)
	return there, err
}

// unlessRefused forgets an error that only says that the server will not.
func unlessRefused(err error) error {
	if refusal(err) != nil {
		return nil
	}
	return err
}

func (s *session) holdsLike(ctx context.Context, wanted likeness, target string) (bool, error) {
	if _, err := s.selectFolder(ctx, target); err != nil { // A folder that is missing holds nothing.
		return false, err
	}
	_, id, _ := bytes.Cut([]byte(wanted.line), []byte(":"))
	hits, err := s.search(ctx, string(bytes.TrimSpace(id)))
	if err != nil || len(hits) == 0 {
		return false, err
	}
	all, err := s.likenesses(ctx, imap.UIDSetNum(hits...))
	return slices.ContainsFunc(all, func(one likeness) bool {
		return one.line == wanted.line && one.size == wanted.size && one.date.Equal(wanted.date)
	}), err
}

// likenesses describes messages of the selected folder.
func (s *session) likenesses(ctx context.Context, messages imap.UIDSet) ([]likeness, error) {
	var all []likeness
	err := s.run(ctx, "look at messages", func() error {
		section := &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"Message-ID"}, Peek: true}
		command := s.client.Fetch(messages, &imap.FetchOptions{
			UID: true, RFC822Size: true, InternalDate: true, BodySection: []*imap.FetchItemBodySection{section},
		})
		for message := command.Next(); message != nil; message = command.Next() {
			all = append(all, likenessOf(message))
		}
		return command.Close()
	})
	return all, err
}

func likenessOf(message *imapclient.FetchMessageData) likeness {
	var one likeness
	for item := message.Next(); item != nil; item = message.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataRFC822Size:
			one.size = item.Size
		case imapclient.FetchItemDataInternalDate:
			one.date = item.Time
		case imapclient.FetchItemDataBodySection:
			if item.Literal != nil {
				// What cannot be read is like nothing; the connection's end is told by the command.
				line, _ := io.ReadAll(io.LimitReader(item.Literal, maxHeader))
				one.line = string(bytes.TrimSpace(line))
			}
		}
	}
	return one
}
