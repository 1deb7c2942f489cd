package signtest

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"contractd/signer/cms"
)

var (
	oidTSTInfo       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCertV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
)

// national returns the key of an SM2 identity.
func (i *Identity) national() (*sm2.PrivateKey, bool) {
	key, ok := i.Signer.(*sm2.PrivateKey)
	return key, ok
}

// sm2Token builds a timestamp token that is signed with SM2; no other implementation at hand makes one.
func (t *TSA) sm2Token(imprint []byte, h crypto.Hash, nonce *big.Int) ([]byte, error) {
	info, err := tstInfo(imprint, h, t.now(), nonce)
	if err != nil {
		return nil, err
	}
	digest, certHash := sm3.Sum(info), sha256.Sum256(t.Identity.Certificate.Raw)
	var set cryptobyte.Builder
	set.AddASN1(cbasn1.SET, func(set *cryptobyte.Builder) {
		attribute(set, oidContentType, func(v *cryptobyte.Builder) { v.AddASN1ObjectIdentifier(oidTSTInfo) })
		attribute(set, oidMessageDigest, func(v *cryptobyte.Builder) { v.AddASN1OctetString(digest[:]) })
		attribute(set, oidSigningCertV2, func(v *cryptobyte.Builder) {
			// SigningCertificateV2, its list, one ESSCertIDv2 with the default digest.
			v.AddASN1(cbasn1.SEQUENCE, func(v *cryptobyte.Builder) {
				v.AddASN1(cbasn1.SEQUENCE, func(v *cryptobyte.Builder) {
					v.AddASN1(cbasn1.SEQUENCE, func(v *cryptobyte.Builder) { v.AddASN1OctetString(certHash[:]) })
				})
			})
		})
	})
	signed, err := set.Bytes()
	if err != nil {
		return nil, err
	}
	key, ok := t.Identity.national()
	if !ok {
		return nil, fmt.Errorf("a key of type %T is none of SM2", t.Identity.Signer)
	}
	value, err := key.Sign(rand.Reader, signed, sm2.DefaultSM2SignerOpts)
	if err != nil {
		return nil, err
	}
	return t.tokenAround(info, signed, value)
}

func attribute(set *cryptobyte.Builder, oid asn1.ObjectIdentifier, value func(*cryptobyte.Builder)) {
	set.AddASN1(cbasn1.SEQUENCE, func(set *cryptobyte.Builder) {
		set.AddASN1ObjectIdentifier(oid)
		set.AddASN1(cbasn1.SET, value)
	})
}

// tstInfo is what a token says (RFC 3161, 2.4.2).
func tstInfo(imprint []byte, h crypto.Hash, at time.Time, nonce *big.Int) ([]byte, error) {
	algorithm, err := cms.DigestDER(h)
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 3, 4, 1})
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(algorithm)
			b.AddASN1OctetString(imprint)
		})
		b.AddASN1Int64(42)
		b.AddASN1GeneralizedTime(at.UTC().Truncate(time.Second))
		if nonce != nil {
			b.AddASN1BigInt(nonce)
		}
	})
	return b.Bytes()
}

// tokenAround writes the SignedData of a token.
func (t *TSA) tokenAround(info, signed, value []byte) ([]byte, error) {
	cert := t.Identity.Certificate
	algorithm := func(oid asn1.ObjectIdentifier) func(*cryptobyte.Builder) {
		return func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oid) })
		}
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(cms.OIDSignedData)
		b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1Int64(3)
				b.AddASN1(cbasn1.SET, algorithm(oidSM3))
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(oidTSTInfo)
					b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddASN1OctetString(info) })
				})
				b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
					b.AddBytes(cert.Raw)
					b.AddBytes(t.Identity.Chain[0].Raw)
				})
				b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1Int64(1)
						b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
							b.AddBytes(cert.RawIssuer)
							b.AddASN1BigInt(cert.SerialNumber)
						})
						algorithm(oidSM3)(b)
						b.AddUint8(uint8(explicit(0)))
						b.AddBytes(signed[1:])
						algorithm(oidSM2Value)(b)
						b.AddASN1OctetString(value)
					})
				})
			})
		})
	})
	return b.Bytes()
}

// sm2Response wraps a token into a TimeStampResp.
func (t *TSA) sm2Response(imprint []byte, h crypto.Hash, nonce *big.Int) ([]byte, error) {
	token, err := t.sm2Token(imprint, h, nonce)
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1Int64(0) })
		b.AddBytes(token)
	})
	return b.Bytes()
}
