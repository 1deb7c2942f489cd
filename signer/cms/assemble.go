package cms

import (
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// assemble writes ContentInfo and SignedData around a signature value and, unless nil, a timestamp token.
func (b *builder) assemble(value, token []byte) ([]byte, error) {
	certificates, err := setOf(contextTag(0), b.embedded())
	if err != nil {
		return nil, err
	}
	signer, err := b.signerInfo(value, token)
	if err != nil {
		return nil, err
	}
	var out cryptobyte.Builder
	out.AddASN1(cbasn1.SEQUENCE, func(out *cryptobyte.Builder) {
		out.AddASN1ObjectIdentifier(b.contentType(OIDSignedData, OIDGMSigned))
		out.AddASN1(contextTag(0), func(out *cryptobyte.Builder) {
			out.AddASN1(cbasn1.SEQUENCE, func(out *cryptobyte.Builder) {
				// RFC 5652, 5.1: version 1 with plain certificates, id-data and issuerAndSerialNumber.
				out.AddASN1Int64(1)
				out.AddASN1(cbasn1.SET, func(out *cryptobyte.Builder) { addAlgorithm(out, b.digest) })
				out.AddASN1(cbasn1.SEQUENCE, b.content)
				out.AddBytes(certificates)
				out.AddASN1(cbasn1.SET, func(out *cryptobyte.Builder) { out.AddBytes(signer) })
			})
		})
	})
	return out.Bytes()
}

func (b *builder) signerInfo(value, token []byte) ([]byte, error) {
	unsigned, err := unsignedAttributes(token)
	if err != nil {
		return nil, err
	}
	var out cryptobyte.Builder
	out.AddASN1(cbasn1.SEQUENCE, func(out *cryptobyte.Builder) {
		out.AddASN1Int64(1)
		out.AddASN1(cbasn1.SEQUENCE, func(out *cryptobyte.Builder) {
			out.AddBytes(b.Certificate.RawIssuer)
			out.AddASN1BigInt(b.Certificate.SerialNumber)
		})
		addAlgorithm(out, b.digest)
		if b.Profile != GMT0010 {
			out.AddUint8(uint8(contextTag(0)))
			out.AddBytes(b.signed[1:]) // RFC 5652, 5.4: the same octets under the implicit tag.
		}
		addAlgorithm(out, b.algorithm)
		out.AddASN1OctetString(value)
		out.AddBytes(unsigned)
	})
	return out.Bytes()
}

// unsignedAttributes wraps a signature timestamp; nothing at all for nil.
func unsignedAttributes(token []byte) ([]byte, error) {
	if token == nil {
		return nil, nil
	}
	attribute, err := attributeDER(OIDTimestampToken, func(v *cryptobyte.Builder) { v.AddBytes(token) })
	if err != nil {
		return nil, err
	}
	return setOf(contextTag(1), [][]byte{attribute})
}
