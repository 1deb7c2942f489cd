package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"contractd/workflow"
)

// checkOwner refuses a data folder of another user: files that this one would leave there could not be used by the daemon.
// It refuses one into which others may write, for what lies in it may be theirs, and closes one that others may read.
func checkOwner(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("look at data folder: %w", err)
	}
	if owner, ours := ownerOf(info); !ours {
		return workflow.WithHint(fmt.Errorf("use data folder %s, which belongs to %s: %w", dir, owner, workflow.ErrPolicy),
			"run it as its owner: sudo -u "+sudoName(owner)+" contractd …")
	}
	if err := closeFolder(dir, info.Mode().Perm()); err != nil {
		return err
	}
	for _, name := range []string{"lock", "contractd.db", "documents", "spool"} {
		if err := checkBelongs(dir, name); err != nil {
			return err
		}
	}
	return nil
}

// closeFolder makes the folder its owner's alone. One with only other things in it is not ours to close: its name was
// mistaken, and others need it.
func closeFolder(dir string, mode fs.FileMode) error {
	switch {
	case mode&0o022 != 0:
		return workflow.WithHint(fmt.Errorf("use data folder %s, into which others may write (mode %04o): %w", dir, mode, workflow.ErrPolicy),
			"look whether anything in it is not contractd's, then: chmod 700 "+dir)
	case mode&0o077 != 0:
		if err := checkMeant(dir); err != nil {
			return err
		}
		if err := os.Chmod(dir, mode&0o700); err != nil {
			return fmt.Errorf("close data folder %s to others: %w", dir, err)
		}
	}
	return nil
}

// checkMeant refuses a folder that is neither empty nor a store's.
func checkMeant(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look into data folder: %w", err)
	}
	ours := len(entries) == 0
	for _, entry := range entries {
		ours = ours || entry.Name() == "lock" || entry.Name() == "contractd.db"
	}
	if !ours {
		return workflow.WithHint(fmt.Errorf("use data folder %s, in which others may read and which holds %s and no store: %w", dir, entries[0].Name(), workflow.ErrPolicy),
			"name a folder of contractd's own as data_dir, a new one or an empty one")
	}
	return nil
}

// checkBelongs refuses what somebody else left in our folder, as a command does that once ran as root.
func checkBelongs(dir, name string) error {
	info, err := os.Stat(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look into data folder: %w", err)
	}
	if owner, ours := ownerOf(info); !ours {
		return workflow.WithHint(fmt.Errorf("use %s in data folder %s, which belongs to %s: %w", name, dir, owner, workflow.ErrPolicy),
			fmt.Sprintf("give it back, with the daemon stopped: sudo chown -R %d %s", os.Geteuid(), dir))
	}
	return nil
}

// ownerOf returns the name of who owns a file, and whether that is us.
func ownerOf(info fs.FileInfo) (name string, ours bool) {
	status, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(status.Uid) == os.Geteuid() {
		return "", true
	}
	name = strconv.Itoa(int(status.Uid))
	if owner, err := user.LookupId(name); err == nil {
		name = owner.Username
	}
	return name, false
}

// sudoName is how sudo wants to be told of a user, who may have no name.
func sudoName(owner string) string {
	if _, err := strconv.Atoi(owner); err == nil {
		return "'#" + owner + "'"
	}
	return owner
}
