package trust_test

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"contractd/signer/cms"
	"contractd/signer/signtest"
	"contractd/signer/trust"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// fixtures hold one authority with what it says. Fuzz workers are processes of their own: with keys that each made anew, no
// mutant of another's answer would get beyond the serial number.
const fixtures = "../../testdata/trust"

// archive is the fixtures as read.
type archive struct {
	chain         []*x509.Certificate // Leaf, issuer, root.
	answers, list [][]byte
}

func openArchive(t testing.TB) archive {
	t.Helper()
	var a archive
	for _, name := range []string{"leaf.crt", "issuer.crt", "root.crt"} {
		cert, err := cms.ParseCertificate(readFixture(t, name))
		if err != nil {
			t.Fatal(err)
		}
		a.chain = append(a.chain, cert)
	}
	for _, name := range []string{"good.ocsp", "delegated.ocsp", "revoked.ocsp"} {
		a.answers = append(a.answers, readFixture(t, name))
	}
	for _, name := range []string{"empty.crl", "revoked.crl"} {
		a.list = append(a.list, readFixture(t, name))
	}
	return a
}

func readFixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(fixtures, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestFixtures wants each fixture to say what its name says. With WRITE_FIXTURES set, it makes them anew.
func TestFixtures(t *testing.T) {
	if os.Getenv("WRITE_FIXTURES") != "" {
		writeFixtures(t)
	}
	a := openArchive(t)
	want := []trust.Standing{trust.StandingGood, trust.StandingGood, trust.StandingRevoked}
	for i, answer := range a.answers {
		if s := a.ask(trust.Evidence{OCSPs: [][]byte{answer}}); s.Standing != want[i] {
			t.Errorf("answer %d: %+v", i, s)
		}
	}
	for i, list := range a.list {
		if s := a.ask(trust.Evidence{CRLs: [][]byte{list}}); s.Standing != want[i+1] {
			t.Errorf("list %d: %+v", i, s)
		}
	}
}

func writeFixtures(t *testing.T) {
	o := newOffice(t, "http://pki.example.cn/ca")
	write := func(name string, data []byte) {
		must(t, os.WriteFile(filepath.Join(fixtures, name), data, 0o644))
	}
	for i, name := range []string{"leaf.crt", "issuer.crt", "root.crt"} {
		write(name, o.chain.Chain[i].Raw)
	}
	write("good.ocsp", o.says(signtest.AnswerOptions{}))
	write("delegated.ocsp", o.says(signtest.AnswerOptions{Delegate: signtest.Delegated}))
	write("empty.crl", o.list(signtest.ListOptions{}))
	o.register.Revoke(o.leaf.Certificate, signtest.Revocation{At: moment.Add(-time.Hour), Reason: 1})
	write("revoked.ocsp", o.says(signtest.AnswerOptions{}))
	write("revoked.crl", o.list(signtest.ListOptions{}))
}

// ask judges the leaf.
func (a archive) ask(said trust.Evidence) trust.Status {
	return trust.DefaultPolicy().Revocation(a.chain, said, moment, moment)[0]
}

// signedPart is what the signature of a list covers, and part of any response that says the same.
func signedPart(t testing.TB, der []byte) []byte {
	t.Helper()
	input := cryptobyte.String(der)
	var outer, tbs cryptobyte.String
	if !input.ReadASN1(&outer, cbasn1.SEQUENCE) || !outer.ReadASN1Element(&tbs, cbasn1.SEQUENCE) {
		t.Fatal("no sequence in a sequence")
	}
	return tbs
}

// FuzzCRL wants a list to say something only if the issuer signed exactly that.
func FuzzCRL(f *testing.F) {
	a := openArchive(f)
	var signed [][]byte
	for _, list := range a.list {
		signed = append(signed, signedPart(f, list))
		f.Add(list)
		f.Add(list[:len(list)/2])
	}
	f.Add([]byte{0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, der []byte) {
		s := a.ask(trust.Evidence{CRLs: [][]byte{der}})
		if s.Standing != trust.StandingUnknown && !containsAny(der, signed) {
			t.Errorf("%s, by a list that nobody signed", s.Standing)
		}
	})
}

// FuzzOCSP wants a response to say something only if the issuer, or its delegate, signed exactly that.
func FuzzOCSP(f *testing.F) {
	a := openArchive(f)
	var signed [][]byte
	for _, answer := range a.answers {
		signed = append(signed, responseData(f, answer))
		f.Add(answer)
		f.Add(answer[:len(answer)/2])
	}
	f.Add([]byte{0x30, 0x03, 0x0a, 0x01, 0x06}) // unauthorized: RFC 6960, 2.3.
	f.Fuzz(func(t *testing.T, der []byte) {
		s := a.ask(trust.Evidence{OCSPs: [][]byte{der}})
		if s.Standing != trust.StandingUnknown && !containsAny(der, signed) {
			t.Errorf("%s, by a response that nobody signed", s.Standing)
		}
	})
}

// responseData is what the signature of a response covers (RFC 6960, 4.2.1).
func responseData(t testing.TB, der []byte) []byte {
	t.Helper()
	input := cryptobyte.String(der)
	var outer, wrapped, response, octets cryptobyte.String
	if !input.ReadASN1(&outer, cbasn1.SEQUENCE) || !outer.SkipASN1(cbasn1.ENUM) || !outer.ReadASN1(&wrapped, cbasn1.Tag(0).Constructed().ContextSpecific()) ||
		!wrapped.ReadASN1(&response, cbasn1.SEQUENCE) || !response.SkipASN1(cbasn1.OBJECT_IDENTIFIER) || !response.ReadASN1(&octets, cbasn1.OCTET_STRING) {
		t.Fatal("no OCSP response")
	}
	return signedPart(t, octets)
}

func containsAny(data []byte, parts [][]byte) bool {
	for _, part := range parts {
		if bytes.Contains(data, part) {
			return true
		}
	}
	return false
}

// fuzzedExtensions are those that something of ours, or of the library, reads.
var fuzzedExtensions = []asn1.ObjectIdentifier{
	{1, 2, 156, 10260, 4, 1, 4}, {1, 2, 156, 10260, 4, 1, 1}, {1, 2, 86, 11, 7, 3}, {1, 3, 6, 1, 4, 1, 18760, 1, 12, 11},
	{2, 5, 29, 14}, {2, 5, 29, 15}, {2, 5, 29, 17}, {2, 5, 29, 19}, {2, 5, 29, 30}, {2, 5, 29, 31}, {2, 5, 29, 32}, {2, 5, 29, 35}, {2, 5, 29, 36},
	{2, 5, 29, 37}, {2, 5, 29, 54}, {1, 3, 6, 1, 5, 5, 7, 1, 1}, {1, 3, 6, 1, 5, 5, 7, 1, 3}, {1, 3, 6, 1, 5, 5, 7, 48, 1, 5},
}

// FuzzExtensions puts any value into an extension of the leaf, and wants every name that is read out of it to be fit to be shown,
// every address to be one of the web, and no path, for the issuer signed another certificate.
func FuzzExtensions(f *testing.F) {
	a := openArchive(f)
	for _, extension := range append(a.chain[0].Extensions, a.chain[1].Extensions...) {
		for i, oid := range fuzzedExtensions {
			if extension.Id.Equal(oid) {
				f.Add(uint8(i), extension.Critical, extension.Value)
			}
		}
	}
	f.Add(uint8(0), false, []byte("041@091440300MA5FGHJK2X\n"))
	f.Add(uint8(2), false, []byte{0x30, 0x06, 0x04, 0x04, 0x1e, 0x02, 0x54, 0x08})
	f.Add(uint8(8), true, []byte{0x30, 0x09, 0xa0, 0x07, 0x30, 0x05, 0x82, 0x03, 'a', '.', 'b'})
	anchors := trust.NewAnchors(a.chain[2])
	f.Fuzz(func(t *testing.T, which uint8, critical bool, value []byte) {
		oid := fuzzedExtensions[int(which)%len(fuzzedExtensions)]
		cert, err := cms.ParseCertificate(withExtension(t, a.chain[0].Raw, oid, critical, value))
		if err != nil {
			return
		}
		shown(t, trust.Identity(cert))
		if r := trust.Path(cert, a.chain[1:], anchors, moment, trust.Sign); r.Trusted() {
			t.Error("a changed certificate is trusted")
		}
		wants := trust.RevocationWants([]*x509.Certificate{cert, a.chain[1]}, []trust.Status{{Certificate: cert, Standing: trust.StandingUnknown}})
		for _, want := range append(wants, trust.IssuerWants(cert, []*x509.Certificate{cert}, nil)...) {
			for _, address := range want.URLs {
				if !strings.HasPrefix(strings.ToLower(address), "http") {
					t.Errorf("%q would be asked", address)
				}
			}
		}
	})
}

// shown wants texts that fit in one line of a report.
func shown(t *testing.T, s trust.Subject) {
	texts := []string{s.CommonName, s.Organization, s.Unit, s.SerialNumber, s.CreditCode, s.Email, s.Country}
	for _, id := range s.Identifiers {
		texts = append(texts, id.Value)
	}
	for _, text := range texts {
		if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) || utf8.RuneCountInString(text) > 257 {
			t.Errorf("%q would be shown", text)
		}
	}
	if s.CreditCode != "" && len(s.CreditCode) != 18 {
		t.Errorf("credit code %q", s.CreditCode)
	}
}

