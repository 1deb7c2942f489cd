package main_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"contractd/workflow"
)

// TestControl plays programs and people at the control API of the binary that users run.
func TestControl(t *testing.T) {
	h := newHall(t)
	for name, play := range map[string]func(*testing.T, *hall){
		"ERP":      playERP,
		"version":  playOtherBuild,
		"uploads":  playUploads,
		"people":   playPeopleByRight,
		"programs": playPrograms,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, h)
		})
	}
}

// openDoor lets programs in by TCP, and returns where.
func (x *exchange) openDoor() string {
	x.Helper()
	listener, err := (&net.ListenConfig{}).Listen(x.Context(), "tcp", "127.0.0.1:0")
	check(x.T, err)
	address := listener.Addr().String()
	check(x.T, listener.Close())
	x.configured("[api]\nlisten = \"" + address + "\"\n")
	return address
}

// configured adds tables to the configuration.
func (x *exchange) configured(tables string) {
	x.Helper()
	plain, err := os.ReadFile(x.path("contractd.toml"))
	check(x.T, err)
	x.write("contractd.toml", append(plain, "\n"+tables...))
}

var shellBlock = regexp.MustCompile("(?s)\n```sh\n(.*?)```\n")

// playERP runs exactly the commands of docs/api.md, but for the port.
func playERP(t *testing.T, h *hall) {
	needPart(t, "curl")
	page, err := os.ReadFile(filepath.Join(root, "docs/api.md"))
	check(t, err)
	blocks := shellBlock.FindAllStringSubmatch(string(page), -1)
	if len(blocks) != 4 {
		t.Fatalf("docs/api.md has %d blocks of commands, want 4", len(blocks))
	}
	x := newExchange(t, h, "")
	address := x.openDoor()
	x.serve()
	x.do("supplier", "add", "huaxin", "--name", "深圳样例供应链有限公司", "--mail", supplierMail,
		"--certificate", "organization=supplier-org.pem", "--certificate", "employee=supplier-employee.pem")
	x.write("contract.pdf", x.draftOf("CG-2026-003"))
	check(t, os.Mkdir(x.path("bin"), 0o755))
	x.write("bin/contractd", fmt.Appendf(nil, "#!/bin/sh\nexec %q --config %q \"$@\"\n", h.binary, x.path("contractd.toml")))
	check(t, os.Chmod(x.path("bin/contractd"), 0o755))
	shell := func(commands string) ended {
		commands = strings.ReplaceAll(commands, "127.0.0.1:8750", address)
		cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", commands)
		cmd.Dir, cmd.Env = x.dir, append(os.Environ(), "PATH="+x.path("bin")+":"+os.Getenv("PATH"), "URL=http://"+address)
		return x.finish(cmd)
	}
	must := func(n int) string {
		done := shell(blocks[n][1])
		if done.code != 0 {
			t.Fatalf("%s\nended with %d\n%s%s", blocks[n][1], done.code, done.stdout, done.stderr)
		}
		return done.stdout
	}
	must(0)
	if info, err := os.Stat(x.path("erp.header")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", info, err)
	}
	first := must(1)
	if again := must(1); lastLine(again) == "" || !strings.Contains(lastLine(again), `"number":"CG-2026-003"`) || !strings.Contains(first, `"recorded"`) {
		t.Errorf("first\n%s\nagain\n%s", first, again)
	}
	x.reach("CG-2026-003", workflow.StateSent)
	if said := must(2); !strings.HasPrefix(said, "\"state\":\"sent\"\n[]") {
		t.Errorf("polled: %s", said)
	}
	l := x.receivedAbout("CG-2026-003", 1)
	returned := x.countersign(l.pdf)
	x.answer(l, attached, returned)
	story := x.reach("CG-2026-003", workflow.StateArchived)
	must(3)
	if final, err := os.ReadFile(x.path("CG-2026-003.pdf")); err != nil || !bytes.Equal(final, returned) {
		t.Errorf("the final document: %d bytes, want %d, %v", len(final), len(returned), err)
	}
	if story.Contract.Owner != "erp" || story.Journal[0].Actor != "erp" {
		t.Errorf("owner %q, journal %+v", story.Contract.Owner, story.Journal[0])
	}
	if all := x.do("archive", "query"); strings.Count(all, "CG-2026-003") != 1 {
		t.Errorf("contracts:\n%s", all)
	}
	id := regexp.MustCompile(`cd_([a-z0-9]+)_`).FindStringSubmatch(string(x.contentOf("erp.header")))[1]
	x.do("apikey", "revoke", id)
	if done := shell(blocks[2][1]); done.code == 0 || !strings.Contains(done.stdout+done.stderr, "401") {
		t.Errorf("a revoked key: %d\n%s%s", done.code, done.stdout, done.stderr)
	}
	x.stop()
	if secret := string(x.contentOf("erp.header"))[len("Authorization: Bearer cd_")+len(id)+1:]; strings.Contains(x.log.String(), strings.TrimSpace(secret)) {
		t.Error("the log has the key")
	}
}

