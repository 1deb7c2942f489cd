package main_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	testca "contractd/signer/signtest"
)

// stranger is a user id without account, whom the tests of other people run as.
const stranger = 4_000_001

// TestPeople plays what people do at the same machine: other users, interruptions, corrections.
func TestPeople(t *testing.T) {
	h := newHall(t)
	for name, play := range map[string]func(*testing.T, *hall){
		"other users": playOtherUsers,
		"interrupted": playInterrupted,
		"supplier":    playSupplierEdit,
		"two persons": playTwoPersons,
		"reassigned":  playReassigned,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, h)
		})
	}
}

// playOtherUsers lets somebody reach a daemon whose data folder is closed to them.
func playOtherUsers(t *testing.T, h *hall) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to act as another user")
	}
	x := newExchange(t, h, "")
	config, err := os.ReadFile(x.path("contractd.toml"))
	check(t, err)
	users := fmt.Sprintf("\n[[users]]\nname = \"李伟\"\nuid = %d\nrights = [\"view\"]\n[[users]]\nname = \"王芳\"\nuid = 0\nrights = [\"administer\"]\n", stranger)
	x.write("contractd.toml", append([]byte("socket = \"open/contractd.sock\"\n"), append(config, users...)...))
	check(t, os.Mkdir(x.path("open"), 0o755))
	for _, folder := range []string{filepath.Dir(x.dir), filepath.Dir(filepath.Dir(h.binary)), filepath.Dir(h.binary), x.dir} {
		check(t, os.Chmod(folder, 0o755))
	}
	check(t, os.Chmod(x.path("contractd.toml"), 0o644))
	as := func(args ...string) ended {
		cmd := x.command(args...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stranger, Gid: 0}} // Of the socket's group.
		return x.finish(cmd)
	}
	if done := as("status"); done.code == 0 {
		t.Errorf("without a daemon the closed folder was opened:\n%s", done.stdout)
	}
	x.serveAt("open/contractd.sock")
	check(t, os.Chown(x.path("open/contractd.sock"), -1, 0)) // Where this machine has the group contractd.
	if done := as("status"); done.code != 0 || !strings.Contains(done.stdout, "running") {
		t.Errorf("status ended with %d\n%s%s", done.code, done.stdout, done.stderr)
	}
	done := as("supplier", "add", "new", "--name", "x", "--mail", "x@example.com", "--organization", "x")
	x.wantRefusal(done, 6, "李伟", []string{"supplier", "add"})
	if info, err := os.Stat(x.path("open/contractd.sock")); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("socket: %v, %v", info, err)
	}
	x.stop()
}

// playInterrupted stops a send that waits for its timestamp, and goes on.
func playInterrupted(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	config, err := os.ReadFile(x.path("contractd.toml"))
	check(t, err)
	x.write("contractd.toml", bytes.Replace(config, []byte("[timestamp]\n"), []byte("[timestamp]\ntimeout = \"2s\"\n"), 1))
	x.register()
	x.tsa.Fail(testca.Slow)
	cmd := x.command(x.order("I-1")...)
	stderr, err := cmd.StderrPipe()
	check(t, err)
	check(t, cmd.Start())
	var said []string
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		if said = append(said, lines.Text()); strings.HasPrefix(lines.Text(), "recorded") {
			check(t, cmd.Process.Signal(os.Interrupt))
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Error("an interrupted send succeeded")
	}
	end := strings.Join(said[max(0, len(said)-2):], "\n")
	if !strings.HasPrefix(end, "error: interrupted\nhint: ") || !strings.Contains(end, "`contractd seal I-1`") || strings.Contains(strings.Join(said, "\n"), "level=") {
		t.Errorf("it said\n%s", strings.Join(said, "\n"))
	}
	x.tsa.Fail(testca.None)
	x.do("seal", "I-1")
}

// playSupplierEdit corrects an address and leaves the rest.
func playSupplierEdit(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.register()
	before := x.do("supplier", "show", supplierName)
	x.refused(6, "exists", "supplier", "add", supplierName, "--name", "x", "--mail", "x@example.com", "--organization", "x")
	x.refused(2, "no mail address", "supplier", "edit", supplierName, "--mail", "样例 <a@example.com>")
	x.do("supplier", "edit", supplierName, "--mail", "neu@supplier.example")
	if after, want := x.do("supplier", "show", supplierName), strings.Replace(before, supplierMail, "neu@supplier.example", 1); after != want {
		t.Errorf("got\n%s\nwant\n%s", after, want)
	}
	x.do("supplier", "edit", supplierName, "--organization", "样例", "--copy", "kopie@supplier.example")
	x.do("supplier", "edit", supplierName, "--code", testca.SupplierCode)
	after := x.do("supplier", "show", supplierName)
	for _, want := range []string{"样例 " + testca.SupplierCode, "kopie@supplier.example", "key "} {
		if !strings.Contains(after, want) {
			t.Errorf("%q is missing in\n%s", want, after)
		}
	}
	x.refused(5, "nobody", "supplier", "edit", "nobody", "--name", "x")
}
