package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"contractd/cmd/contractd/alive"
	"contractd/cmd/contractd/config"
	"contractd/cmd/contractd/metrics"
	"contractd/mailbox/imap"
	"contractd/mailbox/smtp"
	"contractd/store/space"
	"contractd/workflow"
	"contractd/workflow/inbound"
	"contractd/workflow/outbound"
	"contractd/workflow/schedule"
)

// daemon is the house with its connections to the world.
type daemon struct {
	house      *house
	account    imap.Account // Of the mailbox.
	mailbox    *imap.Mailbox
	sender     *smtp.Sender
	intake     *inbound.Intake
	judge      *inbound.Judge
	dispatcher *outbound.Dispatcher
	clock      *schedule.Clock
	started    time.Time
	watch      *alive.Watch
	pulses     map[string]*alive.Pulse // By the names of the loops.
	manager    alive.Manager
	metrics    *metrics.Metrics
	exposed    net.Listener // Of the metrics; nil where they are not asked for.
	hangups    chan os.Signal
	trouble    trouble
	level      space.Level   // Of the disk, as last told; of watchRoom alone.
	arrived    chan struct{} // Wakes the judge.
	changed    chan struct{} // Wakes the dispatcher.
	roomy      chan struct{} // Wakes the intake where it rests: the disk has room again.
	public     *publicDoor   // nil where [api] names none.
}

// newDaemon wires the mail side; nothing connects yet.
func newDaemon(ctx context.Context, h *house) (*daemon, error) {
	d := &daemon{house: h, started: h.now(), level: space.Enough, arrived: make(chan struct{}, 1), changed: make(chan struct{}, 1), roomy: make(chan struct{}, 1)}
	began, err := d.openMailbox(ctx)
	if err != nil {
		return nil, err
	}
	if d.sender, err = newSender(ctx, h); err != nil {
		return nil, err
	}
	if d.manager, err = alive.FromEnvironment(); err != nil {
		return nil, fmt.Errorf("%w: %w", err, workflow.ErrUsage)
	}
	d.attend()
	imapSettings := h.cfg.Mail.IMAP
	account := accountName(imapSettings)
	d.intake = &inbound.Intake{
		Ledger: d.ledgerOf(loopIntake), Mailbox: pointMailbox(d.mailbox), Spool: spooler{spool: h.spool}, Account: account, Folder: imapSettings.Folder,
		Limit: int64(imapSettings.MaxSize), Clerk: h.clerk, Now: h.now, Log: h.log, Arrived: func() { wake(d.arrived) }, Began: began, Room: h.room,
	}
	d.judge = h.judgeOf(began)
	d.judge.Ledger, d.judge.Mailbox, d.judge.Settled = d.ledgerOf(loopJudge), pointMailbox(d.mailbox), d.wakeDispatch
	notary, err := newNotary(h.cfg, h.bench.anchor, h.bench.took, h.now)
	if err != nil {
		return nil, err
	}
	if notary != nil {
		d.judge.Notary = notary
	}
	d.dispatcher = &outbound.Dispatcher{
		Ledger: d.ledgerOf(loopDispatch), Sender: timedSender{pointSender(d.sender), h.ledger}, Sent: pointSentFolder(d.mailbox), Clerk: h.clerk, Now: h.now, Log: h.log,
		Stops: h.ledger, Outlet: h.outlet(),
	}
	d.clock = &schedule.Clock{Ledger: d.ledgerOf(loopClock), Stops: h.ledger, Clerk: h.clerk, Grace: h.cfg.Contracts.Grace.Std(), Now: h.now, Log: h.log}
	return d, nil
}

// Close ends the connections, then the house.
func (d *daemon) Close() error {
	return errors.Join(d.mailbox.Close(), d.sender.Close(), d.house.Close())
}

func (d *daemon) wakeDispatch() { wake(d.changed) }

// wake leaves a note where none lies yet.
func wake(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// takeIn fetches what is new and then waits for more on the same connection.
func (d *daemon) takeIn(ctx context.Context) (time.Duration, error) {
	_, err := d.intake.Pass(ctx)
	d.trouble.note(ctx, err)
	if err != nil {
		return 30 * time.Second, err
	}
	d.pulses[loopIntake].Beat()
	if err := d.reread(ctx); err != nil {
		return 30 * time.Second, err
	}
	err = d.mailbox.Wait(ctx)
	d.trouble.note(ctx, err)
	return 0, err
}

func (d *daemon) judgeDue(ctx context.Context) (time.Duration, error) {
	handled, err := d.judge.Pass(ctx)
	if err == nil && handled == 64 { // A full page: there may be more.
		return 0, nil
	}
	return 10 * time.Second, err
}

func (d *daemon) dispatch(ctx context.Context) (time.Duration, error) {
	_, err := d.dispatcher.Pass(ctx)
	if err != nil {
		return 10 * time.Second, err
	}
	next, err := d.dispatcher.Next(ctx)
	if next.IsZero() || err != nil {
		return time.Minute, err
	}
	return max(time.Second, min(time.Minute, next.Sub(d.house.now()))), nil
}

// resumeSealing goes on with contracts that wait for something that may have come back: a token, a timestamp authority.
// What a person must decide first is left alone.
func (d *daemon) resumeSealing(ctx context.Context) (time.Duration, error) {
	drafts, err := d.house.ledger.Contracts(ctx, workflow.ContractFilter{States: []workflow.State{workflow.StateDraft}})
	if err != nil {
		return time.Minute, fmt.Errorf("list drafts: %w", err)
	}
	for _, draft := range drafts {
		d.pulses[loopSeal].Beat()
		if err := d.house.room.Check(ctx); err != nil {
			return time.Minute, fmt.Errorf("seal what waits: %w", err)
		}
		if draft.Waiting != "" && !draft.Resumable {
			continue
		}
		if draft.Waiting == "" && draft.Created.After(d.started) && d.house.now().Sub(draft.Created) < time.Minute {
			continue // The command that made it is still at work; one of before we started is not.
		}
		if ctx.Err() != nil {
			return time.Minute, nil
		}
		err := d.goOnSealing(ctx, draft.ID)
		if err != nil {
			d.house.log.Debug("contract still waits", "contract", draft.ID, "error", err)
			continue
		}
		d.wakeDispatch()
	}
	return time.Minute, nil
}

// goOnSealing takes one draft as far as it goes, also when the daemon ends meanwhile: a signature that is thrown away has
// used the key for nothing.
func (d *daemon) goOnSealing(ctx context.Context, id workflow.ContractID) error {
	ctx, stop := workflow.Linger(ctx, workflow.Lingering)
	defer stop()
	_, err := d.house.issuer.Continue(ctx, workflow.System, id, func(string, string) {})
	return err
}

func (d *daemon) expire(ctx context.Context) (time.Duration, error) {
	moved, err := d.clock.Pass(ctx)
	if moved > 0 {
		d.wakeDispatch()
	}
	return time.Minute, err
}

func accountName(settings config.IMAP) string { return settings.User + "@" + settings.Host }

// ownAddresses are never answered.
func ownAddresses(cfg *config.Config) []string {
	own := []string{cfg.Mail.SMTP.From.Address}
	if reply := cfg.Mail.SMTP.ReplyTo.Address; reply != "" {
		own = append(own, reply)
	}
	return own
}
