package worker_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"contractd/signer"
	"contractd/signer/child"
	"contractd/signer/place"
	"contractd/signer/qr"
	"contractd/signer/worker"
	"contractd/workflow"
)

// shows is a pool whose workers show pages.
func shows(t *testing.T) *worker.Pool {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	cache = filepath.Join(cache, "contractd-test", "render")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	return pool(t, worker.Config{Shows: true, Cache: cache, Limits: child.Limits{Timeout: time.Minute, CPU: time.Minute, Memory: 2 << 30, Output: 16 << 20}})
}

// TestCodesAndPlaces come from behind the walls as they do within a process; what breaks a worker has no codes, and is refused.
func TestCodesAndPlaces(t *testing.T) {
	draft, err := os.ReadFile(filepath.Join("..", "..", "testdata", "pdf", "libreoffice.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	text := workflow.QRText("采购〔2026〕14号", "8c1f2a9be07d")
	modules, err := qr.Modules(text)
	if err != nil {
		t.Fatal(err)
	}
	var coded bytes.Buffer
	_, err = signer.New(signer.Config{}).Prepare(t.Context(), bytes.NewReader(draft), int64(len(draft)), &coded, signer.Preparation{
		BatchID: "b", Stamp: &signer.Stamp{Place: signer.Place{Page: 1, X: 150, Y: 20}, Size: 25, Quiet: qr.Quiet, Modules: modules},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := shows(t)
	for name, test := range map[string]struct {
		file []byte
		want []string
	}{"coded": {coded.Bytes(), []string{text}}, "plain": {draft, nil}, "no PDF": {[]byte("no PDF at all"), nil}, "panic": {[]byte("hostile:panic"), nil}} {
		if got, err := p.Codes(t.Context(), document(test.file)); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	places, err := p.Places(t.Context(), document(draft), place.Query{At: "keyword:乙方（盖章）", Pages: signer.AllPages, Width: 30, Height: 30})
	if err != nil || len(places) != 1 || len(places[0]) != 1 || places[0][0].Page != 1 {
		t.Errorf("places %+v, %v", places, err)
	}
	_, err = p.Places(t.Context(), document(draft), place.Query{At: "keyword:丙方（盖章）", Pages: signer.AllPages, Width: 30, Height: 30})
	if explained := place.Explain(err); !errors.Is(explained, workflow.ErrUsage) || !strings.Contains(workflow.HintOf(explained), "方（盖章）") {
		t.Errorf("refused with %v, %q", explained, workflow.HintOf(explained))
	}
	if _, err := p.Places(t.Context(), document([]byte("hostile:panic")), place.Query{At: "free:1,1", Pages: signer.AllPages}); !errors.Is(err, workflow.ErrDocument) {
		t.Errorf("what broke the worker: %v", err)
	}
}
