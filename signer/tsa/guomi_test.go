package tsa_test

import (
	"crypto"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"contractd/signer/cms"
	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/signer/tsa"
)

// TestSM2Tokens judges timestamps that are signed with SM2, over digests of both kinds.
func TestSM2Tokens(t *testing.T) {
	ca, err := signtest.NewCA(signtest.CAOptions{Name: "国密时间", Key: signtest.SM2, Now: moment})
	must(t, err)
	stranger, err := signtest.NewCA(signtest.CAOptions{Name: "国密时间", Key: signtest.SM2, Now: moment})
	must(t, err)
	authority, err := signtest.NewTSA(ca, signtest.SM2, func() time.Time { return moment })
	must(t, err)
	national := sm3.Sum([]byte("合同"))
	anchors := trust.NewAnchors(ca.Root)
	for _, c := range []struct {
		name    string
		imprint []byte
		hash    crypto.Hash
	}{{"SHA-256", imprint[:], crypto.SHA256}, {"SM3", national[:], cms.SM3}} {
		token, err := authority.Token(c.imprint, c.hash)
		must(t, err)
		judge := func(token, digest []byte, anchors *trust.Anchors) tsa.Result {
			t.Helper()
			r, err := tsa.Verify(token, func(h crypto.Hash) ([]byte, error) {
				if h != c.hash {
					t.Errorf("%s: asked for digest %s", c.name, cms.DigestName(h))
				}
				return digest, nil
			}, anchors, tsa.Options{})
			must(t, err)
			return r
		}
		if r := judge(token, c.imprint, anchors); len(r.Findings) > 0 || !r.Time.Equal(moment) || r.Authority == nil {
			t.Errorf("%s: %+v at %v", c.name, r.Findings, r.Time)
		}
		if r := judge(token, make([]byte, len(c.imprint)), anchors); !r.Has(tsa.WrongImprint) {
			t.Errorf("%s, copied: %+v", c.name, r.Findings)
		}
		if r := judge(token, c.imprint, trust.NewAnchors(stranger.Root)); !r.Has(tsa.Untrusted) {
			t.Errorf("%s, by a stranger: %+v", c.name, r.Findings)
		}
		altered := append([]byte{}, token...)
		altered[len(altered)-1] ^= 1
		if r := judge(altered, c.imprint, anchors); !r.Has(tsa.BadSignature) {
			t.Errorf("%s, altered: %+v", c.name, r.Findings)
		}
	}
}

// TestSM2Authority asks one over HTTP, as sealing and arrivals do.
func TestSM2Authority(t *testing.T) {
	ca, err := signtest.NewCA(signtest.CAOptions{Key: signtest.SM2, Now: moment})
	must(t, err)
	authority, err := signtest.NewTSA(ca, signtest.SM2, func() time.Time { return moment })
	must(t, err)
	server := httptest.NewServer(authority)
	defer server.Close()
	client := tsa.Client{Authorities: []tsa.Authority{{URL: server.URL}}, Anchors: trust.NewAnchors(ca.Root), Now: func() time.Time { return moment }}
	token, err := client.Stamp(t.Context(), imprint[:], crypto.SHA256)
	must(t, err)
	if said, err := tsa.Read(token); err != nil || !said.Time.Equal(moment) || said.Authority == "" {
		t.Errorf("%+v, %v", said, err)
	}
}
