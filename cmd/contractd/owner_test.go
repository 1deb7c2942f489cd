//go:build linux

package main_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"contractd/cmd/contractd/api"
	"contractd/store/bolt"
	"contractd/workflow"
)

// TestOwner plays who may use a data folder, and what it is then for others.
func TestOwner(t *testing.T) {
	h := newHall(t)
	for name, play := range map[string]func(*testing.T, *hall){
		"second":      playSecondOwner,
		"version":     playAnotherVersion,
		"link":        playLinkedFolder,
		"rights":      playFolderRights,
		"other users": playFoldersOfOthers,
		"umask 0":     func(t *testing.T, h *hall) { playUmask(t, h, "000") },
		"umask 077":   func(t *testing.T, h *hall) { playUmask(t, h, "077") },
		"socket":      playForeignSocket,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, h)
		})
	}
}

// playSecondOwner refuses a second daemon by naming the first, and forgets the first one when it was killed.
func playSecondOwner(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	done := x.refused(6, fmt.Sprintf("(pid %d, contractd ", x.daemon.Process.Pid), "serve")
	if !regexp.MustCompile(`, since 20\d\d-\d\d-\d\dT[0-9:]+Z\)`).MatchString(done.stderr) {
		t.Errorf("since when is not said:\n%s", done.stderr)
	}
	x.register() // The first one is unharmed.
	x.kill()
	if _, err := os.Lstat(x.path("data/contractd.sock")); err != nil {
		t.Errorf("a killed daemon took its socket away: %v", err)
	}
	x.do("supplier", "show", supplierName) // The kernel gave the lock back; the socket decides nothing.
	x.serve()
	x.refused(6, fmt.Sprintf("(pid %d, ", x.daemon.Process.Pid), "serve")
	x.stop()
	if text, err := os.ReadFile(x.path("data/lock")); err != nil || strings.TrimSpace(string(text)) != "" {
		t.Errorf("after the end the lock says %q, %v", text, err)
	}
}

// playAnotherVersion runs verbs beside a daemon that another contractd is.
func playAnotherVersion(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.register()
	owner, err := bolt.Lock(x.path("data"), "v0.9.1")
	check(t, err)
	defer func() { check(t, owner.Release()) }()
	listener, err := net.Listen("unix", x.path("data/contractd.sock"))
	check(t, err)
	services := api.Services{Version: "v0.9.1", Log: slog.New(slog.DiscardHandler), Changed: func() {}}
	server := &http.Server{Handler: api.Handler(services), ConnContext: func(ctx context.Context, _ net.Conn) context.Context {
		return api.WithActor(ctx, workflow.System)
	}}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	defer func() {
		check(t, server.Close())
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	}()
	for _, args := range [][]string{{"status"}, x.order("V-1"), {"archive", "query"}, {"supplier", "show", supplierName}, {"archive", "check"}} {
		done := x.refused(6, "v0.9.1", args...)
		if !strings.Contains(done.stderr, "restart the daemon") {
			t.Errorf("%q does not say what to do:\n%s", args, done.stderr)
		}
	}
	x.refused(6, "contractd v0.9.1, since", "serve")
}

// playLinkedFolder reaches one folder by two names.
func playLinkedFolder(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	check(t, os.MkdirAll(x.path("elsewhere/contractd"), 0o700))
	check(t, os.Symlink(x.path("elsewhere/contractd"), x.path("data")))
	x.serve()
	x.register()
	config, err := os.ReadFile(x.path("contractd.toml"))
	check(t, err)
	x.write("other.toml", []byte(strings.Replace(string(config), `data_dir = "data"`, `data_dir = "elsewhere/contractd"`, 1)))
	x.refused(6, fmt.Sprintf("pid %d", x.daemon.Process.Pid), "serve", "--config", "other.toml")
	x.do("supplier", "show", supplierName, "--config", "other.toml")
	x.stop()
	x.do("supplier", "show", supplierName, "--config", "other.toml")
	if info, err := os.Lstat(x.path("data")); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info, err)
	}
}

