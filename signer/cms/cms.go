// Package cms builds and checks CMS SignedData (RFC 5652) as PDF signatures and timestamps carry it.
//
// It promises: input is read as BER within fixed limits and never repaired; exactly one SignerInfo; what a check
// finds is data (Findings), an error means that the question could not be answered; an algorithm that is not
// supported is named as such and never called broken; what Sign writes is canonical DER and never longer than Size
// said.
//
// It does not judge trust, validity, revocation or the strength of algorithms (signer/trust does), and it does not
// know where in a PDF the bytes stood (signer/verify does).
package cms

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
)

// ErrMalformed is wrapped by every error of Parse that blames the input: it is not SignedData, or not within the
// limits of this package.
var ErrMalformed = errors.New("malformed CMS")

// SignedData is one parsed CMS SignedData with its only signer.
type SignedData struct {
	Length       int                   // Octets that the structure took, BER end-of-contents octets included.
	Version      int                   // CMSVersion as written.
	Digests      []Algorithm           // The digestAlgorithms set.
	EContentType asn1.ObjectIdentifier // What was signed: id-data, id-ct-TSTInfo …
	EContent     []byte                // The encapsulated content; nil when detached, never nil otherwise.
	Certificates []*x509.Certificate   // Embedded certificates that crypto/x509 can read, in file order.
	Unread       []RawCertificate      // Embedded certificates that it cannot (SM2 and other curves).
	CRLs         [][]byte              // Embedded CertificateLists, DER.
	Signer       SignerInfo            // The one signer.
}

// Detached reports whether the content stands outside of the structure.
func (s *SignedData) Detached() bool { return s.EContent == nil }

// RawCertificate is a certificate that crypto/x509 cannot read. It can be named and found, not used.
type RawCertificate struct {
	Raw    []byte    // The certificate, DER.
	Issuer []byte    // The issuer Name, DER; nil if not even that could be read.
	Serial *big.Int  // nil if it could not be read.
	KeyID  []byte    // Subject key identifier, nil if absent.
	Key    Algorithm // The algorithm of the public key.
	Cause  error     // What crypto/x509 said.
}

// SignerInfo is what the one signer signed and how.
type SignerInfo struct {
	Version   int
	Issuer    []byte      // The issuer Name of the signer's certificate, DER; nil when named by KeyID.
	Serial    *big.Int    // Its serial number; nil when named by KeyID.
	KeyID     []byte      // Its subject key identifier; nil when named by issuer and serial number.
	Digest    Algorithm   // digestAlgorithm.
	Signature Algorithm   // signatureAlgorithm; its Hash is the one that the signature itself uses.
	Value     []byte      // The signature value.
	Signed    []Attribute // Signed attributes in the order received; nil when absent.
	Unsigned  []Attribute // Unsigned attributes in the order received.

	signedRaw []byte // The [0] element as received, for hashing under tag 0x31.
}

// Attribute is one signed or unsigned attribute.
type Attribute struct {
	Type   asn1.ObjectIdentifier
	Values [][]byte // Each value as received, BER.
}
