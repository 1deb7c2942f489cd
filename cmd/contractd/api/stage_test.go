package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"contractd/store/bolt"
	"contractd/store/documents"
	"contractd/workflow"
	"contractd/workflow/access"
	"contractd/workflow/appearances"
	"contractd/workflow/flowtest"
	"contractd/workflow/keys"
	"contractd/workflow/outbound"
)

// stage is the control API over a real ledger, with two suppliers and nothing outside.
type stage struct {
	*flowtest.Stage
	ledger   *bolt.Ledger
	services Services
	logged   *logBook
}

const otherSupplier = workflow.SupplierID("ander")

// logBook collects what is logged.
type logBook struct {
	mu    sync.Mutex // Guards lines.
	lines bytes.Buffer
}

func (b *logBook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lines.Write(p)
}

func (b *logBook) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lines.String()
}

// testSpool keeps uploads as the daemon does.
type testSpool struct{ *documents.Spool }

func (s testSpool) Keep(ctx context.Context, r io.Reader, limit int64) (workflow.Document, io.Closer, error) {
	kept, err := s.Collect(ctx, r, limit)
	if errors.Is(err, documents.ErrLimit) {
		err = errors.Join(workflow.ErrTooLarge, err)
	}
	if err != nil {
		return workflow.Document{}, nil, err
	}
	return workflow.Document{Ref: workflow.Ref{Hash: kept.Hash, Size: kept.Size}, ReaderAt: kept}, kept, nil
}

// copyist takes a picture as it is given.
type copyist struct{}

// Draw implements appearances.Artist.
func (copyist) Draw(_ context.Context, _ appearances.Order, given workflow.Document) (appearances.Drawn, error) {
	return appearances.Drawn{Picture: given, Source: "png"}, nil
}

func newStage(t testing.TB) *stage {
	t.Helper()
	s := &stage{Stage: flowtest.New(t), logged: &logBook{}}
	s.ledger = s.Ledger.(*bolt.Ledger)
	s.Apply(workflow.Change{Suppliers: []workflow.Supplier{{
		ID: otherSupplier, Name: "另一家", Language: workflow.Chinese, Addresses: []string{"a@ander.example"}, Required: []workflow.Role{workflow.RoleOrganization},
	}}})
	spool, err := documents.NewSpool(filepath.Join(t.TempDir(), "spool"))
	if err != nil {
		t.Fatal(err)
	}
	s.services = Services{
		Version: "1", Issuer: s.Issuer, Desk: s.Desk, Stopper: s.Stopper, Guard: &keys.Guard{Ledger: s.ledger, Now: s.Now},
		Cabinet: &appearances.Cabinet{Ledger: s.ledger, Artist: copyist{}, Keys: []string{"org"}, Now: s.Now},
		Gate:    &access.Gate{Ledger: s.ledger, People: []string{"王芳"}, Now: s.Now},
		Store:   s.ledger, Memory: s.ledger, Directory: s.ledger, Spool: testSpool{spool}, Limit: 1 << 20,
		Check:   func(context.Context) (any, bool, error) { return struct{}{}, false, nil },
		Health:  func(context.Context) (Health, error) { return Health{}, nil },
		Keys:    func(context.Context) ([]workflow.KeyRecord, error) { return []workflow.KeyRecord{}, nil },
		Login:   func(context.Context, string, []byte) error { return nil },
		Tokens:  func(context.Context, bool) (Tokens, error) { return Tokens{[]Token{}, []KeyCertificate{}}, nil },
		Explain: s.Judge.Explain,
		Backup:  func(context.Context) (Copy, error) { return noCopy{}, nil },
		Policy: func(order *outbound.Order) error {
			if order.Deadline.IsZero() {
				order.Deadline = s.Now().AddDate(0, 1, 0)
			}
			return nil
		},
		Changed: func() {}, Now: s.Now, Log: slog.New(slog.NewTextHandler(s.logged, nil)),
	}
	return s
}

type noCopy struct{}

func (noCopy) Write(context.Context, io.Writer) error { return nil }
func (noCopy) Close() error                           { return nil }

// person is somebody of [[users]] with these rights.
func person(name string, rights ...workflow.Right) workflow.Actor {
	return workflow.Actor{Name: name, Kind: workflow.KindPerson, Rights: rights}
}

var boss = person("王芳", workflow.RightAdminister)

// ask sends one request; headers are names and values in turn. A nil actor is a connection that belongs to nobody.
func (s *stage) ask(handler http.Handler, actor *workflow.Actor, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	s.Helper()
	ctx := s.Context()
	if actor != nil {
		ctx = WithActor(ctx, *actor)
	}
	request := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	for pair := range slices.Chunk(headers, 2) {
		request.Header.Set(pair[0], pair[1])
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

// codeOf returns the error code of an answer, of its last line where it tells progress; "" for a good one.
func codeOf(t *testing.T, answer *httptest.ResponseRecorder) string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(answer.Body.String()), "\n")
	var last struct {
		Failure
		Of *Failure `json:"failure"`
	}
	if strings.HasPrefix(answer.Header().Get("Content-Type"), "application/") && strings.Contains(answer.Header().Get("Content-Type"), "json") {
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil && lines[0][0] == '{' {
			t.Fatalf("read %q: %v", answer.Body, err)
		}
	}
	if last.Of != nil {
		return last.Of.Code
	}
	if answer.Code >= 400 && last.Code == "" {
		return http.StatusText(answer.Code)
	}
	return last.Code
}

// acts returns how many entries the journal has.
func (s *stage) acts() uint64 {
	s.Helper()
	head, err := s.ledger.JournalHead(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	return head.Sequence
}

// sealed issues a contract to the stage's supplier, held.
func (s *stage) sealed(number string) {
	s.Helper()
	order := flowtest.Order(number)
	order.Hold = true
	if _, err := s.Issue(order); err != nil {
		s.Fatal(err)
	}
}
