//go:build cgo

package main_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"contractd/cmd/contractd/api"
	testca "contractd/signer/signtest"
	"contractd/signer/token"
	"contractd/signer/token/faulty"
	"contractd/workflow"
)

// newFaultyExchange has the employee's key on a SoftHSM2 token behind a module that fails when told to.
func newFaultyExchange(t *testing.T, h *hall) (*exchange, *faulty.Module) {
	t.Helper()
	if softHSM() == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("softhsm2 is missing")
		}
		t.Skip("softhsm2 is missing")
	}
	x := newExchange(t, h, "")
	hsm, err := token.NewSoftHSM(x.path("hsm"))
	check(t, err)
	check(t, hsm.Init("员工", keyPIN))
	check(t, hsm.Import(t.Context(), "员工", keyPIN, "sign", []byte{1}, h.ourEmployee.Signer, h.ourEmployee.Certificate, h.ourEmployee.Chain...))
	headers, err := faulty.Headers()
	check(t, err)
	check(t, os.Mkdir(x.path("faulty"), 0o700))
	module, err := faulty.Build(x.path("faulty"), headers, hsm.Module)
	if errors.Is(err, faulty.ErrCompiler) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	check(t, err)
	x.environment = append(module.Environment(), "SOFTHSM2_CONF="+hsm.Conf)
	config, err := os.ReadFile(x.path("contractd.toml"))
	check(t, err)
	x.write("contractd.toml", bytes.Replace(config, []byte("kind = \"softkey\"\nfile = \"employee.p12\"\npin = { file = \"pin\" }"),
		[]byte("kind = \"pkcs11\"\ntoken = \"员工\"\nmodule = \""+module.Path+"\"\npin = { file = \"token.pin\" }"), 1))
	x.write("token.pin", []byte(keyPIN+"\n"))
	return x, module
}

// number runs one of the counts of a faulty module.
func number(t *testing.T, count func() (int, error)) int {
	t.Helper()
	n, err := count()
	check(t, err)
	return n
}

// lowered expects the token to have seen one try, which was not the right PIN.
func lowered(t *testing.T, m *faulty.Module) {
	t.Helper()
	if tries, logins := number(t, m.Tries), number(t, m.Logins); tries != 9 || logins != 1 {
		t.Errorf("the token takes %d more tries after %d logins; want 9 after 1", tries, logins)
	}
}

// TestExchangePIN plays what must not cost a token more than one try, over the real daemon.
func TestExchangePIN(t *testing.T) {
	t.Setenv("SOFTHSM2_CONF", "") // Put back at the end; NewSoftHSM changes it.
	h := newHall(t)
	for name, play := range map[string]func(*testing.T, *hall){
		"wrong":   playTenRestarts,
		"crash":   playTenCrashes,
		"killed":  playKilledInLogin,
		"healing": playHealing,
		"login":   playLogin,
		"untrust": playPrecheck,
	} {
		t.Run(name, func(t *testing.T) { play(t, h) })
	}
}

// playTenRestarts has a wrong PIN in the file, and a daemon that is started again and again.
func playTenRestarts(t *testing.T, h *hall) {
	x, module := newFaultyExchange(t, h)
	x.write("token.pin", []byte("Falsch-98765\n"))
	x.serve()
	x.register()
	x.refused(7, "employee", x.order("P-1")...)
	x.waits("P-1", "employee", false)
	for range 10 {
		x.stop()
		x.serve()
		x.refused(7, "suspended", "seal", "P-1")
	}
	lowered(t, module)
	x.write("token.pin", []byte(keyPIN+"\n")) // Right now, but nobody has said so.
	x.refused(7, "suspended", "seal", "P-1")
	lowered(t, module)
	x.do("token", "resume", "employee")
	x.do("seal", "P-1")
	x.reach("P-1", workflow.StateSent)
	x.do("archive", "check")
	x.noSecret("Falsch-98765", keyPIN)
}

// playTenCrashes has a module that crashes within C_Login, and somebody who tries ten times.
func playTenCrashes(t *testing.T, h *hall) {
	x, module := newFaultyExchange(t, h)
	check(t, module.Rules("C_Login crash 0"))
	x.serve()
	x.register()
	x.refused(7, "employee", x.order("P-2")...)
	for range 10 {
		x.refused(7, "suspended", "seal", "P-2")
	}
	lowered(t, module)
	check(t, module.Rules())
	x.do("token", "resume", "employee")
	x.do("seal", "P-2")
	x.reach("P-2", workflow.StateSent)
	x.noSecret(keyPIN)
	x.noCore()
}

