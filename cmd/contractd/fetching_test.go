package main_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"contractd/signer/child"
	testca "contractd/signer/signtest"
	"contractd/signer/worker"
	"contractd/workflow"
)

// fetcherVariable names how the child breaks that fetches for `verify`; empty for an honest one.
const fetcherVariable = "CONTRACTD_TEST_FETCHER"

// breaksFetcher plays a broken child, where one is wanted.
func breaksFetcher() bool {
	way := os.Getenv(fetcherVariable)
	if way == "" || len(os.Args) != 2 || os.Args[1] != worker.FetchVerb {
		return false
	}
	socket := os.NewFile(3, "parent")
	_, _ = socket.Read(make([]byte, 1)) // Of what is asked; then it fails.
	switch way {
	case "boasts":
		_, _ = socket.Write([]byte("\xff\xff\xff\x7f\x00\x00\x00\x00{"))
		_, _ = io.Copy(io.Discard, socket)
	case "talks rubbish":
		_, _ = socket.Write([]byte("\x05\x00\x00\x00\x00\x00\x00\x00(*&^%"))
		_, _ = io.Copy(io.Discard, socket)
	}
	return true
}

// asker is a folder with a sealed file whose authority answers on this machine.
type asker struct {
	*testing.T
	folder, ours string
	register     *testca.Register
	identity     *testca.Identity
}

func newAsker(t *testing.T) *asker {
	program, err := os.Executable()
	check(t, err)
	a := &asker{T: t, folder: t.TempDir()}
	a.ours = filepath.Join(a.folder, "contractd")
	check(t, os.Symlink(program, a.ours))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.register.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	ca, err := testca.NewCA(testca.CAOptions{Name: "远方", Base: server.URL})
	check(t, err)
	a.register = ca.Register()
	a.register.Now = time.Now
	a.identity, err = ca.Organization(testca.P256)
	check(t, err)
	check(t, a.identity.WritePEM(filepath.Join(a.folder, "org.pem")))
	check(t, ca.WriteRoot(filepath.Join(a.folder, "root.pem")))
	check(t, os.WriteFile(filepath.Join(a.folder, "pin"), []byte("1\n"), 0o600))
	draft, err := filepath.Abs(filepath.Join(root, "testdata/pdf/libreoffice.pdf"))
	check(t, err)
	a.run("", "sign", draft, "-o", "sealed.pdf", "--key", "org.pem", "--seal", "invisible")
	a.run("", "init", "--company", "ACME", "--language", "en", "--address", "Contracts <contracts@example.com>", "--provider", "dovecot",
		"--imap-host", "mail.example.com", "--smtp-host", "mail.example.com", "--password-file", "pin", "--organization", "org.pem", "--root", "root.pem")
	config := filepath.Join(a.folder, "contractd.toml")
	text, err := os.ReadFile(config)
	check(t, err)
	check(t, os.WriteFile(config, bytes.Replace(text, []byte("[trust]"), []byte("[trust]\nprivate_hosts = [\"127.0.0.1\"]"), 1), 0o600))
	return a
}

// run returns what the command printed, on both outputs.
func (a *asker) run(way string, args ...string) (stdout, stderr string) {
	a.Helper()
	cmd := exec.CommandContext(a.Context(), a.ours, args...)
	cmd.Dir = a.folder
	cmd.Env = append(os.Environ(), fetcherVariable+"="+way, "XDG_CACHE_HOME="+filepath.Join(a.TempDir(), "cache"))
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil && (args[0] != "verify" || cmd.ProcessState.ExitCode() == 1) {
		a.Fatalf("%q: %v\n%s%s", args, err, &out, &said)
	}
	return out.String(), said.String()
}

// verdict judges the sealed file, and requires an answer of its authority.
func (a *asker) verdict(way string, flags ...string) (reasons, stderr string) {
	a.Helper()
	stdout, stderr := a.run(way, append([]string{"verify", "sealed.pdf", "--json", "--revocation", "require"}, flags...)...)
	var verdict workflow.Verdict
	if err := json.Unmarshal([]byte(stdout), &verdict); err != nil {
		a.Fatalf("%v\n%s%s", err, stdout, stderr)
	}
	var words []string
	for _, reason := range verdict.Signatures[0].Reasons {
		words = append(words, string(reason))
	}
	return string(verdict.Verdict) + " " + strings.Join(words, " "), stderr
}

// TestVerifyAsksThroughAChild judges behind walls, and knows what the authority says all the same. A child that breaks leaves
// the verdict as if nobody had been asked, and says so.
func TestVerifyAsksThroughAChild(t *testing.T) {
	a := newAsker(t)
	if got, said := a.verdict(""); got != "passed " || said != "" {
		t.Errorf("%q\n%s", got, said)
	}
	nobody, _ := a.verdict("", "--offline")
	if !strings.Contains(nobody, "revocation-unknown") {
		t.Fatal(nobody)
	}
	for _, way := range []string{"dies", "boasts", "talks rubbish"} {
		if got, said := a.verdict(way); got != nobody || !strings.Contains(said, "ask the fetching process") {
			t.Errorf("a child that %s: %q, want %q\n%s", way, got, nobody, said)
		}
	}
	a.register.Revoke(a.identity.Certificate, testca.Revocation{At: time.Now().Add(-time.Hour)})
	if got, _ := a.verdict(""); !strings.Contains(got, "certificate-revoked") {
		t.Errorf("revoked: %q", got)
	}
}

// TestUnneededChildCostsLittle lets the parent go without a word: the child ends before the packages of others are ready.
func TestUnneededChildCostsLittle(t *testing.T) {
	program, err := os.Executable()
	check(t, err)
	parent, theirs, err := child.Pair()
	check(t, err)
	cmd := exec.CommandContext(t.Context(), program, worker.FetchVerb)
	cmd.Args[0] = "contractd"
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	cmd.ExtraFiles = []*os.File{theirs}
	var said bytes.Buffer
	cmd.Stderr = &said
	check(t, cmd.Start())
	check(t, theirs.Close())
	check(t, parent.Close())
	check(t, cmd.Wait())
	if text := said.String(); !strings.Contains(text, "init ") || strings.Contains(text, "github.com/") {
		t.Errorf("it got ready for nothing:\n%s", text)
	}
}
