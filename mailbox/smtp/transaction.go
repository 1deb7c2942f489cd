package smtp

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-smtp"

	"contractd/workflow"
)

// transact sends one message to one recipient (RFC 5321, 3.3).
func (a *Account) transact(ctx context.Context, c *connection, envelope workflow.Envelope, raw workflow.Document) (string, error) {
	if err := a.suits(c, envelope, raw.Size); err != nil {
		return "", err
	}
	if err := c.Mail(envelope.From, mailOptions(envelope, raw)); err != nil {
		return "", a.stale(ctx, c, a.classify(ctx, "MAIL FROM", err))
	}
	if err := c.Rcpt(envelope.To, &smtp.RcptOptions{Notify: []smtp.DSNNotify{smtp.DSNNotifyFailure}}); err != nil {
		return "", a.classify(ctx, "RCPT TO", err)
	}
	data, err := c.Data()
	if err != nil {
		return "", a.classify(ctx, "DATA", err)
	}
	if err := a.write(ctx, data, raw); err != nil {
		return "", err
	}
	response, err := data.CloseWithResponse()
	if refused := (*smtp.SMTPError)(nil); err != nil && !errors.As(err, &refused) {
		// The final dot may have arrived: RFC 5321, 4.5.3.2.6 makes the client responsible until the answer comes.
		return "", fmt.Errorf("wait for the answer to the message: %w: %w", err, workflow.ErrAmbiguous)
	}
	if err != nil {
		return "", a.classify(ctx, "message", err)
	}
	return "250 " + printable(response.StatusText), nil
}

// write streams the message. Unless all of it is there, and is what was stored, the final dot is never written.
func (a *Account) write(ctx context.Context, data io.Writer, raw workflow.Document) error {
	digest := sha256.New()
	source := &sourceReader{r: io.TeeReader(raw.Reader(), digest)}
	n, err := io.Copy(data, source)
	switch {
	case source.err != nil:
		return fmt.Errorf("read stored letter %s: %w: %w", raw.Hash.Short(), source.err, workflow.ErrTemporary)
	case err != nil:
		return a.classify(ctx, "send message", err)
	case n != raw.Size || !raw.Hash.IsZero() && workflow.Hash(digest.Sum(nil)) != raw.Hash:
		return fmt.Errorf("stored letter %s has other content than was recorded: %w: %w", raw.Hash.Short(), workflow.ErrDamaged, workflow.ErrFinal)
	}
	return nil
}

// sourceReader remembers that reading failed, not writing.
type sourceReader struct {
	r   io.Reader
	err error
}

func (s *sourceReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// suits refuses before a transaction begins what the server has said it will refuse.
func (a *Account) suits(c *connection, envelope workflow.Envelope, size int64) error {
	if most, _ := c.MaxMessageSize(); most > 0 && size > int64(most) {
		err := fmt.Errorf("message has %d bytes, the server takes %d: %w", size, most, workflow.ErrFinal)
		return workflow.WithHint(err, "make the PDF smaller, or use a mail server that takes larger messages")
	}
	if ascii(envelope.From) && ascii(envelope.To) {
		return nil
	}
	if offered, _ := c.Extension("SMTPUTF8"); !offered {
		err := fmt.Errorf("address holds other than ASCII, and the server offers no SMTPUTF8 (RFC 6531): %w", workflow.ErrFinal)
		return workflow.WithHint(err, "ask the supplier for an address in ASCII")
	}
	return nil
}

// mailOptions asks, where the server can, for a report in case of failure that names the stored letter.
func mailOptions(envelope workflow.Envelope, raw workflow.Document) *smtp.MailOptions {
	return &smtp.MailOptions{
		Size: raw.Size, UTF8: !ascii(envelope.From) || !ascii(envelope.To),
		Return: smtp.DSNReturnHeaders, EnvelopeID: raw.Hash.String(),
	}
}

// checkEnvelope refuses addresses that could be read as commands or as several recipients.
func checkEnvelope(envelope workflow.Envelope) error {
	for _, address := range []string{envelope.From, envelope.To} {
		local, domain, ok := strings.Cut(address, "@")
		bad := strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7F || r == 0xFFFD }) || strings.ContainsAny(address, "<>,;")
		if !ok || local == "" || domain == "" || bad || len(address) > 254 { // RFC 5321, 4.5.3.1.3
			return fmt.Errorf("send to %q from %q: not an address: %w", envelope.To, envelope.From, workflow.ErrFinal)
		}
	}
	return nil
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > '~' })
}
