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
	"contractd/signer/font"
	"contractd/signer/trust"
	"contractd/signer/tsa"
	"contractd/store/bolt"
	"contractd/workflow"
	"contractd/workflow/keys"
)

// checkConfig looks at the files that the configuration names; what it says itself was checked when it was loaded.
func (x *examination) checkConfig(context.Context) {
	if faults := x.cfg.CheckFiles(); len(faults) > 0 {
		x.faults(faults)
		return
	}
	x.ok("config", "%s, and every file that it names can be read", x.cfg.Path)
}

func (x *examination) checkData(context.Context) {
	if err := ownFolder(x.cfg.DataDir); err != nil {
		x.fail("data", err)
		return
	}
	x.ok("data", "%s is ours", x.cfg.DataDir)
}

// checkStore takes the store, unless a daemon has it.
func (x *examination) checkStore(ctx context.Context) {
	owner, err := bolt.Lock(x.cfg.DataDir, version())
	switch {
	case errors.Is(err, bolt.ErrOwned) && reachable(x.cfg):
		x.daemon = true
		x.ok("store", "a running daemon has it and answers")
		return
	case errors.Is(err, bolt.ErrOwned):
		x.warn("store", "if it is a daemon that hangs, restart it", "in use: %v", err)
		return
	case err != nil:
		x.fail("store", err)
		return
	}
	h := &house{cfg: x.cfg, log: x.log, now: x.env.now, owner: owner}
	if err := h.open(ctx); err != nil {
		x.fail("store", errors.Join(err, h.Close()))
		return
	}
	h.guard = &keys.Guard{Ledger: h.ledger, Now: h.now}
	h.ring = newKeyring(x.cfg, h.guard, x.env.prompter())
	x.house = h
	x.ok("store", "opens, and nobody else has it")
}

// leaveStore gives the store back before the checks that wait for others.
func (x *examination) leaveStore(context.Context) {
	if x.house == nil {
		return
	}
	if err := x.house.Close(); err != nil {
		x.fail("store", fmt.Errorf("close: %w", err))
	}
	x.house = nil
}

func (x *examination) checkRoots(context.Context) {
	anchors, err := trust.LoadAnchors(x.cfg.Trust.Roots...)
	if err != nil {
		x.fail("roots", workflow.WithHint(err, "name PEM files, or folders of them, in [trust] roots"))
		return
	}
	x.roots = anchors
	expired := 0
	for _, root := range anchors.Certificates() {
		if x.env.now().After(root.NotAfter) {
			expired++
		}
	}
	switch unread := anchors.Unread(); {
	case len(unread) > 0:
		x.warn("roots", "remove or replace the files that cannot be read", "%d roots; not read: %v", len(anchors.Certificates()), errors.Join(unread...))
	case expired > 0:
		x.warn("roots", "new signatures need current roots", "%d roots, %d of them expired", len(anchors.Certificates()), expired)
	default:
		x.ok("roots", "%d roots", len(anchors.Certificates()))
	}
}

// checkSeals reads the pictures of the seals.
func (x *examination) checkSeals(context.Context) {
	for _, mark := range x.cfg.Seal.Marks {
		if !mark.Visible || mark.Image == "" {
			continue
		}
		if _, err := readImage(mark.Image); err != nil {
			x.fail("seal of key "+mark.Key, err)
			continue
		}
		x.ok("seal of key "+mark.Key, "%s", mark.Image)
	}
}

// fontSample holds what seals show; 小, 山 and 层 are those that broken string encoders lose.
const fontSample = "签章人时间原因年月日公司合同小山层"

func (x *examination) checkFont(context.Context) {
	found, err := font.Find(x.cfg.Seal.Font)
	if err == nil {
		err = found.Check(fontSample)
	}
	if err != nil {
		x.fail("font", workflow.WithHint(err, "install fonts-droid-fallback, or name a TrueType font with Chinese characters as [seal] font"))
		return
	}
	x.ok("font", "%s has Chinese characters", found.Path())
}

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
		x.ok("clock", "%s, compared with nobody: no timestamp authority is configured", moment(x.env.now()))
	case !x.stamped:
		x.warn("clock", "it is compared once a timestamp authority answers", "%s, compared with nobody", moment(x.env.now()))
	case x.skew.Abs() > maxDrift:
		x.fail("clock", workflow.WithHint(fmt.Errorf("it differs from the timestamp authority's by %v", x.skew.Round(time.Second)), "let NTP set it"))
	default:
		x.ok("clock", "it agrees with the timestamp authority's within %v", maxDrift)
	}
}

func (x *examination) checkIMAP(ctx context.Context) {
	check := "imap " + x.cfg.Mail.IMAP.Host
	box, err := newMailbox(x.mailHouse())
	if err != nil {
		x.fail(check, err)
		return
	}
	report, err := box.Check(ctx)
	err = errors.Join(err, box.Close())
	if err != nil {
		x.fail(check, err)
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
	sender, err := newSender(x.mailHouse())
	if err != nil {
		x.fail(check, err)
		return
	}
	report, err := sender.Check(ctx)
	err = errors.Join(err, sender.Close())
	if err != nil {
		x.fail(check, err)
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
