package signer_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"net/http/httptest"
	"testing"

	"contractd/signer"
	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/signer/tsa"
	"contractd/workflow"
)

// TestFill leaves room for a timestamp, and fills it in later without touching anything that is signed.
func TestFill(t *testing.T) {
	w := newWorld(t)
	s := signer.New(signer.Config{})
	authority, err := signtest.NewTSA(w.ca, signtest.P256, nil)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(authority)
	defer server.Close()
	roots := trust.NewAnchors(w.ca.Root)
	client := &tsa.Client{Authorities: []tsa.Authority{{URL: server.URL}}, Anchors: roots}
	draft := fixture(t, "libreoffice.pdf")
	r := request(t, w.rsa)
	r.Timestamp, r.TimestampSize = signer.NoTimestampYet, 8<<10
	sealed, _ := seal(t, s, draft, r)
	if v := judged(t, sealed, roots); v.Verdict != workflow.Passed || v.Signatures[0].Level != "B-B" {
		t.Fatalf("before: %s, %s: %v", v.Verdict, v.Signatures[0].Level, v.AllCauses())
	}
	fill := func(in []byte) ([]byte, error) {
		var out bytes.Buffer
		sum, err := s.Fill(t.Context(), bytes.NewReader(in), int64(len(in)), &out, client.Stamp)
		if err == nil && sum != sha256.Sum256(out.Bytes()) {
			t.Error("the digest is not that of the output")
		}
		return out.Bytes(), err
	}
	authority.Fail(signtest.Down)
	if out, err := fill(sealed); !errors.Is(err, tsa.ErrUnavailable) || len(out) > 0 {
		t.Errorf("authority down: %d bytes, %v", len(out), err)
	}
	authority.Fail(signtest.None)
	filled, err := fill(sealed)
	if err != nil || len(filled) != len(sealed) {
		t.Fatalf("%d bytes of %d: %v", len(filled), len(sealed), err)
	}
	if v := judged(t, filled, roots); v.Verdict != workflow.Passed || v.Signatures[0].Level != "B-T" {
		t.Errorf("filled: %s, %s: %v", v.Verdict, v.Signatures[0].Level, v.AllCauses())
	}
	pdfsigAgrees(t, filled, 1)
	if _, err := fill(filled); !errors.Is(err, workflow.ErrPolicy) {
		t.Errorf("filled twice: %v", err)
	}
	over, _ := seal(t, s, sealed, request(t, w.p256))
	if _, err := fill(over); err == nil { // The last signature left room for its own CMS alone.
		t.Error("filled the signature of a key that left no room")
	}
	r.TimestampSize = 100
	tight, _ := seal(t, s, draft, r)
	if _, err := fill(tight); !errors.Is(err, workflow.ErrPolicy) {
		t.Errorf("no room: %v", err)
	}
}
