package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"contractd/cmd/contractd/config"
	"contractd/mailbox"
	"contractd/templates"
	"contractd/workflow"
)

func TestTheLargestDraftFitsIntoItsLetter(t *testing.T) {
	letters, err := templates.Load("")
	if err != nil {
		t.Fatal(err)
	}
	composer := &mailbox.Composer{
		Sender: mailbox.Sender{Name: "广州示例科技有限公司", Address: "a@example.com"}, Letters: letters, Spool: t.TempDir(),
		Company: templates.Company{Name: "广州示例科技有限公司", Mailbox: "a@example.com"},
	}
	for _, limit := range []int64{2 << 20, 10 << 20, 35 << 20} {
		sealed := make([]byte, largestDraft(limit)+256<<10) // Two seals with their pictures.
		if len(sealed) > int(limit) {
			t.Fatalf("%d bytes for a letter of %d", len(sealed), limit)
		}
		notice := workflow.Notice{
			Kind: workflow.LetterContract, Language: workflow.Chinese, MessageID: "m@example.com", Date: time.Unix(0, 0), To: []string{"b@example.com"},
			Contract: workflow.Contract{ID: "c", Number: "A-1", Title: "合同"},
			Attachments: []workflow.NamedDocument{{Name: "合同.pdf", Document: workflow.Document{
				Ref: workflow.Ref{Hash: workflow.HashOf(sealed), Size: int64(len(sealed))}, ReaderAt: bytes.NewReader(sealed),
			}}},
		}
		letter, _, closer, err := composer.Compose(t.Context(), notice)
		if err != nil {
			t.Fatal(err)
		}
		closer.Close() // It is a test's.
		if letter.Raw.Size > limit || limit > 4<<20 && letter.Raw.Size < limit*9/10 {
			t.Errorf("limit %d: the letter has %d bytes", limit, letter.Raw.Size)
		}
	}
}

func TestATypedPasswordIsAskedOnce(t *testing.T) {
	asked := 0
	h := &house{prompt: func(context.Context, string) (string, error) {
		asked++
		return "geheim", nil
	}}
	password := h.password(t.Context(), config.Secret{Prompt: true}, "IMAP password")
	var links sync.WaitGroup
	for range 8 {
		links.Go(func() {
			if _, err := password(); err != nil {
				t.Error(err)
			}
		})
	}
	links.Wait()
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

func TestTheEndOfTheDaemonEndsAQuestion(t *testing.T) {
	h := &house{prompt: func(ctx context.Context, _ string) (string, error) { <-ctx.Done(); return "", ctx.Err() }}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.password(ctx, config.Secret{Prompt: true}, "IMAP password")(); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestDrainCutsOffWhatDoesNotEnd(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	server := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		close(ended)
	})}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener) // Ends with http.ErrServerClosed.
	go func() {
		if answer, err := http.Get("http://" + listener.Addr().String()); err == nil {
			answer.Body.Close()
		}
	}()
	<-begun
	var log bytes.Buffer
	d := &daemon{house: &house{log: slog.New(slog.NewTextHandler(&log, nil))}}
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if err := d.drain(ctx, server); err != nil || !strings.Contains(log.String(), "cut off") {
		t.Errorf("got %v, log %q", err, log.String())
	}
	<-ended
}

func TestListenSaysWhatIsWrongWithItsPath(t *testing.T) {
	folder, log := t.TempDir(), slog.New(slog.DiscardHandler)
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, cfg := range []*config.Config{{DataDir: "/" + strings.Repeat("长", 40)}, {Socket: file}, {Socket: filepath.Join(folder, "no", "s")}} {
		if _, err := listen(cfg, log); workflow.HintOf(err) == "" {
			t.Errorf("%s: %v", socketPath(cfg), err)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "x" {
		t.Errorf("a file that is no socket was removed: %v", err)
	}
	left := &config.Config{Socket: filepath.Join(folder, "s")}
	for range 2 { // The second one finds the first one's.
		listener, err := listen(left, log)
		if err != nil {
			t.Fatal(err)
		}
		listener.(*net.UnixListener).SetUnlinkOnClose(false)
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestACertificateThatEndedCannotBeInsistedOn(t *testing.T) {
	err := unfit(workflow.WithHint(fmt.Errorf("expired: %w", workflow.ErrPolicy), "insist with --force"))
	if strings.Contains(workflow.HintOf(err), "--force") || !errors.Is(err, workflow.ErrPolicy) {
		t.Errorf("%v, hint %q", err, workflow.HintOf(err))
	}
}

func TestDoctorNamesACureForMailServers(t *testing.T) {
	cfg := config.Default()
	cfg.Mail.IMAP.Host, cfg.Mail.IMAP.Port, cfg.Mail.IMAP.User = "127.0.0.1", 1, "a"
	cfg.Mail.SMTP.Host, cfg.Mail.SMTP.Port = "127.0.0.1", 1
	x := &examination{env: &env{stdin: strings.NewReader(""), stdout: &bytes.Buffer{}, now: time.Now}, cfg: cfg, log: slog.New(slog.DiscardHandler)}
	x.checkIMAP(t.Context())
	x.checkSMTP(t.Context())
	if len(x.findings) != 2 {
		t.Fatalf("got %+v", x.findings)
	}
	for _, f := range x.findings {
		if f.State != checkFail || f.Hint == "" {
			t.Errorf("got %+v", f)
		}
	}
}