// playKilledInLogin kills the daemon while the token judges the PIN, ten times.
func playKilledInLogin(t *testing.T, h *hall) {
	x, module := newFaultyExchange(t, h)
	check(t, module.Rules("C_Login hang 0"))
	x.serve()
	x.register()
	for n := range 10 {
		order := x.command(append(x.order("P-3"), "--json")...)
		if n > 0 {
			order = x.command("seal", "P-3")
		}
		check(t, order.Start())
		if n == 0 {
			x.until("the PIN is tried", waitFor(func() bool { return number(t, module.Logins) == 1 }))
		} else if err := order.Wait(); err == nil {
			t.Error("sealed with a suspended key")
		}
		x.kill()
		if n == 0 {
			_ = order.Wait() // Its daemon was killed.
			lowered(t, module)
			check(t, module.SetTries(10)) // From now on the token tells nothing: only we remember.
		}
		x.until("the module's child is gone", waitFor(func() bool { return len(drivers(t, module.Path)) == 0 }))
		x.serve()
	}
	if tries, logins := number(t, module.Tries), number(t, module.Logins); tries != 10 || logins != 1 {
		t.Errorf("tried again: %d tries left, %d logins", tries, logins)
	}
	if said := x.do("token", "list"); !strings.Contains(said, "suspended since") {
		t.Errorf("token list says:\n%s", said)
	}
}

// playHealing unplugs the token, and has the module crash and hang while it signs; what waits goes on.
func playHealing(t *testing.T, h *hall) {
	x, module := newFaultyExchange(t, h)
	x.serve()
	x.register()
	x.send("P-4")
	x.reach("P-4", workflow.StateSent)
	for n, rule := range []string{"C_Sign crash 1", "C_SignInit fail:32 1", "C_Sign fail:b3 1", "C_SignInit fail:101 1"} {
		check(t, module.Rules(rule))
		x.send("P-5-" + strconv.Itoa(n))
		x.reach("P-5-"+strconv.Itoa(n), workflow.StateSent)
	}
	check(t, module.Rules("* vanish 0"))
	x.refused(7, "employee", x.order("P-6")...)
	x.waits("P-6", "employee", true)
	check(t, module.Rules())
	x.reach("P-6", workflow.StateSent) // By itself.
	if tries := number(t, module.Tries); tries != 10 {
		t.Errorf("%d tries are left after right PINs only", tries)
	}
	if children := drivers(t, module.Path); len(children) != 1 {
		t.Errorf("children that drive the module: %v", children)
	}
	x.noSecret(keyPIN)
}

// playLogin has no PIN in the configuration: a contract waits until the key's holder types it on a terminal.
func playLogin(t *testing.T, h *hall) {
	x, module := newFaultyExchange(t, h)
	config, err := os.ReadFile(x.path("contractd.toml"))
	check(t, err)
	x.write("contractd.toml", bytes.Replace(config, []byte("pin = { file = \"token.pin\" }\n"), nil, 1))
	x.refused(6, "no daemon", "token", "login", "employee")
	x.serve()
	x.register()
	x.refused(7, "employee", x.order("P-7")...)
	x.waits("P-7", "employee", true)
	x.refused(2, "terminal", "token", "login", "employee")
	if logins := number(t, module.Logins); logins != 0 {
		t.Errorf("the token saw %d logins without a PIN", logins)
	}
	if _, err := x.client.Tokens(t.Context()); err != nil {
		t.Error(err)
	}
	check(t, x.client.Login(t.Context(), "employee", keyPIN))
	x.reach("P-7", workflow.StateSent)       // By itself.
	check(t, module.Rules("C_Sign crash 1")) // The PIN is kept: the next child is logged in too.
	x.send("P-8")
	x.reach("P-8", workflow.StateSent)
	var listed struct{ Tokens []api.Token }
	x.record(&listed, "token", "list")
	if len(listed.Tokens) != 1 || listed.Tokens[0].Label != "员工" || listed.Tokens[0].PIN != "ok" || !slices.Contains(listed.Tokens[0].Mechanisms, "RSA_PKCS") {
		t.Errorf("token list: %+v", listed)
	}
	var certificates []api.KeyCertificate
	x.record(&certificates, "token", "certs")
	if len(certificates) != 2 || !certificates[0].Answers || !certificates[1].Answers || certificates[0].Code != testca.CompanyCode || certificates[0].Days < 1 ||
		certificates[0].Algorithm != "RSA-2048" || certificates[1].Role != workflow.RoleEmployee || len(certificates[1].Usage) == 0 {
		t.Errorf("token certs: %+v", certificates)
	}
	check(t, module.Rules("* vanish 0"))
	if said := x.do("token", "certs"); !strings.Contains(said, "no: ") {
		t.Errorf("without the token:\n%s", said)
	}
	check(t, module.Rules())
	if err := x.client.Login(t.Context(), "employee", "Falsch-98765"); !errors.Is(err, workflow.ErrPIN) {
		t.Errorf("a wrong PIN: %v", err)
	}
	x.refused(7, "suspended", x.order("P-9")...)
	if tries := number(t, module.Tries); tries != 9 {
		t.Errorf("%d tries are left", tries)
	}
	x.do("token", "resume", "employee")
	check(t, x.client.Login(t.Context(), "employee", keyPIN))
	x.do("seal", "P-9")
	x.noSecret(keyPIN, "Falsch-98765")
}

