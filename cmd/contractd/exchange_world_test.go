package main_test

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"text/template"
	"time"

	"contractd/cmd/contractd/api"
	testca "contractd/signer/signtest"
	"contractd/workflow"
)

const (
	houseMail    = "contracts@company.example"
	supplierMail = "hetong@supplier.example"
	otherMail    = "sales@other.example"
	mailSecret   = "geheim-小山" // Passwords may hold any character.
	keyPIN       = "Pin-123456"
	supplierName = "yangli"
)

// exchange is one company with its data folder, its mail server and its timestamp authority.
type exchange struct {
	*testing.T
	hall   *hall
	dir    string
	post   post
	tsa    *testca.TSA
	client *api.Client
	daemon *exec.Cmd
	log    *bytes.Buffer // Of the daemon; read it after the daemon has ended.

	environment []string // Of every command, beside the usual.
}

// patience bounds every wait. What is waited for usually takes milliseconds; the machine may be busy.
const patience = 90 * time.Second

// newExchange writes keys and configuration; nothing of contractd runs yet.
func newExchange(t *testing.T, h *hall, settings string) *exchange {
	t.Helper()
	return newExchangeOver(t, h, localPost(t), settings)
}

func newExchangeOver(t *testing.T, h *hall, post post, settings string) *exchange {
	t.Helper()
	x := &exchange{T: t, hall: h, dir: t.TempDir(), post: post}
	var err error
	x.tsa, err = testca.NewTSA(h.ca, testca.P256, nil)
	check(t, err)
	authority := httptest.NewServer(x.tsa)
	t.Cleanup(authority.Close)
	check(t, h.ours.WritePKCS12(x.path("org.p12"), keyPIN))
	check(t, h.ourEmployee.WritePKCS12(x.path("employee.p12"), keyPIN))
	check(t, h.ca.WriteRoot(x.path("root.pem")))
	check(t, testca.WriteCertificates(x.path("supplier-org.pem"), h.supplier.Certificate))
	check(t, testca.WriteCertificates(x.path("supplier-employee.pem"), h.supplierEmployee.Certificate))
	check(t, testca.WriteCertificates(x.path("other.pem"), h.other.Certificate))
	x.write("mail-ca.pem", post.ca)
	x.write("pin", []byte(keyPIN+"\n"))
	x.write("mail.secret", []byte(mailSecret+"\n"))
	x.write("seal.png", sealPNG(t))
	x.write("采购合同.pdf", h.draft)
	x.configure(authority.URL, settings)
	t.Cleanup(x.kill)
	return x
}

func (x *exchange) path(name string) string { return filepath.Join(x.dir, name) }

func (x *exchange) write(name string, content []byte) {
	x.Helper()
	check(x.T, os.WriteFile(x.path(name), content, 0o600))
}

// configure writes the configuration; settings are further lines of [contracts].
func (x *exchange) configure(tsa, settings string) {
	x.Helper()
	var out bytes.Buffer
	check(x.T, template.Must(template.New("").Parse(exchangeConfig)).Execute(&out, map[string]any{
		"Company": testca.CompanyName, "Mail": houseMail, "IMAP": x.post.imap, "SMTP": x.post.smtp, "TSA": tsa, "Contracts": settings,
	}))
	x.write("contractd.toml", out.Bytes())
}

const exchangeConfig = `
data_dir = "data"
[company]
name = "{{.Company}}"
contact = "采购部 王芳,电话 020-12345678"
[mail]
start = "all"
[mail.imap]
host = "127.0.0.1"
port = {{.IMAP}}
ca = "mail-ca.pem"
user = "{{.Mail}}"
password = { file = "mail.secret" }
sent = "Sent"
[mail.imap.folders]
archive = "合同已归档"
review = "合同待审核"
rejected = "合同未通过"
ignored = "合同无关"
[mail.smtp]
host = "127.0.0.1"
port = {{.SMTP}}
ca = "mail-ca.pem"
user = "{{.Mail}}"
password = { file = "mail.secret" }
from = "{{.Company}} <{{.Mail}}>"
[[keys]]
name = "org"
role = "organization"
kind = "softkey"
file = "org.p12"
pin = { file = "pin" }
[[keys]]
name = "employee"
role = "employee"
kind = "softkey"
file = "employee.p12"
pin = { file = "pin" }
[[seal.marks]]
key = "org"
image = "seal.png"
[[seal.marks]]
key = "employee"
image = "seal.png"
x = 80
size = 20
[timestamp]
urls = ["{{.TSA}}"]
roots = ["root.pem"]
[trust]
roots = ["root.pem"]
[contracts]
{{.Contracts}}
`

// serve starts the daemon and waits until it answers.
func (x *exchange) serve() {
	x.Helper()
	x.serveAt("data/contractd.sock")
}

// serveAt is serve with the socket at that place.
func (x *exchange) serveAt(socket string) {
	x.Helper()
	x.log = &bytes.Buffer{}
	x.daemon = x.command("serve")
	x.daemon.Stdout, x.daemon.Stderr = x.log, x.log
	check(x.T, x.daemon.Start())
	x.client = api.Dial(x.path(socket), "")
	x.until("the daemon answers", func(ctx context.Context) bool {
		health, err := x.client.Status(ctx)
		return err == nil && health.Daemon
	})
}

// stop ends the daemon as a service manager does, and expects it to drain.
func (x *exchange) stop() {
	x.Helper()
	check(x.T, x.daemon.Process.Signal(syscall.SIGTERM))
	daemon := x.daemon
	x.daemon = nil
	if err := daemon.Wait(); err != nil {
		x.Errorf("serve ended with %v", err)
	}
	check(x.T, x.client.Close())
}

// kill ends the daemon as a power failure does.
func (x *exchange) kill() {
	if x.daemon == nil {
		return
	}
	if err := x.daemon.Process.Kill(); err != nil {
		x.Error(err)
	}
	var killed *exec.ExitError
	if err := x.daemon.Wait(); !errors.As(err, &killed) || killed.Exited() { // By the signal just sent, not by itself.
		x.Errorf("serve ended before with %v", err)
	}
	x.daemon = nil
	if x.Failed() {
		x.Logf("the daemon's log:\n%s", strings.TrimSpace(x.log.String()))
	}
}

// until waits for a condition.
func (x *exchange) until(what string, holds func(context.Context) bool) {
	x.Helper()
	ctx, cancel := context.WithTimeout(x.Context(), patience)
	defer cancel()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for !holds(ctx) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			x.Fatalf("waited for %s until %v", what, ctx.Err())
		}
	}
}

// story waits until the daemon tells of a contract what is wanted.
func (x *exchange) story(number, what string, holds func(api.Story) bool) api.Story {
	x.Helper()
	var story api.Story
	found := false
	defer func() {
		if !found {
			x.Logf("contract %s is %s, waits for %q, %d receipts", number, story.Contract.State, story.Contract.Waiting, len(story.Receipts))
		}
	}()
	x.until("contract "+number+": "+what, func(ctx context.Context) bool {
		latest, err := x.client.Story(ctx, number)
		if err == nil {
			story = latest
		}
		found = err == nil && holds(story)
		return found
	})
	return story
}

// reach waits until a contract is in a state.
func (x *exchange) reach(number string, state workflow.State) api.Story {
	x.Helper()
	return x.story(number, string(state), func(story api.Story) bool { return story.Contract.State == state })
}
