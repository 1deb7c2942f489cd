package cms_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"contractd/signer/cms"
	"contractd/signer/signtest"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// indefinite encodes DER again the way Bouncy Castle streams: indefinite lengths, OCTET STRINGs in segments.
// Below keep levels it copies, as signers copy certificates.
func indefinite(t testing.TB, der []byte, keep int) []byte {
	t.Helper()
	input := cryptobyte.String(der)
	var out []byte
	for !input.Empty() {
		var whole, body cryptobyte.String
		var tag cbasn1.Tag
		peek := input
		if !input.ReadAnyASN1Element(&whole, &tag) || !peek.ReadAnyASN1(&body, &tag) {
			t.Fatal("not DER")
		}
		switch {
		case keep > 0 && tag&0x20 != 0:
			out = append(append(append(out, byte(tag), 0x80), indefinite(t, body, keep-1)...), 0, 0)
		case keep > 0 && tag == cbasn1.OCTET_STRING && len(body) > 40:
			half := len(body) / 2
			out = append(out, 0x24, 0x80)
			for _, part := range [][]byte{body[:half], body[half:]} {
				var b cryptobyte.Builder
				b.AddASN1OctetString(part)
				out = append(out, b.BytesOrPanic()...)
			}
			out = append(out, 0, 0)
		default:
			out = append(out, whole...)
		}
	}
	return out
}

func TestBERIsRead(t *testing.T) {
	ca := newCA(t)
	id := issue(t, ca, signtest.RSA2048)
	der := sign(t, request(t, id, nil))
	for _, levels := range []int{1, 2, 3, 4, 5, 6, 7} {
		ber := indefinite(t, der, levels)
		signed, err := cms.Parse(append(bytes.Clone(ber), make([]byte, 100)...))
		if err != nil {
			t.Fatalf("%d levels: %v", levels, err)
		}
		if signed.Length != len(ber) {
			t.Errorf("%d levels: length %d of %d", levels, signed.Length, len(ber))
		}
		// From the fifth level on the certificates are rewritten too, which makes them unreadable.
		opts := cms.CheckOptions{RequireESS: true, Certificates: []*x509.Certificate{id.Certificate}}
		if findings, err := signed.Check(digestOf(content), opts); err != nil || len(findings) > 0 {
			t.Errorf("%d levels: %v, %v", levels, findings, err)
		}
	}
}

// TestUnsortedAttributes signs attributes in an order that is not DER, and attributes received in another order than
// the one that was signed.
func TestUnsortedAttributes(t *testing.T) {
	ca := newCA(t)
	der := sign(t, request(t, issue(t, ca, signtest.P256), nil))
	signed := parse(t, der)
	var parts [][]byte
	for _, a := range signed.Signer.Signed {
		var b cryptobyte.Builder
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(a.Type)
			b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(a.Values[0]) })
		})
		parts = append(parts, b.BytesOrPanic())
	}
	sorted := bytes.Join(parts, nil)
	shuffled := bytes.Join([][]byte{parts[2], parts[0], parts[1]}, nil)
	if bytes.Count(der, sorted) != 1 {
		t.Fatal("signed attributes not found")
	}
	// The signature is over the DER order: it must be found although the attributes came in another one.
	if findings := check(t, bytes.Replace(der, sorted, shuffled, 1), cms.CheckOptions{}); len(findings) > 0 {
		t.Errorf("%v", findings)
	}
}

func TestParseRefuses(t *testing.T) {
	ca := newCA(t)
	good := sign(t, request(t, issue(t, ca, signtest.P256), nil))
	twoSigners := duplicateSigner(t, good)
	limits := map[string]string{"deep": "nested deeper", "many": "more than", "two signers": "2 signers"}
	for name, der := range map[string][]byte{
		"empty":               nil,
		"truncated":           good[:len(good)-1],
		"zero octets":         make([]byte, 64),
		"not signed data":     {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1, 0xa0, 0},
		"two signers":         twoSigners,
		"deep":                bytes.Repeat([]byte{0x30, 0x80}, 1<<20),
		"many":                append([]byte{0x30, 0x80}, bytes.Repeat([]byte{4, 0}, 5<<20)...),
		"long length":         {0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"primitive unbounded": {0x04, 0x80, 0, 0},
	} {
		start := time.Now()
		_, err := cms.Parse(der)
		if !errors.Is(err, cms.ErrMalformed) || !strings.Contains(err.Error(), limits[name]) {
			t.Errorf("%s: %v", name, err)
		}
		if spent := time.Since(start); spent > 2*time.Second {
			t.Errorf("%s took %v", name, spent)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line", name)
		}
	}
}

// duplicateSigner puts the SignerInfo in twice.
func duplicateSigner(t *testing.T, der []byte) []byte {
	t.Helper()
	input := cryptobyte.String(der)
	var outer, wrapped, signed, signers cryptobyte.String
	var before []byte
	explicit := cbasn1.Tag(0).Constructed().ContextSpecific()
	if !input.ReadASN1(&outer, cbasn1.SEQUENCE) || !outer.SkipASN1(cbasn1.OBJECT_IDENTIFIER) ||
		!outer.ReadASN1(&wrapped, explicit) || !wrapped.ReadASN1(&signed, cbasn1.SEQUENCE) {
		t.Fatal("not DER")
	}
	for !signed.Empty() {
		var part cryptobyte.String
		var tag cbasn1.Tag
		last := signed
		if !signed.ReadAnyASN1Element(&part, &tag) {
			t.Fatal("not DER")
		}
		if signed.Empty() && !last.ReadASN1(&signers, cbasn1.SET) {
			t.Fatal("no signers")
		}
		if !signed.Empty() {
			before = append(before, part...)
		}
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(cms.OIDSignedData)
		b.AddASN1(explicit, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddBytes(before)
				b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
					b.AddBytes(signers)
					b.AddBytes(signers)
				})
			})
		})
	})
	return b.BytesOrPanic()
}
