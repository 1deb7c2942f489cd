package imap

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"contractd/workflow"
)

// bodyReader reads the literal of one BODY[] answer. It exists because go-imap ends a literal that was cut off with a
// plain io.EOF: here the end is told only after all bytes and the command's own OK.
type bodyReader struct {
	session *session
	ctx     context.Context // Of the one fetch that this reader lives in.
	release func()
	command *imapclient.FetchCommand
	message *imapclient.FetchMessageData
	literal imap.LiteralReader
	size    int64
	left    int64
	ended   bool  // The literal has told its end, rightly or too early.
	err     error // How it ended: io.EOF, or why not.
	closed  bool
}

var errNoBody = errors.New("server sent no body")

// openBody asks for one message and waits until its bytes begin. On error nothing is left to close.
func (s *session) openBody(ctx context.Context, uid imap.UID) (*bodyReader, error) {
	b := &bodyReader{session: s, ctx: ctx, release: s.conn.bind(ctx)}
	s.conn.arm()
	b.command = s.client.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{
		UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}},
	})
	for b.message = b.command.Next(); b.message != nil; b.message = b.command.Next() {
		for item := b.message.Next(); item != nil; item = b.message.Next() {
			section, ok := item.(imapclient.FetchItemDataBodySection)
			if ok && section.Literal != nil {
				b.literal, b.size, b.left = section.Literal, section.Literal.Size(), section.Literal.Size()
				return b, nil
			}
		}
	}
	// A UID without body is an error to retry, never an empty message.
	err := b.command.Close()
	if err == nil {
		err = errNoBody
	}
	b.rest()
	return nil, s.explain(ctx, "ask for message", err)
}

// Read implements io.Reader.
func (b *bodyReader) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if b.left == 0 {
		return 0, b.end()
	}
	n, err := b.literal.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if err != nil && b.left > 0 {
		b.ended = true
		b.err = b.session.explain(b.ctx, "read message", fmt.Errorf("got %d of %d bytes: %w", b.size-b.left, b.size, io.ErrUnexpectedEOF))
		b.lose(b.err)
		return n, b.err
	}
	return n, nil
}

// end waits for the server's OK behind the literal.
func (b *bodyReader) end() error {
	b.endLiteral()
	for b.message.Next() != nil {
		continue
	}
	if err := b.command.Close(); err != nil {
		b.err = b.session.explain(b.ctx, "read message", err)
		b.lose(b.err)
		return b.err
	}
	b.err = io.EOF
	b.session.used = b.session.account.Now()
	return io.EOF
}

// lose cuts the connection and waits until go-imap's reading goroutine has ended, which waits for the literal's end.
// Only then may the command be closed: it would read the literal too.
func (b *bodyReader) lose(cause error) {
	b.session.conn.cut(cause)
	b.endLiteral()
	<-b.session.client.Closed()
	_ = b.command.Close() // It repeats what cause says.
}

// endLiteral makes go-imap see that nobody reads the literal any more. All bytes are here or the connection is cut, so
// that it neither waits nor fails. A literal that has ended must not be read again: go-imap reads on behind it.
func (b *bodyReader) endLiteral() {
	if !b.ended {
		b.ended = true
		_, _ = io.Copy(io.Discard, b.literal)
	}
}

// finish reads what was left unread, so that the connection can go on. It returns nil once the message is confirmed.
func (b *bodyReader) finish() error {
	if _, err := io.Copy(io.Discard, b); err != nil {
		return err
	}
	return nil
}

// broken reports whether the server or the connection failed, not the one who read.
func (b *bodyReader) broken() bool {
	return b.err != nil && b.err != io.EOF && !errors.Is(b.err, errAbandoned)
}

var errAbandoned = fmt.Errorf("message was not read to its end: %w", workflow.ErrTemporary)

// close gives the connection back, or cuts it where the message was not read to its end.
func (b *bodyReader) close() {
	if b.closed {
		return
	}
	b.closed = true
	if b.err == nil {
		b.err = errAbandoned
		b.lose(errAbandoned)
	}
	b.rest()
}

func (b *bodyReader) rest() {
	b.release()
	b.session.conn.disarm()
}