// playPrecheck has a root that is none of our certificates': nothing is signed.
func playPrecheck(t *testing.T, h *hall) {
	x, module := newFaultyExchange(t, h)
	other, err := testca.NewCA(testca.CAOptions{Name: "陌生"})
	check(t, err)
	check(t, other.WriteRoot(x.path("strange.pem")))
	config, err := os.ReadFile(x.path("contractd.toml"))
	check(t, err)
	x.write("contractd.toml", bytes.Replace(config, []byte("[trust]\nroots = [\"root.pem\"]"), []byte("[trust]\nroots = [\"strange.pem\"]"), 1))
	x.serve()
	x.register()
	x.refused(6, "untrusted", x.order("P-10")...)
	if signed := number(t, func() (int, error) { return module.Calls("C_Sign") }); signed != 0 {
		t.Errorf("the token signed %d times", signed)
	}
	if contract := x.waits("P-10", "untrusted", false); len(contract.Batches) != 0 {
		t.Errorf("sealed by %+v", contract.Batches)
	}
}

// waitFor makes a condition for until.
func waitFor(holds func() bool) func(context.Context) bool {
	return func(context.Context) bool { return holds() }
}

// drivers returns the folders in /proc of the children that have loaded a module.
func drivers(t *testing.T, module string) []string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	check(t, err)
	var found []string
	for _, folder := range all {
		line, err := os.ReadFile(folder + "/cmdline")
		if err == nil && bytes.Contains(line, []byte("\x00"+token.Verb+"\x00"+module)) {
			found = append(found, folder)
		}
	}
	return found
}

// noSecret looks for secrets in what the daemon wrote and in what others see of it and its children while it runs, and
// ends it.
func (x *exchange) noSecret(secrets ...string) {
	x.Helper()
	seen := map[string][]byte{}
	processes := append(drivers(x.T, x.path("faulty/faulty.so")), "/proc/"+strconv.Itoa(x.daemon.Process.Pid))
	if len(processes) < 2 {
		x.Error("no child drives the module")
	}
	for _, folder := range processes {
		for _, name := range []string{"/cmdline", "/environ"} {
			if text, err := os.ReadFile(folder + name); err == nil { // Of an undumpable process root alone reads the second.
				seen[folder+name] = text
			}
		}
		limits, err := os.ReadFile(folder + "/limits")
		if err != nil || !bytes.Contains(limits, []byte("Max core file size        0 ")) {
			x.Errorf("%s may write core files: %v", folder, err)
		}
	}
	x.stop()
	seen["the log"] = x.log.Bytes()
	check(x.T, filepath.WalkDir(x.path("data"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		seen[path], err = os.ReadFile(path)
		return err
	}))
	for where, text := range seen {
		for _, secret := range secrets {
			if bytes.Contains(text, []byte(secret)) {
				x.Errorf("a PIN stands in %s", where)
			}
		}
	}
}

// noCore looks for core files.
func (x *exchange) noCore() {
	x.Helper()
	found, err := filepath.Glob(x.path("core*"))
	check(x.T, err)
	if len(found) > 0 {
		x.Errorf("left behind: %v", found)
	}
}
