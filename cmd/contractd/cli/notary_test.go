package cli_test

import (
	"crypto"
	"errors"
	"io"
	"net/http/httptest"
	"testing"
	"time"

	"contractd/cmd/contractd/cli"
	"contractd/cmd/contractd/config"
	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/workflow"
	"contractd/workflow/inbound"
)

// office is a timestamp authority with a notary who asks it.
func office(t *testing.T) (*signtest.TSA, *trust.Anchors, inbound.Notary, *time.Time) {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	ca, err := signtest.NewCA(signtest.CAOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	authority, err := signtest.NewTSA(ca, signtest.P256, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(authority)
	t.Cleanup(server.Close)
	cfg := &config.Config{Timestamp: config.Timestamp{URLs: []string{server.URL}, Timeout: config.Duration(5 * time.Second)}}
	anchors := trust.NewAnchors(ca.Root)
	n, err := cli.NewNotary(cfg, anchors, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return authority, anchors, n, &now
}

// TestNotaryRests: an authority that is down costs the returns that follow nothing, for a minute.
func TestNotaryRests(t *testing.T) {
	authority, _, n, now := office(t)
	over := workflow.HashOf([]byte("回传件"))
	stamp, token, err := n.Stamp(t.Context(), over)
	if err != nil || stamp.Over != over || !stamp.Time.Equal(*now) || stamp.Authority == "" || stamp.Token != token.Ref {
		t.Fatalf("%+v, %v", stamp, err)
	}
	authority.Fail(signtest.Down)
	for range 3 {
		if _, _, err := n.Stamp(t.Context(), over); err == nil {
			t.Fatal("stamped by an authority that is down")
		}
	}
	if authority.Asked() != 2 {
		t.Errorf("asked %d times", authority.Asked())
	}
	authority.Fail(signtest.None)
	*now = now.Add(2 * cli.StampRest)
	if _, _, err := n.Stamp(t.Context(), over); err != nil {
		t.Error(err)
	}
}

func TestNobodyIsAskedWithoutAnAuthority(t *testing.T) {
	if n, err := cli.NewNotary(&config.Config{}, nil, time.Now); n != nil || err != nil {
		t.Error(n, err)
	}
}

// TestStampsAreProvenAgain is about `archive check`: a token that is kept must still say what is recorded of it.
func TestStampsAreProvenAgain(t *testing.T) {
	authority, anchors, n, now := office(t)
	over := workflow.HashOf([]byte("回传件"))
	stamp, document, err := n.Stamp(t.Context(), over)
	if err != nil {
		t.Fatal(err)
	}
	token, err := io.ReadAll(document.Reader())
	if err != nil {
		t.Fatal(err)
	}
	other := workflow.HashOf([]byte("another file"))
	copied, err := authority.Token(other[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	altered := append([]byte{}, token...)
	altered[len(altered)-1] ^= 1
	later := stamp
	later.Time = now.Add(time.Hour)
	for name, c := range map[string]struct {
		roots  *trust.Anchors
		stamp  workflow.Stamp
		token  []byte
		broken bool
		policy bool
	}{
		"kept":                       {anchors, stamp, token, false, false},
		"copied":                     {anchors, stamp, copied, true, false},
		"altered":                    {anchors, stamp, altered, true, false},
		"no token":                   {anchors, stamp, []byte("x"), true, false},
		"recorded with another time": {anchors, later, token, true, false},
		"roots changed since":        {trust.NewAnchors(), stamp, token, true, true},
	} {
		err := cli.Proves(c.roots, c.stamp, c.token)
		if (err != nil) != c.broken || errors.Is(err, workflow.ErrPolicy) != c.policy {
			t.Errorf("%s: %v", name, err)
		}
	}
}
