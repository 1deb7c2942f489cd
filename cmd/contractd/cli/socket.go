package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/user"
	"strconv"
	"time"

	"contractd/cmd/contractd/config"
	"contractd/workflow"
)

// maxSocketPath is what struct sockaddr_un holds beside the final zero, see unix(7).
const maxSocketPath = 107

// socketGroup may use a socket that stands outside of the data folder.
const socketGroup = "contractd"

// listen opens the control socket. Whoever owns the data folder owns its socket: one that was left behind is replaced.
func listen(cfg *config.Config, log *slog.Logger) (net.Listener, error) {
	path := socketPath(cfg)
	if len(path) > maxSocketPath {
		return nil, workflow.WithHint(fmt.Errorf("open control socket %s: its path has %d bytes, the system takes %d: %w", path, len(path), maxSocketPath, workflow.ErrUsage),
			"choose a shorter data_dir, or name a shorter path as socket in the configuration")
	}
	if err := clearSocket(path); err != nil {
		return nil, fmt.Errorf("replace control socket: %w", err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, workflow.WithHint(fmt.Errorf("open control socket: %w", err), "its folder must be there, and the daemon must be allowed to write into it")
	}
	if cfg.Socket != "" {
		giveToGroup(path, log)
	}
	if err := os.Chmod(path, 0o660); err != nil {
		return nil, errors.Join(fmt.Errorf("open control socket: %w", err), listener.Close())
	}
	return listener, nil
}

// clearSocket removes a socket that was left behind, and nothing else.
func clearSocket(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSocket == 0:
		return workflow.WithHint(fmt.Errorf("%s is no socket: %w", path, workflow.ErrUsage), "name another path as socket in the configuration")
	}
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		conn.Close() // Nothing was written.
		return workflow.WithHint(fmt.Errorf("somebody answers on %s, and it is not the daemon of this data folder: %w", path, workflow.ErrPolicy),
			"name another path as socket in the configuration")
	}
	return os.Remove(path)
}

// giveToGroup lets the group in where there is one; without it the owner alone gets in, which is safe.
func giveToGroup(path string, log *slog.Logger) {
	group, err := user.LookupGroup(socketGroup)
	if err != nil {
		log.Info("control socket is for its owner alone", "group", socketGroup, "error", err)
		return
	}
	gid, err := strconv.Atoi(group.Gid)
	if err == nil {
		err = os.Chown(path, -1, gid)
	}
	if err != nil {
		log.Warn("control socket not given to its group", "group", socketGroup, "error", err)
	}
}
