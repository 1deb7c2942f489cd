package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"contractd/cmd/contractd/api"
	"contractd/workflow"
)

// failedSync is one fsync that the kernel refuses to confirm.
type failedSync struct {
	name  string
	call  string   // fsync or fdatasync.
	when  int      // Which one of a thread.
	paths []string // Below the data folder; empty means any.
}

// failedSyncs begin with those of a start; the others come while the daemon works.
func failedSyncs() []failedSync {
	var folders []string
	for i := range 256 {
		folders = append(folders, fmt.Sprintf("documents/%02x", i))
	}
	return []failedSync{
		{"the folder above", "fsync", 1, nil},
		{"a folder at the start", "fsync", 4, nil},
		{"the database at the start", "fsync", 1, []string{"contractd.db"}},
		{"the pages of a commit", "fdatasync", 1, []string{"contractd.db"}},
		{"the meta page of a commit", "fdatasync", 2, []string{"contractd.db"}},
		{"a folder of documents", "fsync", 1, folders},
	}
}

// playFailedSync lets the kernel fail one fsync of the daemon. The daemon must end and say so, and the next one must go on
// with all that anybody was told.
func playFailedSync(t *testing.T, h *hall) {
	needPart(t, "strace")
	for _, failure := range failedSyncs() {
		t.Run(failure.name, func(t *testing.T) { playOneFailedSync(t, h, failure) })
	}
	for when, name := range []string{1: "a new database", 2: "its first commit"} {
		if when > 0 {
			t.Run(name, func(t *testing.T) { playFailedCreation(t, h, when) })
		}
	}
}

// playFailedCreation fails the command that makes the store; the next one makes it.
func playFailedCreation(t *testing.T, h *hall, when int) {
	x := newExchange(t, h, "")
	args := []string{"supplier", "list"}
	first := x.command(args...)
	failedSync{"", "fdatasync", when, []string{"contractd.db.new"}}.wrap(t, first, x.path("data"))
	x.wantRefusal(x.finish(first), 8, "not confirmed by the disk", args)
	x.register()
	x.do("archive", "check")
}

func playOneFailedSync(t *testing.T, h *hall, failure failedSync) {
	x := newExchange(t, h, "")
	x.inlineUpTo("24KiB")
	x.register()
	daemon := x.command("serve")
	failure.wrap(t, daemon, x.path("data"))
	var stdout, stderr bytes.Buffer
	daemon.Stdout, daemon.Stderr = &stdout, &stderr
	check(t, daemon.Start())
	stopped := make(chan error, 1)
	go func() { stopped <- daemon.Wait() }()
	x.client = api.Dial(x.path("data/contractd.sock"), "")
	x.until("the daemon answers or ends", func(ctx context.Context) bool {
		health, err := x.client.Status(ctx)
		return err == nil && health.Daemon || len(stopped) > 0
	})
	x.write("S-1.pdf", x.draftOf("S-1"))
	order := []string{"send", "S-1.pdf", "--to", supplierName, "--number", "S-1"}
	sent := x.run(order...) // Which may be without the daemon by now.
	x.until("the daemon ends", func(context.Context) bool { return len(stopped) > 0 })
	var failed *exec.ExitError
	if err := <-stopped; !errors.As(err, &failed) {
		t.Fatalf("serve ended with %v", err)
	}
	x.wantRefusal(ended{failed.ExitCode(), stdout.String(), stderr.String()}, 8, "not confirmed by the disk", []string{"serve"})
	check(t, x.client.Close())
	x.serve()
	if sent.code == 0 {
		x.reach("S-1", workflow.StateSent)
	}
	x.send("S-2")
	x.reach("S-2", workflow.StateSent)
	x.do("archive", "check")
	x.stop()
}

// wrap makes a command fail its sync. The command keeps its parent and its process number.
func (f failedSync) wrap(t *testing.T, cmd *exec.Cmd, data string) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	check(t, err)
	folder, err := filepath.EvalSymlinks(filepath.Dir(data))
	check(t, err)
	data = filepath.Join(folder, filepath.Base(data))
	args := []string{
		strace, "-D", "-f", "-qqq", "-o", os.DevNull, "-e", "signal=none", "-e", "trace=" + f.call,
		"-e", fmt.Sprintf("inject=%s:error=EIO:when=%d", f.call, f.when),
	}
	for _, name := range f.paths {
		args = append(args, "-P", filepath.Join(data, name))
	}
	cmd.Args = append(append(args, cmd.Path), cmd.Args[1:]...)
	cmd.Path = strace
}

// inlineUpTo sets the size from which documents are files.
func (x *exchange) inlineUpTo(size string) {
	x.Helper()
	config, err := os.ReadFile(x.path("contractd.toml"))
	check(x.T, err)
	x.write("contractd.toml", []byte("inline_max = \""+size+"\"\n"+strings.TrimLeft(string(config), "\n")))
}
