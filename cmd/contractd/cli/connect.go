package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/cmd/contractd/config"
	"contractd/store/bolt"
	"contractd/workflow"
)

// socketName is the control socket within the data folder.
const socketName = "contractd.sock"

// socketPath returns where the control socket is.
func socketPath(cfg *config.Config) string {
	if cfg.Socket != "" {
		return cfg.Socket
	}
	return dataPath(cfg, socketName)
}

// load reads the configuration that the flag names.
func (e *env) load() (*config.Config, error) {
	cfg, err := config.Load(e.config)
	if errors.Is(err, os.ErrNotExist) {
		return nil, workflow.WithHint(fmt.Errorf("%w: %w", err, workflow.ErrUsage),
			"write one with `contractd init`, or name it with --config FILE")
	}
	var faults config.Faults
	if errors.As(err, &faults) {
		return nil, fmt.Errorf("read configuration %s, faults: %d\n%w", e.config, len(faults), err)
	}
	return cfg, err
}

// connection is a client of the daemon, or of the services in this process.
type connection struct {
	*api.Client
	cfg    *config.Config
	daemon bool
	house  *house // nil when a daemon answers.
}

// zone is the company's, for days in tables.
func (c *connection) zone() *time.Location { return c.cfg.Company.Timezone.Location() }

// Close ends the connection and, where this process owned the store, releases it.
func (c *connection) Close() error {
	err := c.Client.Close()
	if c.house != nil {
		err = errors.Join(err, c.house.Close())
	}
	return err
}

// ownerPatience is how long a verb waits for another one that owns the store for a moment.
const ownerPatience = 10 * time.Second

// connect reaches the store: by owning it, or through whoever owns it. The lock decides; a socket file that was left
// behind decides nothing.
func (e *env) connect(ctx context.Context) (*connection, error) {
	cfg, err := e.load()
	if err != nil {
		return nil, err
	}
	if ownFolder(cfg.DataDir) != nil && reachable(cfg) { // The folder of another user, who lets us in by the socket.
		return dialled(cfg), nil
	}
	deadline := time.Now().Add(ownerPatience)
	for {
		h, err := openHouse(ctx, cfg, e.logger(slog.LevelWarn, false), e.now, e.prompter())
		if err == nil {
			services := h.services(false, func() {})
			services.Log = slog.New(slog.DiscardHandler) // An error is told once, by report.
			client := api.InProcess(services, actorFor(cfg, os.Geteuid()))
			return &connection{client, cfg, false, h}, nil
		}
		if !errors.Is(err, bolt.ErrOwned) {
			return nil, err
		}
		if reachable(cfg) {
			return dialled(cfg), nil
		}
		if time.Now().After(deadline) {
			return nil, workflow.WithHint(err, "another contractd command uses the store; try again when it is done")
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// dialled is a connection to the daemon.
func dialled(cfg *config.Config) *connection {
	return &connection{api.Dial(socketPath(cfg), version()), cfg, true, nil}
}

// reachable reports whether a daemon listens on the socket.
func reachable(cfg *config.Config) bool {
	conn, err := net.DialTimeout("unix", socketPath(cfg), time.Second)
	if err != nil {
		return false
	}
	conn.Close() // Nothing was written.
	return true
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// actorFor maps a uid to its entry of [users]. Without [users], the owner of the data folder, as whom this process runs, is
// the one administrator, and root beside; whoever else the socket's group lets in may do nothing. root is never a
// person of its own: it can become anybody.
func actorFor(cfg *config.Config, uid int) workflow.Actor {
	login := fmt.Sprint(uid)
	if account, err := user.LookupId(login); err == nil {
		login = account.Username
	}
	actor := workflow.Actor{Name: login, Kind: workflow.KindPerson}
	if len(cfg.Users) == 0 && (uid == os.Geteuid() || uid == 0) {
		actor.Kind, actor.Rights = workflow.KindOwner, []workflow.Right{workflow.RightAdminister}
	}
	for _, known := range cfg.Users {
		if known.Login == login || (known.UID != nil && *known.UID == uid) {
			actor.Name, actor.Rights = known.Name, known.Rights
			break
		}
	}
	if uid == 0 {
		actor.Kind = workflow.KindSuperuser
	}
	if actor.Name == workflow.System.Name { // Of the system user that the service runs as: the journal tells it from the daemon itself.
		actor.Name = fmt.Sprint("uid ", uid)
	}
	return actor
}

// base returns the file's own name, for messages.
func base(path string) string { return filepath.Base(path) }
