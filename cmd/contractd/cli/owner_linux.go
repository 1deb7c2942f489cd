package cli

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"

	"contractd/workflow"
)

// checkOwner refuses a data folder of another user: files that this one would leave there could not be used by the daemon.
func checkOwner(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("look at data folder: %w", err)
	}
	status, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(status.Uid) == os.Geteuid() {
		return nil
	}
	name := strconv.Itoa(int(status.Uid))
	if owner, err := user.LookupId(name); err == nil {
		name = owner.Username
	}
	return workflow.WithHint(fmt.Errorf("use data folder %s, which belongs to %s: %w", dir, name, workflow.ErrPolicy),
		"run it as its owner: sudo -u "+name+" contractd …")
}
