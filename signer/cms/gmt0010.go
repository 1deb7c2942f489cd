package cms

import (
	"encoding/asn1"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
)

// oidSM2Signature is the signature algorithm of SignerInfos by GM/T 0010; GM/T 0006 numbers it.
var oidSM2Signature = asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 301, 1}

// bare prepares a signature over the digest inside, without signed attributes: nothing but that digest is signed.
func (b *builder) bare() error {
	if b.algorithm.family() != sm2Family {
		return fmt.Errorf("profile %s with a key of type %T, which is none of SM2", b.Profile, b.Certificate.PublicKey)
	}
	b.algorithm = Algorithm{OID: oidSM2Signature}.signatureAlgorithm(b.Hash)
	b.signed = b.Digest
	return nil
}

// contentType chooses between the content types of RFC 5652 and those of GM/T 0010.
func (b *builder) contentType(international, national asn1.ObjectIdentifier) asn1.ObjectIdentifier {
	if b.Profile == GMT0010 {
		return national
	}
	return international
}

// content writes what EncapsulatedContentInfo holds: nothing but the type where the content is detached.
func (b *builder) content(out *cryptobyte.Builder) {
	out.AddASN1ObjectIdentifier(b.contentType(OIDData, OIDGMData))
	if b.Profile == GMT0010 {
		out.AddASN1(contextTag(0), func(out *cryptobyte.Builder) { out.AddASN1OctetString(b.Digest) })
	}
}