// withExtension returns the certificate with one extension in place of all; its signature no longer holds.
func withExtension(t *testing.T, der []byte, oid asn1.ObjectIdentifier, critical bool, value []byte) []byte {
	input := cryptobyte.String(der)
	var outer, tbs, rest cryptobyte.String
	if !input.ReadASN1(&outer, cbasn1.SEQUENCE) || !outer.ReadASN1(&tbs, cbasn1.SEQUENCE) {
		t.Fatal("no certificate")
	}
	rest = outer
	extensions := cbasn1.Tag(3).Constructed().ContextSpecific()
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			for !tbs.Empty() && !tbs.PeekASN1Tag(extensions) {
				var part cryptobyte.String
				var tag cbasn1.Tag
				if !tbs.ReadAnyASN1Element(&part, &tag) {
					t.Fatal("no field of a certificate")
				}
				b.AddBytes(part)
			}
			b.AddASN1(extensions, func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { addExtension(b, oid, critical, value) })
			})
		})
		b.AddBytes(rest)
	})
	return b.BytesOrPanic()
}

func addExtension(b *cryptobyte.Builder, oid asn1.ObjectIdentifier, critical bool, value []byte) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid)
		if critical {
			b.AddASN1Boolean(true)
		}
		b.AddASN1OctetString(value)
	})
}
