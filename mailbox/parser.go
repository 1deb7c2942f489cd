package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"contractd/workflow"
)

// Parser reads raw messages. It may be used by several goroutines at once.
type Parser struct {
	Limits Limits
	Spool  string // Folder for the decoded PDFs, which must exist.
}

// Parse finds addresses, ids and PDFs in a raw message. The PDFs lie in the spool until the closer is closed,
// which must happen also where nothing was found; it is never nil. What a sender did wrong, limits included,
// is a workflow.Problem in the message. An error means that the message could not be read here and now
// (storage, context), and wraps workflow.ErrTemporary.
func (p *Parser) Parse(ctx context.Context, raw workflow.Document) (workflow.Message, io.Closer, error) {
	limits := p.Limits.orDefaults()
	own, cancel := context.WithTimeout(ctx, limits.Time)
	defer cancel()
	files := &spool{dir: p.Spool}
	w := &walker{ctx: own, limits: limits, files: files, left: limits.Decoded, known: map[workflow.Hash]int{}}
	err := w.message(io.NewSectionReader(raw.ReaderAt, 0, min(raw.Size, limits.Raw)))
	if raw.Size > limits.Raw {
		w.problem(workflow.ProblemTooLarge, "", "")
	}
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		// Our own limit of time, not the caller's: what was found until then stands.
		w.problem(workflow.ProblemTooLarge, "", "")
		err = nil
	}
	if err != nil {
		return workflow.Message{}, files, fmt.Errorf("read message %s: %w: %w", raw.Hash.Short(), workflow.ErrTemporary, err)
	}
	return w.found, files, nil
}

// walker collects what one message holds.
type walker struct {
	ctx    context.Context
	limits Limits
	files  *spool
	found  workflow.Message
	parts  int                   // Entered so far.
	left   int64                 // Bytes that may still be decoded.
	known  map[workflow.Hash]int // Digests to places in found.PDFs.
	report bool                  // A message/delivery-status was seen.
	bounce workflow.Bounce       // What it said.
	named  string                // The first Message-ID that a text quotes.
}

// message reads the outermost message.
func (w *walker) message(raw *io.SectionReader) error {
	head, body, err := readHeader(w.ctx, raw, w.limits.Header)
	if errors.Is(err, errHeaderSize) {
		w.problem(workflow.ProblemTooLarge, "", "")
		body, err = io.NewSectionReader(raw, 0, 0), nil
	}
	if err != nil {
		return err
	}
	w.found.From = addresses(head.values("From"))
	w.found.To = recipients(head)
	w.found.Subject = oneLine(decodeWords(head.get("Subject")))
	w.found.MessageID = firstID(head.get("Message-Id"))
	w.found.References = references(head)
	w.found.Date = date(head.get("Date"))
	err = w.entity(entity{head: head, body: body})
	w.found.Automatic = automatic(head, w.report)
	w.concludeBounce(head)
	return err
}

// problem records what kept us from looking, each once.
func (w *walker) problem(kind workflow.ProblemKind, path, name string) {
	found := workflow.Problem{Kind: kind, Path: path, Name: name}
	for _, known := range w.found.Problems {
		if known == found {
			return
		}
	}
	w.found.Problems = append(w.found.Problems, found)
}

// oneLine replaces control characters and line ends, so that a decoded value can stand in a line of a log or table.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case isHidden(r):
			return -1
		case r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029:
			return ' '
		}
		return r
	}, text)
	return strings.TrimSpace(cut(text, 1000))
}
