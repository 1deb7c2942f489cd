package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// builder holds what stays the same between measuring and signing.
type builder struct {
	Request
	digest    Algorithm
	algorithm Algorithm
	signed    []byte // The signed attributes under their SET OF tag.
}

func newBuilder(r Request) (*builder, error) {
	if err := r.fits(); err != nil {
		return nil, err
	}
	if r.Profile != CAdES && r.Profile != PKCS7 && r.Profile != GMT0010 {
		return nil, fmt.Errorf("unknown profile %q", r.Profile)
	}
	if r.Profile == CAdES && !r.SigningTime.IsZero() {
		// EN 319 142-1, 6.3: the time of a PAdES signature stands in the /M entry alone.
		return nil, errors.New("PAdES signatures carry no signing-time attribute")
	}
	b := &builder{Request: r}
	if err := b.choose(); err != nil {
		return nil, err
	}
	if r.Profile == GMT0010 {
		return b, b.bare()
	}
	var err error
	b.signed, err = b.signedAttributes()
	return b, err
}

// signing names what builders write: OIDs of RFC 5754 (digests, ECDSA), RFC 3370 (RSA) and RFC 4055 (PSS).
var signing = map[crypto.Hash]struct{ digest, ecdsa asn1.ObjectIdentifier }{
	crypto.SHA256: {asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}},
	crypto.SHA384: {asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}},
	SM3:           {asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 401}, oidSM2},
	crypto.SHA512: {asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}},
}

// choose settles the algorithm identifiers.
func (b *builder) choose() error {
	oids, ok := signing[b.Hash]
	if !ok {
		return fmt.Errorf("digest %s is not one to sign with", DigestName(b.Hash))
	}
	if (b.Hash == SM3) != IsSM2(b.Certificate) {
		return fmt.Errorf("digest %s does not go with a key of type %T", DigestName(b.Hash), b.Certificate.PublicKey)
	}
	b.digest = Algorithm{OID: oids.digest}
	switch b.Certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		// rsaEncryption rather than shaNNNWithRSAEncryption: RFC 5754, 3.2 has every reader know it.
		b.algorithm = Algorithm{OID: oidRSA, Parameters: asn1Null}
		if b.PSS {
			params, err := pssDER(b.Hash, oids.digest)
			if err != nil {
				return err
			}
			b.algorithm = Algorithm{OID: oidPSS, Parameters: params}
		}
	case *ecdsa.PublicKey:
		b.algorithm = Algorithm{OID: oids.ecdsa}
	case ed25519.PublicKey:
		b.algorithm = Algorithm{OID: oidEd25519}
	default:
		return fmt.Errorf("keys of type %T are not supported", b.Certificate.PublicKey)
	}
	if _, isRSA := b.Certificate.PublicKey.(*rsa.PublicKey); b.PSS && !isRSA {
		return errors.New("RSASSA-PSS needs an RSA key")
	}
	b.algorithm = b.algorithm.signatureAlgorithm(b.Hash)
	return nil
}

func pssDER(h crypto.Hash, digest asn1.ObjectIdentifier) ([]byte, error) {
	var b cryptobyte.Builder
	id := func(b *cryptobyte.Builder) { addAlgorithm(b, Algorithm{OID: digest, Parameters: asn1Null}) }
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(contextTag(0), id)
		b.AddASN1(contextTag(1), func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidMGF1)
				id(b)
			})
		})
		b.AddASN1(contextTag(2), func(b *cryptobyte.Builder) { b.AddASN1Int64(int64(h.Size())) })
	})
	return b.Bytes()
}

func contextTag(n uint8) cbasn1.Tag { return cbasn1.Tag(n).Constructed().ContextSpecific() }

func addAlgorithm(b *cryptobyte.Builder, a Algorithm) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(a.OID)
		b.AddBytes(a.Parameters)
	})
}

// signedAttributes encodes the SET OF signed attributes (RFC 5652, 11; RFC 5035, 3).
func (b *builder) signedAttributes() ([]byte, error) {
	certHash := sum(crypto.SHA256, b.Certificate.Raw) // Also for SM2: readers know the default digest of ESSCertIDv2 best.
	attributes := []struct {
		oid   asn1.ObjectIdentifier
		value func(*cryptobyte.Builder)
	}{
		{OIDContentType, func(v *cryptobyte.Builder) { v.AddASN1ObjectIdentifier(OIDData) }},
		{OIDMessageDigest, func(v *cryptobyte.Builder) { v.AddASN1OctetString(b.Digest) }},
		// SHA-256 is the default of ESSCertIDv2, so DER leaves it out; the hash alone identifies the certificate.
		{OIDSigningCertificateV2, func(v *cryptobyte.Builder) {
			nest(v, 3, func(v *cryptobyte.Builder) { v.AddASN1OctetString(certHash) })
		}},
		{OIDSigningTime, func(v *cryptobyte.Builder) { addTime(v, b.SigningTime.UTC()) }},
	}
	if b.SigningTime.IsZero() {
		attributes = attributes[:3]
	}
	var encoded [][]byte
	for _, a := range attributes {
		one, err := attributeDER(a.oid, a.value)
		if err != nil {
			return nil, err
		}
		encoded = append(encoded, one)
	}
	return setOf(cbasn1.SET, encoded)
}

// nest opens so many sequences in one another.
func nest(b *cryptobyte.Builder, levels int, inner func(*cryptobyte.Builder)) {
	if levels == 0 {
		inner(b)
		return
	}
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { nest(b, levels-1, inner) })
}

// addTime writes UTCTime up to 2049 and GeneralizedTime after (RFC 5652, 11.3).
func addTime(b *cryptobyte.Builder, t time.Time) {
	if t.Year() >= 1950 && t.Year() < 2050 {
		b.AddASN1UTCTime(t)
		return
	}
	b.AddASN1GeneralizedTime(t)
}

func attributeDER(oid asn1.ObjectIdentifier, value func(*cryptobyte.Builder)) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid)
		b.AddASN1(cbasn1.SET, value)
	})
	return b.Bytes()
}

// setOf encodes a SET OF in the order of DER (X.690, 11.6).
func setOf(tag cbasn1.Tag, members [][]byte) ([]byte, error) {
	sorted := slices.SortedFunc(slices.Values(members), bytes.Compare)
	var b cryptobyte.Builder
	b.AddASN1(tag, func(b *cryptobyte.Builder) {
		for _, member := range sorted {
			b.AddBytes(member)
		}
	})
	return b.Bytes()
}