// playFolderRights closes a folder that others may read, and refuses one that they may write.
func playFolderRights(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.register()
	check(t, os.Chmod(x.path("data"), 0o755))
	x.do("supplier", "list")
	if info, err := os.Stat(x.path("data")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, %v", info, err)
	}
	for _, mode := range []fs.FileMode{0o770, 0o707, 0o1777} {
		check(t, os.Chmod(x.path("data"), mode.Perm()|fs.ModeSticky*(mode>>9&1)))
		for _, verb := range []string{"serve", "status"} {
			done := x.refused(6, "others may write", verb)
			if !strings.Contains(done.stderr, "chmod 700") {
				t.Errorf("%s does not say what to do:\n%s", verb, done.stderr)
			}
		}
	}
	check(t, os.Chmod(x.path("data"), 0o700))
	x.do("supplier", "list")
	check(t, os.Rename(x.path("data"), x.path("kept")))
	check(t, os.Mkdir(x.path("data"), 0o755)) // A folder of others, by a mistaken data_dir.
	x.write("data/theirs", nil)
	x.refused(6, "holds theirs and no store", "status")
	if info, err := os.Stat(x.path("data")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("a folder of others is %v, %v", info, err)
	}
}

// playFoldersOfOthers acts as root in somebody's folder, as somebody in root's, and where root left files in it.
func playFoldersOfOthers(t *testing.T, h *hall) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to act as another user")
	}
	x := newExchange(t, h, "")
	x.openToAll()
	x.register()
	own := func(uid int) {
		check(t, filepath.WalkDir(x.path("data"), func(path string, _ fs.DirEntry, err error) error {
			return errors.Join(err, os.Lchown(path, uid, uid))
		}))
	}
	own(stranger)
	for _, verb := range []string{"serve", "status"} {
		done := x.refused(6, fmt.Sprint("belongs to ", stranger), verb)
		if !strings.Contains(done.stderr, fmt.Sprintf("sudo -u '#%d' contractd", stranger)) {
			t.Errorf("%s does not say as whom to run it:\n%s", verb, done.stderr)
		}
	}
	for _, name := range []string{"lock", "contractd.db", "documents", "spool"} {
		check(t, os.Lchown(x.path("data/"+name), 0, 0))
		for _, verb := range []string{"serve", "status"} {
			done := x.as(stranger, verb)
			x.wantRefusal(done, 6, name, []string{verb})
			if !strings.Contains(done.stderr, fmt.Sprintf("chown -R %d ", stranger)) || !strings.Contains(done.stderr, "belongs to root") {
				t.Errorf("%s does not say how to give it back:\n%s", verb, done.stderr)
			}
		}
		check(t, os.Lchown(x.path("data/"+name), stranger, stranger))
	}
	own(0)
	x.serve()
	for _, args := range [][]string{{"status"}, {"serve"}, {"archive", "check"}} {
		done := x.as(stranger, args...)
		x.wantRefusal(done, 6, "belongs to root", args)
		if !strings.Contains(done.stderr, "sudo -u root contractd") {
			t.Errorf("%q does not say as whom to run it:\n%s", args, done.stderr)
		}
	}
	x.stop()
}

// playForeignSocket finds somebody else behind the path of its socket, and a file that is no socket.
func playForeignSocket(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	config, err := os.ReadFile(x.path("contractd.toml"))
	check(t, err)
	x.write("contractd.toml", append([]byte("socket = \"s\"\n"), config...))
	listener, err := net.Listen("unix", x.path("s"))
	check(t, err)
	x.refused(6, "somebody answers", "serve")
	check(t, listener.Close())
	x.write("s", []byte("notes"))
	x.refused(2, "is no socket", "serve")
	if text, err := os.ReadFile(x.path("s")); err != nil || string(text) != "notes" {
		t.Errorf("the file is %q, %v", text, err)
	}
	check(t, os.Remove(x.path("s")))
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: x.path("s"), Net: "unix"})
	check(t, err)
	stale.SetUnlinkOnClose(false)
	check(t, stale.Close())
	x.serveAt("s")
	x.do("supplier", "list")
	x.stop()
}
