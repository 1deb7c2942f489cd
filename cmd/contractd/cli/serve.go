package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"contractd/cmd/contractd/config"
	"contractd/store/bolt"
	"contractd/store/space"
	"contractd/workflow"
)

func (e *env) serve() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the daemon: mail what is sealed, judge and archive what comes back",
		Long: "serve owns the data folder, answers the other commands through a socket in it, sends letters, watches the\n" +
			"mailbox and judges returns, until it is interrupted. The first signal lets running work end, a second one stops at once.",
		Example: "  contractd --config /etc/contractd/config.toml serve",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return e.runServe(cmd.Context()) },
	}
}

func (e *env) runServe(ctx context.Context) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP) // A daemon does not end because a terminal does.
	defer signal.Stop(hangups)
	log := e.logger(logLevel(cfg.Log.Level), cfg.Log.Format == config.LogJSON)
	h, err := openHouse(ctx, cfg, log, e.now, e.prompter())
	if errors.Is(err, bolt.ErrOwned) {
		return workflow.WithHint(fmt.Errorf("%w: %w", err, workflow.ErrPolicy), "one daemon serves one data folder; stop the other one first")
	}
	if err != nil {
		return err
	}
	d, err := newDaemon(ctx, h)
	if err != nil {
		return errors.Join(err, h.Close())
	}
	d.hangups = hangups
	listener, err := d.openDoors(ctx)
	if err != nil {
		return errors.Join(err, d.Close())
	}
	log.Info("contractd serves", "version", version(), "data", cfg.DataDir, "mode", cfg.Mail.Mode)
	if err := h.warn(ctx); err != nil {
		return errors.Join(err, listener.Close(), d.Close())
	}
	err = d.run(ctx, listener)
	err = errors.Join(err, d.Close())
	if err != nil {
		log.Error("contractd stops", "error", err)
	} else {
		log.Info("contractd stops")
	}
	return err
}

// openDoors opens the control socket, and where the configuration says so the ports of the API and of the metrics. Whoever
// finds one taken hears so before anything is started.
func (d *daemon) openDoors(ctx context.Context) (net.Listener, error) {
	socket, err := listen(d.house.cfg, d.house.log)
	if err != nil {
		return nil, err
	}
	if d.public, err = openPublic(ctx, d.house.cfg.API); err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	if err := d.openMetrics(ctx); err != nil {
		err = errors.Join(err, socket.Close())
		if d.public != nil {
			err = errors.Join(err, d.public.Close())
		}
		return nil, err
	}
	return socket, nil
}

// logLevel turns the configured level into slog's.
func logLevel(level config.LogLevel) slog.Level {
	return map[config.LogLevel]slog.Level{
		config.LogDebug: slog.LevelDebug, config.LogInfo: slog.LevelInfo, config.LogWarn: slog.LevelWarn, config.LogError: slog.LevelError,
	}[level]
}

// run starts every goroutine of the daemon and waits for all of them. docs/architecture.md names them.
func (d *daemon) run(ctx context.Context, listener net.Listener) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return d.answer(ctx, listener) })
	group.Go(func() error { return d.house.ledger.Watch(ctx) })
	group.Go(func() error { return d.loop(ctx, loopIntake, d.roomy, d.takeIn) })
	group.Go(func() error { return d.loop(ctx, loopJudge, d.arrived, d.judgeDue) })
	group.Go(func() error { return d.loop(ctx, loopDispatch, d.changed, d.dispatch) })
	group.Go(func() error { return d.loop(ctx, loopSeal, d.house.keyed, d.resumeSealing) })
	group.Go(func() error { return d.loop(ctx, loopClock, nil, d.expire) })
	group.Go(func() error { return d.loop(ctx, loopDisk, d.house.room.Changed(), d.watchRoom) })
	if d.exposed != nil {
		group.Go(func() error { return d.expose(ctx) })
	}
	group.Go(func() error { return d.oversee(ctx) })
	return group.Wait()
}

// step does one round of work and says how long to rest before the next one, unless it is woken.
type step func(ctx context.Context) (rest time.Duration, err error)

// loop repeats a step until the context ends. A failing store ends the daemon; any other failure is waited out.
func (d *daemon) loop(ctx context.Context, name string, wake <-chan struct{}, work step) error {
	pulse := d.pulses[name]
	defer pulse.End()
	for {
		pulse.Beat()
		rest, err := work(ctx)
		switch {
		case errors.Is(err, workflow.ErrDamaged): // Also in what is left to do when the daemon ends.
			return fmt.Errorf("%s: %w", name, err)
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, workflow.ErrSpace) && d.house.room.State().Level != space.Enough: // Told once, by watchRoom.
		case err != nil:
			d.house.log.Warn("work failed", "loop", name, "error", err, "next", rest)
		}
		pulse.Rest(rest)
		timer := time.NewTimer(rest)
		select {
		case <-ctx.Done():
		case <-wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}