func (x *exchange) contentOf(name string) []byte {
	x.Helper()
	content, err := os.ReadFile(x.path(name))
	check(x.T, err)
	return content
}

// playOtherBuild lets a command of another version meet the daemon.
func playOtherBuild(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	other := filepath.Join(t.TempDir(), "contractd")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-ldflags", "-X contractd/cmd/contractd/cli.release=v99.0.0", "-o", other, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	x.serve()
	cmd := x.command("status")
	cmd.Path, cmd.Args[0] = other, other
	done := x.finish(cmd)
	x.wantRefusal(done, 6, "v99.0.0", []string{"status"})
	if !strings.Contains(done.stderr, "restart the daemon") {
		t.Errorf("no cure: %s", done.stderr)
	}
	x.do("status")
}

// playUploads hands over 20 MB, which the daemon must not keep in memory, and more than it takes.
func playUploads(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	x.refused(1, "read draft", "send", "seal.png", "--to", supplierName, "--number", "U-0") // What one upload needs at all.
	before := x.peak()
	x.write("large.pdf", append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("not a contract\n"), 20_000_000/15)...))
	x.refused(1, "read draft", "send", "large.pdf", "--to", supplierName, "--number", "U-1")
	if grown := x.peak() - before; grown > 10<<10 {
		t.Errorf("20 MB took %d KiB of memory", grown)
	}
	check(t, os.Truncate(x.path("large.pdf"), 1<<30))
	x.refused(1, "too large", "send", "large.pdf", "--to", supplierName, "--number", "U-2")
	if grown := x.peak() - before; grown > 10<<10 {
		t.Errorf("a refused GiB took %d KiB of memory", grown)
	}
}

var peakLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peak returns the largest resident set of the daemon in KiB.
func (x *exchange) peak() int {
	x.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", x.daemon.Process.Pid))
	if err != nil {
		x.Skipf("needs /proc: %v", err)
	}
	n, err := strconv.Atoi(peakLine.FindStringSubmatch(string(status))[1])
	check(x.T, err)
	return n
}

