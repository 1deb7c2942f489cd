//go:build cgo

package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"contractd/signer/token/faulty"
	"contractd/templates/contract"
)

// watched is what a command prints, and who waits for a word in it.
type watched struct {
	mu   sync.Mutex // Guards what follows.
	text bytes.Buffer
	word string
	seen func()
}

func (t *watched) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text.Write(p)
	if t.seen != nil && strings.Contains(t.text.String(), t.word) {
		t.seen()
		t.seen = nil
	}
	return len(p), nil
}

// TestTokenLost unplugs the token in the middle of a run over many contracts, and of one over many files, and plugs it in
// again when the run says that it waits.
func TestTokenLost(t *testing.T) {
	h, x, hsm := tokenExchange(t)
	check(t, hsm.Init("公章", keyPIN))
	check(t, hsm.Import(t.Context(), "公章", keyPIN, "sign", []byte{1}, h.ours.Signer, h.ours.Certificate, h.ours.Chain...))
	headers, err := faulty.Headers()
	check(t, err)
	module, err := faulty.Build(x.dir, headers, hsm.Module)
	if errors.Is(err, faulty.ErrCompiler) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	check(t, err)
	x.environment = module.Environment()
	config, err := os.ReadFile(x.path("contractd.toml"))
	check(t, err)
	x.write("contractd.toml", bytes.Replace(config, []byte("kind = \"softkey\"\nfile = \"org.p12\""),
		fmt.Appendf(nil, "kind = \"pkcs11\"\ntoken = \"公章\"\nsessions = 4\nmodule = %q", module.Path), 1))

	x.register()
	x.write("data.json", contract.ExampleJSON())
	all := numbers("L", 12)
	x.list("list.csv", all...)
	x.unplugged(module, "send", "--template", "purchase", "--data", "data.json", "--csv", "list.csv", "--hold")
	for _, number := range all {
		if count := x.sealings(number); count != 2 {
			t.Errorf("contract %s was sealed %d times", number, count)
		}
	}
	x.do("archive", "check")

	files := []string{"sign"}
	for n := range 24 {
		name := fmt.Sprintf("file-%02d.pdf", n)
		x.write(name, x.draftOf(name))
		files = append(files, name)
	}
	x.unplugged(module, append(files, "-O", "sealed", "--key", "org", "--image", "seal.png")...)
	for _, name := range files[1:] {
		x.do("verify", filepath.Join("sealed", name), "--offline")
	}
	if left, err := filepath.Glob(x.path("sealed/.*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// unplugged runs a command, takes the token away at its first result, and gives it back when the command waits.
func (x *exchange) unplugged(module *faulty.Module, args ...string) {
	x.Helper()
	cmd := x.command(args...)
	waited := false
	cmd.Stdout = &watched{word: "\n", seen: func() { check(x.T, module.Rules("* vanish 0")) }}
	stderr := &watched{word: "waiting", seen: func() { waited = true; check(x.T, module.Rules()) }}
	cmd.Stderr = stderr
	check(x.T, cmd.Start())
	late := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() }) // The wait tells.
	defer late.Stop()
	if err := cmd.Wait(); err != nil || !waited || !strings.Contains(stderr.text.String(), "going on") {
		x.Fatalf("%q: %v; waited: %v\n%s", args, err, waited, stderr.text.String())
	}
}
