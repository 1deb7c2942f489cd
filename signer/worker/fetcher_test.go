package worker_test

import (
	"context"
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/signer/worker"
)

// wayVariable names how a fetcher of these tests breaks; empty for an honest one.
const wayVariable = "WORKER_TEST_FETCHER"

// breakFetcher takes the orders and one want, and then does not do as it should.
func breakFetcher(way string) {
	socket := os.NewFile(3, "parent")
	for range 2 {
		var header [8]byte
		if _, err := io.ReadFull(socket, header[:]); err != nil {
			return
		}
		if _, err := io.CopyN(io.Discard, socket, int64(binary.LittleEndian.Uint32(header[:]))); err != nil {
			return
		}
	}
	frame := func(length uint32, text string) {
		_, _ = socket.Write(append(binary.LittleEndian.AppendUint32(nil, length), "\x00\x00\x00\x00"+text...)) // Who does not read it, fails.
	}
	switch way {
	case "dies":
		return
	case "boasts":
		frame(1<<31, "{")
	case "talks rubbish":
		frame(5, "(*&^%")
	case "invents":
		frame(20, `{"Issuers":["AAAA"]}`)
	}
	_, _ = io.Copy(io.Discard, socket) // It hangs until the parent goes.
}

// authority publishes what it knows on this machine; asked counts who came.
func authority(t *testing.T) (base string, register *signtest.Register) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { register.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	ca, err := signtest.NewCA(signtest.CAOptions{Name: "远方", Base: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	register = ca.Register()
	return server.URL, register
}

func newFetcher(t *testing.T) *worker.Fetcher {
	f := worker.StartFetcher()
	if f == nil {
		t.Skip("this system has no children to fetch")
	}
	f.Cache, f.Now = filepath.Join(t.TempDir(), "cache"), moment
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// TestFetcherFetches gets every kind over a child, keeps it for the next, and is as careful as the parent would be.
func TestFetcherFetches(t *testing.T) {
	base, register := authority(t)
	wants := []trust.Want{
		{Kind: trust.WantCRL, URLs: []string{base + signtest.PathCRL}},
		{Kind: trust.WantOCSP, URLs: []string{base + signtest.PathOCSP}, Body: []byte("no request")},
		{Kind: trust.WantIssuer, URLs: []string{base + signtest.PathIssuer}},
	}
	first := newFetcher(t)
	first.Private = []string{"127.0.0.1"}
	var got trust.Evidence
	failures := first.Fetch(t.Context(), wants, &got)
	if len(failures) != 1 || !strings.Contains(failures[0].Error(), "400") || len(got.CRLs) != 1 || len(got.Certificates) != 1 {
		t.Errorf("%d lists, %d certificates, %v", len(got.CRLs), len(got.Certificates), failures)
	}
	second := newFetcher(t)
	second.Private, second.Cache = first.Private, first.Cache
	if failures := second.Fetch(t.Context(), wants[2:], &got); len(failures) != 0 || register.Asked(signtest.PathIssuer) != 1 {
		t.Errorf("asked %d times: %v", register.Asked(signtest.PathIssuer), failures)
	}
	guarded := newFetcher(t)
	if failures := guarded.Fetch(t.Context(), wants[:1], &got); len(failures) != 1 || !strings.Contains(failures[0].Error(), "private address") {
		t.Errorf("it went inside: %v", failures)
	}
}

// TestBrokenFetcherHasNothing breaks a fetcher in every way: each want fails, once it is lost nobody waits for it again, and
// what it said counts for nothing.
func TestBrokenFetcherHasNothing(t *testing.T) {
	wants := slices.Repeat([]trust.Want{{Kind: trust.WantIssuer, URLs: []string{"http://127.0.0.1:9/"}}}, 3)
	for way, says := range map[string]string{"dies": "EOF", "boasts": "more than the limit", "talks rubbish": "invalid character", "invents": "read a certificate", "hangs": "timeout"} {
		t.Run(way, func(t *testing.T) {
			t.Setenv(wayVariable, way)
			f := newFetcher(t)
			ctx := t.Context()
			if way == "hangs" || way == "invents" { // After one answer it hangs, too.
				limited, stop := context.WithTimeout(ctx, 2*time.Second)
				defer stop()
				ctx = limited
			}
			var got trust.Evidence
			failures := f.Fetch(ctx, wants, &got)
			if len(failures) != len(wants) || len(got.CRLs)+len(got.OCSPs)+len(got.Certificates) != 0 {
				t.Fatalf("%d failures, evidence %v", len(failures), got)
			}
			if !strings.Contains(failures[0].Error(), says) {
				t.Errorf("%v, want %q", failures[0], says)
			}
		})
	}
}