// playPeopleByRight lets a user for each right come through the socket.
func playPeopleByRight(t *testing.T, h *hall) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to act as other users")
	}
	x := newExchange(t, h, "")
	x.register()
	x.send("G-1", "--hold")
	x.send("G-2", "--hold")
	rights := []workflow.Right{workflow.RightView, workflow.RightSend, workflow.RightDecide, workflow.RightAdminister}
	var users strings.Builder
	users.WriteString("[[users]]\nname = \"root\"\nuid = 0\nrights = [\"view\"]\n") // Who waits here for the daemon.
	for n, right := range rights {
		fmt.Fprintf(&users, "[[users]]\nname = \"%s\"\nuid = %d\nrights = [\"%s\"]\n", right, stranger+n, right)
	}
	x.configured(users.String())
	x.write("contractd.toml", append([]byte("socket = \"open/contractd.sock\"\n"), x.contentOf("contractd.toml")...))
	check(t, os.Mkdir(x.path("open"), 0o755))
	for _, folder := range []string{filepath.Dir(x.dir), filepath.Dir(filepath.Dir(h.binary)), filepath.Dir(h.binary), x.dir} {
		check(t, os.Chmod(folder, 0o755))
	}
	check(t, os.Chmod(x.path("contractd.toml"), 0o644))
	x.serveAt("open/contractd.sock")
	check(t, os.Chown(x.path("open/contractd.sock"), -1, 0)) // Where this machine has the group contractd.
	as := func(uid uint32, args ...string) ended {
		cmd := x.command(args...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: 0}} // Of the socket's group.
		return x.finish(cmd)
	}
	for _, act := range []struct {
		need workflow.Right
		args []string
	}{
		{workflow.RightView, []string{"show", "G-1"}}, {workflow.RightSend, []string{"release", "G-1"}},
		{workflow.RightDecide, []string{"withdraw", "G-2", "--reason", "x", "--yes"}}, {workflow.RightAdminister, []string{"apikey", "list"}},
	} {
		for n, right := range rights {
			done := as(uint32(stranger+n), act.args...)
			may := workflow.Actor{Rights: []workflow.Right{right}}.Has(act.need)
			if refused := done.code == 6 && strings.Contains(done.stderr, `right "`+string(act.need)+`" is missing`); refused == may {
				t.Errorf("%v with the right %s ended with %d\n%s", act.args, right, done.code, done.stderr)
			}
		}
	}
	x.wantRefusal(as(stranger+9, "show", "G-1"), 6, "right", []string{"show"}) // Who stands in no entry may not even look.
	x.stop()
}

// playPrograms shows keys at the TCP door and at the socket.
func playPrograms(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	address := x.openDoor()
	x.serve()
	x.register()
	key := strings.TrimSpace(x.do("apikey", "add", "portal", "--right", "view", "--supplier", supplierName, "--expires", "1d"))
	ask := func(change func(*http.Request)) (int, string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/v1/suppliers", nil)
		check(t, err)
		request.Header.Set("Authorization", "Bearer "+key)
		change(request)
		response, err := http.DefaultClient.Do(request)
		check(t, err)
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		check(t, err)
		return response.StatusCode, string(body)
	}
	for name, tt := range map[string]struct {
		change func(*http.Request)
		want   int
	}{
		"key":      {func(*http.Request) {}, 200},
		"no key":   {func(r *http.Request) { r.Header.Del("Authorization") }, 401},
		"not ours": {func(r *http.Request) { r.Host = "evil.example" }, 400},
		"web page": {func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 403},
		"version":  {func(r *http.Request) { r.Header.Del("Authorization"); r.URL.Path = "/v1/version" }, 200},
		"house":    {func(r *http.Request) { r.URL.Path = "/v1/status" }, 403},
	} {
		if code, body := ask(tt.change); code != tt.want {
			t.Errorf("%s: %d %s", name, code, body)
		}
	}
	if listed := x.do("apikey", "list"); !strings.Contains(listed, "portal") || !strings.Contains(listed, "in use until") || strings.Contains(listed, key) {
		t.Errorf("listed:\n%s", listed)
	}
	x.refused(6, "exists", "apikey", "add", "portal", "--right", "view")
	x.refused(2, "fly", "apikey", "add", "x", "--right", "fly")
	x.refused(2, "--expires", "apikey", "add", "x", "--right", "view", "--expires", "soon")
	x.refused(5, "nobody", "apikey", "add", "x", "--right", "view", "--supplier", "nobody")
	x.refused(5, "nokey", "apikey", "revoke", "nokey")
	x.stop()
	x.do("archive", "check")
}
