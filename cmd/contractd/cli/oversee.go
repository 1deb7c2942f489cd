package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"contractd/cmd/contractd/alive"
	"contractd/cmd/contractd/api"
	"contractd/workflow"
)

// Names of the loops, in logs and metrics.
const (
	loopIntake   = "intake"
	loopJudge    = "judge"
	loopDispatch = "dispatch"
	loopSeal     = "seal"
	loopClock    = "clock"
	loopDisk     = "disk"
)

// loopLimits say how long each loop may be without any progress: a change in the store, or the end of a step. What waits
// for a mail server has its own deadline at each byte; a large message on a slow line takes its time.
var loopLimits = map[string]time.Duration{
	loopIntake: time.Hour, loopJudge: 15 * time.Minute, loopDispatch: time.Hour, loopSeal: 15 * time.Minute, loopClock: 10 * time.Minute, loopDisk: 15 * time.Minute,
}

// attend begins to watch the loops.
func (d *daemon) attend() {
	d.watch, d.pulses = &alive.Watch{Now: time.Now}, map[string]*alive.Pulse{} // The clock of the machine: hangs are no matter of contracts.
	for name, limit := range loopLimits {
		d.pulses[name] = d.watch.Pulse(name, limit)
	}
}

// ledgerOf is the ledger in which each change of a loop is a sign of its life.
func (d *daemon) ledgerOf(loop string) beating { return beating{d.house.ledger, d.pulses[loop]} }

// signEvery is the time between two looks at the loops where no service manager says how often.
const signEvery = time.Minute

// oversee tells the service manager how the daemon is until the context ends, and what SIGHUP does: nothing.
func (d *daemon) oversee(ctx context.Context) error {
	d.told(d.manager.Ready())
	d.sign(ctx)
	every := d.manager.Interval
	if every == 0 {
		every = signEvery
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			d.told(errors.Join(d.manager.Stopping(), d.manager.Status("ends: waits for work under way")))
			return nil
		case <-d.hangups:
			d.house.log.Warn("signal ignored", "signal", "SIGHUP", "hint", "the configuration is read at the start; restart the daemon")
		case <-tick.C:
			d.sign(ctx)
		}
	}
}

// sign gives the service manager a sign of life, but only while every loop gives some and the control socket answers. A
// daemon that hangs is started anew by it, and goes on from what the store holds.
func (d *daemon) sign(ctx context.Context) {
	if hung := d.watch.Hung(); len(hung) > 0 {
		d.house.log.Error("loop hangs", "loops", strings.Join(hung, " "))
		return
	}
	if err := d.answers(ctx); err != nil {
		if ctx.Err() == nil {
			d.house.log.Error("control socket does not answer", "error", err)
		}
		return
	}
	d.told(errors.Join(d.manager.Alive(), d.manager.Status(d.statusLine(ctx))))
}

// answers asks the control socket for what anybody may know.
func (d *daemon) answers(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	client := api.Dial(socketPath(d.house.cfg), "")
	defer func() { err = errors.Join(err, client.Close()) }()
	_, err = client.Version(ctx)
	return err
}

func (d *daemon) told(err error) {
	if err != nil {
		d.house.log.Warn("service manager not told", "error", err)
	}
}

// statusLine is what `systemctl status` shows.
func (d *daemon) statusLine(ctx context.Context) string {
	health, err := d.health(ctx)
	if err != nil {
		return "serves; how things stand cannot be read now"
	}
	line := fmt.Sprintf("serves; contracts sent %d, to review %d; letters waiting %d; messages waiting %d",
		health.Contracts[workflow.StateSent], health.Contracts[workflow.StateReview],
		health.Outbox[workflow.DeliveryQueued]+health.Outbox[workflow.DeliveryClaimed], health.Inbox[workflow.ArrivalQueued])
	if len(health.Alarms) > 0 {
		line += fmt.Sprintf("; ALARMS %d: see `contractd status`", len(health.Alarms))
	}
	return line
}

// trouble is why the mailbox cannot be read now; empty while it can.
type trouble struct {
	mu   sync.Mutex // Guards text.
	text string
}

// note remembers how an attempt ended, unless it was us who ended it.
func (t *trouble) note(ctx context.Context, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		t.text = ""
	case ctx.Err() == nil:
		t.text = err.Error()
	}
}

func (t *trouble) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text
}
