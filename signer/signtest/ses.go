package signtest

import (
	"crypto/rand"
	"encoding/asn1"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// ElectronicSeal is what a seal maker made: GB/T 38540-2020, or GM/T 0031-2014 where Old is set.
type ElectronicSeal struct {
	Maker    *Identity
	Holders  []*Identity // Who may use it.
	Digests  bool        // Holders are listed by digest (new layout only).
	From, To time.Time
	Name     string
	Old      bool
}

// Use seals a document: its SM3 digest is signed by an identity, which an honest one would be a holder.
func (s ElectronicSeal) Use(t testing.TB, by *Identity, digest []byte, at time.Time) []byte {
	t.Helper()
	body := s.sequence(t, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(map[bool]int64{true: 2, false: 4}[s.Old])
		b.AddBytes(s.seal(t))
		if s.Old {
			b.AddASN1BitString([]byte(at.UTC().Format("20060102150405Z")))
		} else {
			b.AddASN1GeneralizedTime(at.UTC())
		}
		b.AddASN1BitString(digest)
		text(b, cbasn1.IA5String, "/ByteRange")
		if s.Old {
			b.AddASN1OctetString(by.Certificate.Raw)
			b.AddASN1ObjectIdentifier(oidSM2WithSM3)
		}
	})
	return s.sequence(t, func(b *cryptobyte.Builder) {
		b.AddBytes(body)
		if !s.Old {
			b.AddASN1OctetString(by.Certificate.Raw)
			b.AddASN1ObjectIdentifier(oidSM2WithSM3)
		}
		b.AddASN1BitString(signBySM2(t, by, body))
	})
}

var oidSM2WithSM3 = asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 501}

// seal builds SESeal.
func (s ElectronicSeal) seal(t testing.TB) []byte {
	info := s.sequence(t, s.info)
	end := func(b *cryptobyte.Builder) {
		b.AddASN1OctetString(s.Maker.Certificate.Raw)
		b.AddASN1ObjectIdentifier(oidSM2WithSM3)
	}
	if !s.Old {
		return s.sequence(t, func(b *cryptobyte.Builder) {
			b.AddBytes(info)
			end(b)
			b.AddASN1BitString(signBySM2(t, s.Maker, info))
		})
	}
	covered := s.sequence(t, func(b *cryptobyte.Builder) { b.AddBytes(info); end(b) })
	return s.sequence(t, func(b *cryptobyte.Builder) {
		b.AddBytes(info)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			end(b)
			b.AddASN1BitString(signBySM2(t, s.Maker, covered))
		})
	})
}

// info writes the contents of SES_SealInfo.
func (s ElectronicSeal) info(b *cryptobyte.Builder) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		text(b, cbasn1.IA5String, "ES")
		b.AddASN1Int64(4)
		text(b, cbasn1.IA5String, "contractd")
	})
	text(b, cbasn1.IA5String, "44010000000001")
	b.AddASN1(cbasn1.SEQUENCE, s.property)
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		text(b, cbasn1.IA5String, "png")
		b.AddASN1OctetString([]byte("picture"))
		b.AddASN1Int64(42)
		b.AddASN1Int64(42)
	})
}

// property writes the contents of SES_ESPropertyInfo.
func (s ElectronicSeal) property(b *cryptobyte.Builder) {
	b.AddASN1Int64(1)
	text(b, cbasn1.UTF8String, s.Name)
	if !s.Old {
		b.AddASN1Int64(map[bool]int64{true: 2, false: 1}[s.Digests])
	}
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, holder := range s.Holders {
			if !s.Digests {
				b.AddASN1OctetString(holder.Certificate.Raw)
				continue
			}
			sum := sm3.Sum(holder.Certificate.Raw)
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				text(b, cbasn1.PrintableString, "1.2.156.10197.1.401")
				b.AddASN1OctetString(sum[:])
			})
		}
	})
	for _, at := range []time.Time{s.From, s.From, s.To} {
		if s.Old {
			b.AddASN1UTCTime(at.UTC())
		} else {
			b.AddASN1GeneralizedTime(at.UTC())
		}
	}
}

func (s ElectronicSeal) sequence(t testing.TB, contents func(*cryptobyte.Builder)) []byte {
	t.Helper()
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, contents)
	der, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func text(b *cryptobyte.Builder, tag cbasn1.Tag, value string) {
	b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes([]byte(value)) })
}

func signBySM2(t testing.TB, by *Identity, message []byte) []byte {
	t.Helper()
	key, ok := by.Signer.(*sm2.PrivateKey)
	if !ok {
		t.Fatalf("a key of type %T is none of SM2", by.Signer)
	}
	value, err := key.Sign(rand.Reader, message, sm2.DefaultSM2SignerOpts)
	if err != nil {
		t.Fatal(err)
	}
	return value
}
