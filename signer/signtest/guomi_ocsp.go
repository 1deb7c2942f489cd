package signtest

import (
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/ocsp"
)

var (
	oidSHA1      = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidBasicOCSP = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
)

// sm2Answer builds an OCSP response that is signed with SM2 (RFC 6960, 4.2.1); the library that builds others knows no SM2. With
// bySM3 the certificate is named by SM3 digests.
func sm2Answer(issuer, responder *x509.Certificate, key *sm2.PrivateKey, template ocsp.Response, bySM3 bool) ([]byte, error) {
	tbs, err := answerData(issuer, responder, template, bySM3)
	if err != nil {
		return nil, err
	}
	value, err := key.Sign(rand.Reader, tbs, sm2.DefaultSM2SignerOpts)
	if err != nil {
		return nil, err
	}
	var basic cryptobyte.Builder
	basic.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(tbs)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidSM2WithSM3) })
		b.AddASN1BitString(value)
		if template.Certificate != nil {
			b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(template.Certificate.Raw) })
			})
		}
	})
	inner, err := basic.Bytes()
	if err != nil {
		return nil, err
	}
	var out cryptobyte.Builder
	out.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Enum(0)
		b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidBasicOCSP)
				b.AddASN1OctetString(inner)
			})
		})
	})
	return out.Bytes()
}

// answerData is ResponseData about one certificate.
func answerData(issuer, responder *x509.Certificate, template ocsp.Response, bySM3 bool) ([]byte, error) {
	spki := struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}{}
	if _, err := asn1.Unmarshal(issuer.RawSubjectPublicKeyInfo, &spki); err != nil {
		return nil, err
	}
	digest, algorithm := func(data []byte) []byte { sum := sha1.Sum(data); return sum[:] }, oidSHA1
	if bySM3 {
		digest, algorithm = func(data []byte) []byte { sum := sm3.Sum(data); return sum[:] }, oidSM3
	}
	var out cryptobyte.Builder
	out.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(explicit(1), func(b *cryptobyte.Builder) { b.AddBytes(responder.RawSubject) })
		b.AddASN1GeneralizedTime(template.ThisUpdate.UTC().Truncate(time.Minute))
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(algorithm) })
					b.AddASN1OctetString(digest(issuer.RawSubject))
					b.AddASN1OctetString(digest(spki.Key.RightAlign()))
					b.AddASN1BigInt(template.SerialNumber)
				})
				answerStatus(b, template)
				b.AddASN1GeneralizedTime(template.ThisUpdate.UTC())
				b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddASN1GeneralizedTime(template.NextUpdate.UTC()) })
			})
		})
	})
	return out.Bytes()
}

func answerStatus(b *cryptobyte.Builder, template ocsp.Response) {
	switch template.Status {
	case ocsp.Good:
		b.AddASN1(cbasn1.Tag(0).ContextSpecific(), func(*cryptobyte.Builder) {})
	case ocsp.Revoked:
		b.AddASN1(explicit(1), func(b *cryptobyte.Builder) {
			b.AddASN1GeneralizedTime(template.RevokedAt.UTC())
			b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddASN1Enum(int64(template.RevocationReason)) })
		})
	default:
		b.AddASN1(cbasn1.Tag(2).ContextSpecific(), func(*cryptobyte.Builder) {})
	}
}
