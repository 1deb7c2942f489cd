//go:build linux

package main_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"contractd/workflow"
)

// openToAll lets other users run the binary and read the configuration; the data folder stays closed.
func (x *exchange) openToAll() {
	x.Helper()
	for _, folder := range []string{filepath.Dir(x.dir), x.dir, filepath.Dir(filepath.Dir(x.hall.binary)), filepath.Dir(x.hall.binary)} {
		check(x.T, os.Chmod(folder, 0o755))
	}
	for _, name := range []string{"contractd.toml", "pin", "mail.secret", "mail-ca.pem", "root.pem", "org.p12", "employee.p12", "seal.png"} {
		check(x.T, os.Chmod(x.path(name), 0o644))
	}
}

// as runs a command as another user.
func (x *exchange) as(uid uint32, args ...string) ended {
	x.Helper()
	cmd := x.command(args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	return x.finish(cmd)
}

// playUmask makes a whole exchange under a careless and under a strict umask, and looks at every file.
func playUmask(t *testing.T, h *hall, umask string) {
	x := newExchange(t, h, "")
	careless := x.path("contractd")
	x.write("contractd", fmt.Appendf(nil, "#!/bin/sh\numask %s\nexec %s \"$@\"\n", umask, h.binary))
	check(t, os.Chmod(careless, 0o700))
	x.hall = &hall{}
	*x.hall = *h
	x.hall.binary = careless
	x.serve()
	x.register()
	x.send("U-1")
	x.reach("U-1", workflow.StateSent)
	l := x.receivedAbout("U-1", 1)
	x.answer(l, attached, x.countersign(l.pdf))
	x.reach("U-1", workflow.StateArchived)
	x.checkModes()
	x.do("backup", "backup.tar")
	if info, err := os.Stat(x.path("backup.tar")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup is %v, %v", info, err)
	}
	x.stop()
	x.do("archive", "check")
	x.checkModes()
}

// checkModes walks the data folder: nothing in it is for anybody but its owner, except the socket, which the folder closes.
func (x *exchange) checkModes() {
	x.Helper()
	seen := map[string]bool{}
	check(x.T, filepath.WalkDir(x.path("data"), func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // The daemon is at work.
			return nil
		}
		check(x.T, err)
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		check(x.T, err)
		mode, name := info.Mode(), entry.Name()
		seen[name] = true
		switch {
		case mode&fs.ModeSocket != 0 && mode.Perm() == 0o660:
		case mode.IsDir() && mode.Perm() == 0o700:
		case mode.IsRegular() && mode.Perm()&^0o600 == 0:
		default:
			x.Errorf("%s is %v", path, mode)
		}
		return nil
	}))
	for _, name := range []string{"lock", "contractd.db", "documents", "spool"} {
		if !seen[name] {
			x.Errorf("%s is not there", name)
		}
	}
}
