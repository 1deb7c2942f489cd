package main_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"contractd/cmd/contractd/api"
	"contractd/cmd/contractd/cli"
	"contractd/workflow"
)

// ourGoroutine finds frames of what ships; the mail server beside the daemon is the test's.
var ourGoroutine = regexp.MustCompile(`(?m)^(contractd/(cmd/contractd/[a-z]+|workflow|store|signer|mailbox/imap|mailbox/smtp|mailbox)\.|go\.etcd\.io/bbolt|github\.com/emersion/go-imap/v2/imapclient)`)

// goroutines returns the stacks of those that run code of ours.
func goroutines() []string {
	buffer := make([]byte, 4<<20)
	var ours []string
	for _, stack := range strings.Split(string(buffer[:runtime.Stack(buffer, true)]), "\n\n") {
		if ourGoroutine.MatchString(stack) && !strings.Contains(stack, "testing.tRunner") {
			ours = append(ours, stack)
		}
	}
	return ours
}

// TestServeLeavesNoGoroutine runs the daemon in this process: it starts, waits for mail, answers, seals and mails a
// contract, and stops; nothing of it may be left.
func TestServeLeavesNoGoroutine(t *testing.T) {
	h := newHall(t)
	x := newExchange(t, h, "")
	address := x.freeAddress()
	config, err := os.ReadFile(x.path("contractd.toml"))
	check(t, err)
	x.write("contractd.toml", append(config, "\n[metrics]\nlisten = \""+address+"\"\n"...))
	x.until("those of earlier tests have ended", func(context.Context) bool { return len(goroutines()) == 0 })
	ctx, cancel := context.WithCancel(t.Context())
	var stdout, stderr bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Run(ctx, []string{"--config", x.path("contractd.toml"), "serve"}, strings.NewReader(""), &stdout, &stderr)
	}()
	x.client = api.Dial(x.path("data/contractd.sock"), "")
	x.until("the daemon waits for mail", func(context.Context) bool { return x.post.local.Stats().Idles > 0 })
	x.register()
	x.run(x.order("G-1")...) // Sealed with a second opinion or, in this process, without one; it may wait.
	x.story("G-1", "recorded", func(story api.Story) bool { return story.Contract.State != workflow.State("") })
	response, err := http.Get("http://" + address + "/metrics")
	check(t, err)
	check(t, response.Body.Close())
	http.DefaultClient.CloseIdleConnections()
	if running := goroutines(); len(running) < 8 {
		t.Errorf("of a running daemon only %d goroutines are found", len(running))
	}
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("serve ended with %d\n%s", code, &stderr)
	}
	check(t, x.client.Close())
	x.until("all goroutines have ended", func(context.Context) bool { return len(goroutines()) == 0 })
}

// TestGoroutinesAreDescribed compares the table of the architecture with what serve starts.
func TestGoroutinesAreDescribed(t *testing.T) {
	source, err := os.ReadFile("cli/serve.go")
	check(t, err)
	_, body, _ := strings.Cut(string(source), "func (d *daemon) run(")
	body, _, _ = strings.Cut(body, "\n}\n")
	started := regexp.MustCompile(`group\.Go\(func\(\) error \{ return d\.(?:loop\(ctx, loop(\w+)|house\.ledger\.(\w+)|(\w+))`).FindAllStringSubmatch(body, -1)
	_, table, _ := strings.Cut(pages(t)["docs/architecture.md"], "\n## Goroutines\n")
	table, _, _ = strings.Cut(table, "\n\nA loop")
	if rows := strings.Count(table, "\n| ") - 1; rows != len(started) || len(started) < 8 {
		t.Errorf("serve starts %d goroutines, the table has %d", len(started), rows)
	}
	for _, one := range started {
		if name := strings.ToLower(strings.Join(one[1:], "")); !strings.Contains(table, "\n| "+name+" |") {
			t.Errorf("the table has no goroutine %q", name)
		}
	}
}
