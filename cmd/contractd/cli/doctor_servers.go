package cli

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"contractd/mailbox/imap"
	"contractd/mailbox/smtp"
	"contractd/signer/tsa"
	"contractd/workflow"
)

// checkAuthority asks one timestamp authority for a timestamp and compares its clock with ours.
func (x *examination) checkAuthority(ctx context.Context, n int) {
	authorities, err := authoritiesOf(x.cfg)
	if err != nil {
		x.fail("timestamp", err)
		return
	}
	check := "timestamp " + authorities[n].URL
	anchors, err := loadRoots("[timestamp] roots", x.cfg.Timestamp.Roots)
	if err != nil {
		x.fail(check, err)
		return
	}
	client := &tsa.Client{Authorities: authorities[n : n+1], Anchors: anchors, Timeout: x.cfg.Timestamp.Timeout.Std(), Now: x.env.now}
	imprint := make([]byte, 32)
	rand.Read(imprint) // It never fails, and any value does.
	asked := x.env.now()
	answer, err := client.Stamp(ctx, imprint, crypto.SHA256)
	if err != nil {
		x.fail(check, workflow.WithHint(err, "check its address in [timestamp] urls, its root in [timestamp] roots, and the way through the firewall"))
		return
	}
	parsed, err := tsa.Parse(answer)
	if err != nil {
		x.fail(check, err)
		return
	}
	took := x.env.now().Sub(asked)
	if !x.stamped {
		x.stamped, x.skew = true, asked.Add(took/2).Sub(parsed.Time)
	}
	x.ok(check, "gave a valid timestamp in %v", took.Round(time.Millisecond))
}

// maxDrift is how far our clock may be off: times of seals are read by people, and timestamps count whole seconds.
const maxDrift = time.Minute

func (x *examination) checkClock(context.Context) {
	switch {
	case !x.stamped && len(x.cfg.Timestamp.URLs) == 0:
		x.ok("clock", "%s, compared with nobody: no timestamp authority is configured", moment(x.env.now(), time.Local))
	case !x.stamped:
		x.warn("clock", "it is compared once a timestamp authority answers", "%s, compared with nobody", moment(x.env.now(), time.Local))
	case x.skew.Abs() > maxDrift:
		x.fail("clock", workflow.WithHint(fmt.Errorf("it differs from the timestamp authority's by %v", x.skew.Round(time.Second)), "let NTP set it"))
	default:
		x.ok("clock", "it agrees with the timestamp authority's within %v", maxDrift)
	}
}

// What to look at where an error of the mail servers names no cure.
const (
	imapHint = "check host, port, tls, user and password in [mail.imap]; QQ, 163 and 126 want the 授权码 as password"
	smtpHint = "check host, port, tls, user and password in [mail.smtp]; QQ, 163 and 126 want the 授权码 as password"
)

// orHint adds a general cure where the error has none of its own.
func orHint(err error, hint string) error {
	if workflow.HintOf(err) != "" {
		return err
	}
	return workflow.WithHint(err, hint)
}

func (x *examination) checkIMAP(ctx context.Context) {
	check := "imap " + x.cfg.Mail.IMAP.Host
	box, err := newMailbox(ctx, x.mailHouse())
	if err != nil {
		x.fail(check, orHint(err, imapHint))
		return
	}
	report, err := box.Check(ctx)
	err = errors.Join(err, box.Close())
	if err != nil {
		x.fail(check, orHint(err, imapHint))
		return
	}
	x.ok(check, "%s", describeMailbox(x.cfg.Mail.IMAP.Folder, report))
}

func describeMailbox(folder string, report imap.Report) string {
	facts := []string{fmt.Sprintf("logged in, %d messages in %s", report.Messages, folder)}
	if len(report.Missing) > 0 {
		facts = append(facts, "made when needed: "+strings.Join(report.Missing, ", "))
	}
	return strings.Join(append(facts, report.Notes...), "; ")
}

func (x *examination) checkSMTP(ctx context.Context) {
	check := "smtp " + x.cfg.Mail.SMTP.Host
	sender, err := newSender(ctx, x.mailHouse())
	if err != nil {
		x.fail(check, orHint(err, smtpHint))
		return
	}
	report, err := sender.Check(ctx)
	err = errors.Join(err, sender.Close())
	if err != nil {
		x.fail(check, orHint(err, smtpHint))
		return
	}
	x.describeSender(check, report)
}

func (x *examination) describeSender(check string, report smtp.Report) {
	limit := int64(x.cfg.Mail.SMTP.MaxSize)
	if most := int64(report.MaxMessage); most > 0 && most < limit {
		x.warn(check, "lower [mail.smtp] max_size, so that a large contract is refused before it is sealed",
			"logged in; the server takes %d bytes, max_size allows %d", most, limit)
		return
	}
	x.ok(check, "logged in")
}

// mailHouse has as much of a house as connections need.
func (x *examination) mailHouse() *house {
	return &house{cfg: x.cfg, log: x.log, now: x.env.now, prompt: x.env.prompter()}
}
