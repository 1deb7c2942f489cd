package tsa_test

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"contractd/signer/signtest"
	"contractd/signer/tsa"
)

func TestStampRefusesRequests(t *testing.T) {
	authority, anchors := newTSA(t, signtest.P256)
	c := client(t, anchors, authority)
	if _, err := c.Stamp(context.Background(), imprint[:8], crypto.SHA256); err == nil || errors.Is(err, tsa.ErrUnavailable) {
		t.Errorf("short imprint: %v", err)
	}
	if _, err := c.Stamp(context.Background(), make([]byte, 20), crypto.SHA1); err == nil || errors.Is(err, tsa.ErrUnavailable) {
		t.Errorf("SHA-1: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Stamp(ctx, imprint[:], crypto.SHA256); !errors.Is(err, context.Canceled) || errors.Is(err, tsa.ErrUnavailable) {
		t.Errorf("cancelled: %v", err)
	}
	c.Authorities = []tsa.Authority{{URL: "ftp://example.invalid"}, {URL: "http://user:geheim@127.0.0.1:1/?key=geheim"}}
	_, err := c.Stamp(context.Background(), imprint[:], crypto.SHA256)
	if !errors.Is(err, tsa.ErrUnavailable) || strings.Contains(err.Error(), "geheim") || !strings.Contains(err.Error(), `scheme is "ftp"`) {
		t.Errorf("bad URLs: %v", err)
	}
}

func TestStampOverHTTP(t *testing.T) {
	authority, anchors := newTSA(t, signtest.P256)
	guarded := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "contractd" || password != "geheim" {
			http.Error(w, "who?", http.StatusUnauthorized)
			return
		}
		if r.Header.Get("Content-Type") != "application/timestamp-query" {
			http.Error(w, "what?", http.StatusUnsupportedMediaType)
			return
		}
		authority.ServeHTTP(w, r)
	})
	c := client(t, anchors, guarded)
	if _, err := c.Stamp(context.Background(), imprint[:], crypto.SHA256); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("without password: %v", err)
	}
	c.Authorities[0].User, c.Authorities[0].Password = "contractd", "geheim"
	if _, err := c.Stamp(context.Background(), imprint[:], crypto.SHA256); err != nil {
		t.Errorf("with password: %v", err)
	}
	away := http.RedirectHandler("ftp://example.invalid/", http.StatusTemporaryRedirect)
	if _, err := client(t, anchors, away).Stamp(context.Background(), imprint[:], crypto.SHA256); err == nil || !strings.Contains(err.Error(), "redirect to ftp refused") {
		t.Errorf("redirect: %v", err)
	}
	moved := http.RedirectHandler(c.Authorities[0].URL, http.StatusPermanentRedirect)
	direct := client(t, anchors, moved)
	c.Authorities[0].URL = direct.Authorities[0].URL
	if _, err := c.Stamp(context.Background(), imprint[:], crypto.SHA256); err != nil {
		t.Errorf("redirect within HTTP: %v", err)
	}
}

// replay serves the same answer whatever is asked.
type replay []byte

func (r replay) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.Copy(w, bytes.NewReader(r)) // The client may have gone.
}

func TestStampRefusesReplay(t *testing.T) {
	authority, anchors := newTSA(t, signtest.P256)
	var recorded []byte
	recorder := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		buffer := httptest.NewRecorder()
		authority.ServeHTTP(buffer, r)
		recorded = buffer.Body.Bytes()
		_, _ = w.Write(recorded) // As above.
	})
	_, err := client(t, anchors, recorder).Stamp(context.Background(), imprint[:], crypto.SHA256)
	must(t, err)
	if _, err := client(t, anchors, replay(recorded)).Stamp(context.Background(), imprint[:], crypto.SHA256); err == nil || !strings.Contains(err.Error(), "nonce") {
		t.Errorf("replayed: %v", err)
	}
}
