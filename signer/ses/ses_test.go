package ses_test

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"contractd/signer/ses"
	"contractd/signer/signtest"
)

var moment = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// play are a seal maker, a company that may use a seal, and one that may not.
type play struct{ maker, holder, other *signtest.Identity }

func newPlay(t testing.TB) play {
	t.Helper()
	ca, err := signtest.NewCA(signtest.CAOptions{Now: moment, Key: signtest.SM2})
	if err != nil {
		t.Fatal(err)
	}
	issue := func(name string) *signtest.Identity {
		id, err := ca.Issue(signtest.Person{Organization: name, Key: signtest.SM2})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	return play{issue("制章中心"), issue(signtest.SupplierName), issue("珠海别家贸易有限公司")}
}

func (p play) seal(bend func(*signtest.ElectronicSeal)) signtest.ElectronicSeal {
	s := signtest.ElectronicSeal{
		Maker: p.maker, Holders: []*signtest.Identity{p.other, p.holder}, Name: "合同专用章",
		From: moment.AddDate(-1, 0, 0), To: moment.AddDate(1, 0, 0),
	}
	if bend != nil {
		bend(&s)
	}
	return s
}

var document = []byte("合同正文")

func digest(h crypto.Hash) ([]byte, error) {
	sum := sm3.Sum(document)
	return sum[:], nil
}

func judge(t *testing.T, der []byte, at time.Time) []ses.Code {
	t.Helper()
	s, err := ses.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	findings, err := s.Check(digest, at)
	if err != nil {
		t.Fatal(err)
	}
	var codes []ses.Code
	for _, f := range findings {
		codes = append(codes, f.Code)
	}
	return codes
}

func TestSeals(t *testing.T) {
	p := newPlay(t)
	good, _ := digest(0)
	wrong := sm3.Sum([]byte("another"))
	old := func(s *signtest.ElectronicSeal) { s.Old = true }
	for _, c := range []struct {
		name   string
		bend   func(*signtest.ElectronicSeal)
		by     *signtest.Identity
		digest []byte
		at     time.Time
		want   []ses.Code
	}{
		{"GB/T 38540", nil, p.holder, good, moment, nil},
		{"holders by digest", func(s *signtest.ElectronicSeal) { s.Digests = true }, p.holder, good, moment, nil},
		{"GM/T 0031", old, p.holder, good, moment, nil},
		{"not a holder", func(s *signtest.ElectronicSeal) { s.Holders = s.Holders[:1] }, p.holder, good, moment, []ses.Code{ses.NotListed}},
		{"not a holder by digest", func(s *signtest.ElectronicSeal) { s.Holders, s.Digests = s.Holders[:1], true }, p.holder, good, moment, []ses.Code{ses.NotListed}},
		{"other document", nil, p.holder, wrong[:], moment, []ses.Code{ses.DocumentHash}},
		{"seal has ended", nil, p.holder, good, moment.AddDate(2, 0, 0), []ses.Code{ses.SealValidity}},
		{"seal has not begun", old, p.holder, good, moment.AddDate(-2, 0, 0), []ses.Code{ses.SealValidity}},
	} {
		der := p.seal(c.bend).Use(t, c.by, c.digest, moment)
		if got := judge(t, append(der, 0, 0), c.at); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, not %v", c.name, got, c.want)
		}
	}
}

// TestEveryOctetCounts flips each octet of a seal: it is refused in one way or another, but for the timestamp's room.
func TestEveryOctetCounts(t *testing.T) {
	p := newPlay(t)
	good, _ := digest(0)
	for _, old := range []bool{false, true} {
		der := p.seal(func(s *signtest.ElectronicSeal) { s.Old = old }).Use(t, p.holder, good, moment)
		for i := range der {
			bent := bytes.Clone(der)
			bent[i] ^= 0x04
			s, err := ses.Parse(bent)
			if errors.Is(err, ses.ErrMalformed) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			findings, err := s.Check(digest, moment)
			// The signer's certificate stands outside of what version 4 signs; its own octets are its issuer's to vouch for.
			if err != nil || len(findings) == 0 {
				t.Errorf("old %v: octet %d of %d may change: %v", old, i, len(der), err)
			}
		}
	}
}

func TestParsed(t *testing.T) {
	p := newPlay(t)
	good, _ := digest(0)
	s, err := ses.Parse(p.seal(nil).Use(t, p.holder, good, moment))
	if err != nil {
		t.Fatal(err)
	}
	if s.Seal.Name != "合同专用章" || !s.Time.Equal(moment) || s.Seal.Picture.Width != 42 || s.Signer.Subject.CommonName != signtest.SupplierName || s.Version != ses.Version4 {
		t.Errorf("%+v", s)
	}
}

func FuzzSeal(f *testing.F) {
	p := newPlay(f)
	good, _ := digest(0)
	for _, bend := range []func(*signtest.ElectronicSeal){nil, func(s *signtest.ElectronicSeal) { s.Old = true }, func(s *signtest.ElectronicSeal) { s.Digests = true }} {
		f.Add(p.seal(bend).Use(f, p.holder, good, moment))
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		s, err := ses.Parse(der)
		if err != nil {
			if !errors.Is(err, ses.ErrMalformed) {
				t.Error(err)
			}
			return
		}
		if s.Length > len(der) || s.Signer == nil || s.Seal.Maker == nil {
			t.Errorf("%+v", s)
		}
		if _, err := s.Check(digest, moment); err != nil {
			t.Error(err)
		}
	})
}
