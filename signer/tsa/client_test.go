package tsa_test

import (
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/signer/tsa"
)

var moment = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func now() time.Time { return moment }

var imprint = sha256.Sum256([]byte("签名值"))

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newTSA(t testing.TB, key signtest.KeyKind) (*signtest.TSA, *trust.Anchors) {
	t.Helper()
	ca, err := signtest.NewCA(signtest.CAOptions{Now: moment})
	must(t, err)
	authority, err := signtest.NewTSA(ca, key, now)
	must(t, err)
	return authority, trust.NewAnchors(ca.Root)
}

// client asks servers for these handlers in order.
func client(t *testing.T, anchors *trust.Anchors, handlers ...http.Handler) *tsa.Client {
	t.Helper()
	c := &tsa.Client{Anchors: anchors, Timeout: 300 * time.Millisecond, Now: now}
	for _, handler := range handlers {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		c.Authorities = append(c.Authorities, tsa.Authority{URL: server.URL})
	}
	return c
}

func digest(h crypto.Hash) ([]byte, error) { return imprint[:], nil }

func TestStamp(t *testing.T) {
	for _, key := range []signtest.KeyKind{signtest.RSA2048, signtest.P256} {
		authority, anchors := newTSA(t, key)
		token, err := client(t, anchors, authority).Stamp(context.Background(), imprint[:], crypto.SHA256)
		must(t, err)
		r, err := tsa.Verify(token, digest, anchors, tsa.Options{})
		must(t, err)
		if len(r.Findings) > 0 || !r.Time.Equal(moment) || r.Accuracy != time.Second || !r.Authority.Equal(authority.Identity.Certificate) {
			t.Errorf("%s: %v at %v ± %v", key, r.Findings, r.Time, r.Accuracy)
		}
		again, err := client(t, anchors, authority).Stamp(context.Background(), imprint[:], crypto.SHA256)
		must(t, err)
		if size := tsa.Size(token); len(again) > size || tsa.Size(nil) < size {
			t.Errorf("%s: %d octets reserved, %d needed", key, size, len(again))
		}
	}
}

func TestStampRefusesFaults(t *testing.T) {
	authority, anchors := newTSA(t, signtest.P256)
	c := client(t, anchors, authority)
	for fault, cause := range map[signtest.Fault]string{
		signtest.Down:           "HTTP status 503",
		signtest.Rejects:        "refused with status 2",
		signtest.Garbage:        "not a timestamp response",
		signtest.WrongNonce:     "nonce",
		signtest.WrongImprint:   "timestamp-imprint",
		signtest.ExpiredSigner:  "expired",
		signtest.Slow:           "deadline",
		signtest.Oversized:      "longer than",
		signtest.NoCertificates: "no-certificate",
	} {
		authority.Fail(fault)
		token, err := c.Stamp(context.Background(), imprint[:], crypto.SHA256)
		if token != nil || !errors.Is(err, tsa.ErrUnavailable) || !strings.Contains(err.Error(), cause) {
			t.Errorf("%s: %v", fault, err)
		}
	}
	authority.Fail(signtest.None)
	if _, err := c.Stamp(context.Background(), imprint[:], crypto.SHA256); err != nil {
		t.Errorf("healed: %v", err)
	}
	c.Now = func() time.Time { return moment.Add(time.Hour) }
	if _, err := c.Stamp(context.Background(), imprint[:], crypto.SHA256); err == nil || !strings.Contains(err.Error(), "timestamp-order") {
		t.Errorf("clocks an hour apart: %v", err)
	}
}

func TestStampAsksInOrder(t *testing.T) {
	first, anchors := newTSA(t, signtest.P256)
	second, others := newTSA(t, signtest.P256)
	all := trust.NewAnchors(append(anchors.Certificates(), others.Certificates()...)...)
	c := client(t, all, first, second)
	_, err := c.Stamp(context.Background(), imprint[:], crypto.SHA256)
	must(t, err)
	if second.Asked() != 0 {
		t.Error("the second was asked although the first answered")
	}
	first.Fail(signtest.Down)
	token, err := c.Stamp(context.Background(), imprint[:], crypto.SHA256)
	must(t, err)
	if r, err := tsa.Verify(token, digest, others, tsa.Options{}); err != nil || len(r.Findings) > 0 {
		t.Errorf("token of the second: %v, %v", r.Findings, err)
	}
	second.Fail(signtest.Rejects)
	_, err = c.Stamp(context.Background(), imprint[:], crypto.SHA256)
	for _, want := range []string{c.Authorities[0].URL + ": HTTP status 503", c.Authorities[1].URL + ": refused with status 2: systemFailure"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func TestStampNeedsOurAnchors(t *testing.T) {
	authority, _ := newTSA(t, signtest.P256)
	_, strangers := newTSA(t, signtest.P256)
	if _, err := client(t, strangers, authority).Stamp(context.Background(), imprint[:], crypto.SHA256); err == nil || !strings.Contains(err.Error(), "timestamp-untrusted") {
		t.Errorf("stranger: %v", err)
	}
	if _, err := client(t, nil).Stamp(context.Background(), imprint[:], crypto.SHA256); !errors.Is(err, tsa.ErrUnavailable) {
		t.Errorf("none configured: %v", err)
	}
}
