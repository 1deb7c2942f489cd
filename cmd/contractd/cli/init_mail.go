package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"time"

	"contractd/cmd/contractd/config"
	"contractd/workflow"
)

// mailTest mails a short message from the configured account to itself.
func (e *env) mailTest(ctx context.Context, cfg *config.Config) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	own := cfg.Mail.SMTP.From.Address
	sender, err := newSender(ctx, &house{cfg: cfg, log: e.logger(slog.LevelError, false), now: e.now, prompt: e.prompter()})
	if err != nil {
		return fmt.Errorf("mail a test to %s: %w", own, err)
	}
	raw := testMessage(own, e.now())
	document := workflow.Document{Ref: workflow.Ref{Hash: sha256.Sum256(raw), Size: int64(len(raw))}, ReaderAt: bytes.NewReader(raw)}
	answer, err := sender.Send(ctx, workflow.Envelope{From: own, To: own}, document)
	if err := errors.Join(err, sender.Close()); err != nil {
		return fmt.Errorf("mail a test to %s: %w", own, err)
	}
	_, err = fmt.Fprintf(e.stdout, "mailed a test to %s: %s\n", own, answer)
	return err
}

func testMessage(own string, now time.Time) []byte {
	return fmt.Appendf(nil, "From: <%[1]s>\r\nTo: <%[1]s>\r\nSubject: %[2]s\r\nDate: %[3]s\r\nMessage-ID: <%[4]s@%[5]s>\r\n"+
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"+
		"This is a test by contractd: outgoing mail works.\r\n",
		own, mime.BEncoding.Encode("utf-8", "contractd 测试邮件"), now.Format(time.RFC1123Z), rand.Text(), domainOf(own))
}
