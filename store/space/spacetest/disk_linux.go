package spacetest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// Disk is a filesystem in memory.
type Disk struct {
	testing.TB
	Dir    string // Leads into the namespace; other processes of root can use it while the test runs.
	input  io.WriteCloser
	output *bufio.Reader
}

// holding mounts the disk and then does what it is told, for as long as its standard input is open: no longer than the
// test's process.
const holding = `mount -t tmpfs -o "size=$1,mode=0700" contractd-test "$2" && echo done || exit 1
while read -r options; do mount -o "remount,$options" "$2" && echo done || echo failed; done`

// New mounts a disk of so many bytes. Without the right to mount the test is skipped, or fails where CI is set.
func New(t testing.TB, size int64) *Disk {
	t.Helper()
	d, mount := &Disk{TB: t}, t.TempDir()
	holder := exec.Command("sh", "-c", holding, "sh", strconv.FormatInt(size, 10), mount)
	holder.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS} // Private: Go remounts the root so.
	var err error
	if d.input, err = holder.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	output, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		d.without(err)
	}
	t.Cleanup(func() {
		err := d.input.Close() // Ends the holder, and with it the disk.
		if err := errors.Join(err, holder.Wait()); err != nil && !t.Skipped() {
			t.Errorf("end the holder of a small disk: %v", err)
		}
	})
	d.output = bufio.NewReader(output)
	if err := d.answer(); err != nil {
		d.without(err)
	}
	d.Dir = fmt.Sprintf("/proc/%d/root%s", holder.Process.Pid, mount)
	return d
}

// without ends a test that cannot have its disk.
func (d *Disk) without(err error) {
	d.Helper()
	if os.Getenv("CI") != "" {
		d.Fatalf("mount a small disk: %v", err)
	}
	d.Skipf("the right to mount is missing: %v", err)
}

func (d *Disk) answer() error {
	line, err := d.output.ReadString('\n')
	if err != nil || line != "done\n" {
		return fmt.Errorf("mount: %q, %w", line, errors.Join(err, errors.New("refused")))
	}
	return nil
}

// Remount changes the options of the disk: "ro", "rw", "size=N".
func (d *Disk) Remount(options string) error {
	if _, err := io.WriteString(d.input, options+"\n"); err != nil {
		return err
	}
	return d.answer()
}

// Free returns how many bytes are free.
func (d *Disk) Free() int64 {
	d.Helper()
	var usage syscall.Statfs_t
	if err := syscall.Statfs(d.Dir, &usage); err != nil {
		d.Fatal(err)
	}
	return int64(usage.Bavail) * usage.Bsize
}

// Fill makes a file larger or smaller until so many bytes are left, and never leaves more or less on the way.
func (d *Disk) Fill(leave int64) {
	d.Helper()
	file, err := os.OpenFile(d.filler(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		d.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		d.Fatal(err)
	}
	if more := d.Free() - leave; more > 0 {
		_, err = io.CopyN(file, zeros{}, more)
	} else {
		err = file.Truncate(max(0, info.Size()+more))
	}
	if err := errors.Join(err, file.Close()); err != nil && !errors.Is(err, syscall.ENOSPC) {
		d.Fatal(err)
	}
}

// Empty removes the file that takes room.
func (d *Disk) Empty() {
	d.Helper()
	if err := os.Remove(d.filler()); err != nil && !errors.Is(err, os.ErrNotExist) {
		d.Fatal(err)
	}
}

func (d *Disk) filler() string { return filepath.Join(d.Dir, "filler") }

// zeros never ends.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
