package cms

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
)

// CheckOptions says what a caller demands beyond RFC 5652.
type CheckOptions struct {
	RequireESS   bool                // ESS signing-certificate(-v2) must be there: ETSI.CAdES.detached, RFC 3161.
	Certificates []*x509.Certificate // Where else the signer's certificate may be found.

	// Prefixed digests octets with SM3, then the detached content: SM2 without signed attributes. nil: that is unsupported.
	Prefixed func(prefix []byte) ([]byte, error)
}

// checker gathers what one Check finds.
type checker struct {
	*SignedData
	opts     CheckOptions
	findings Findings
}

func (c *checker) add(code Code, format string, args ...any) {
	c.findings = append(c.findings, Finding{Code: code, Detail: fmt.Sprintf(format, args...)})
}

// Check checks content-type, message-digest, signature value, ESS and algorithm protection.
// contentDigest gives the digest of the detached content; nil means that the content is the encapsulated one.
// The error is that of contentDigest.
func (s *SignedData) Check(contentDigest func(crypto.Hash) ([]byte, error), opts CheckOptions) (Findings, error) {
	c := &checker{SignedData: s, opts: opts}
	if s.Signer.Digest.Hash == 0 {
		c.add(Unsupported, "digest %s with signature algorithm %s", s.Signer.Digest.Name, s.Signer.Signature.Name)
		return c.findings, nil
	}
	switch {
	case contentDigest != nil && s.digestInside():
		if err := c.checkInside(contentDigest); err != nil {
			return nil, fmt.Errorf("hashing signed content with SM3: %w", err)
		}
		contentDigest = nil
	case contentDigest != nil && !s.Detached():
		c.add(NotDetached, "the signature carries %d octets of content of its own", len(s.EContent))
	}
	digest, err := c.contentDigest(contentDigest)
	if err != nil {
		return nil, fmt.Errorf("hashing signed content with %s: %w", DigestName(s.Signer.Digest.Hash), err)
	}
	if s.Signer.signedRaw != nil {
		c.attributes(digest)
	} else if !s.EContentType.Equal(OIDData) && !s.EContentType.Equal(OIDGMData) {
		// RFC 5652, 5.3: signed attributes must be present unless the content type is id-data.
		c.add(AttributesAbsent, "content type %v without signed attributes", s.EContentType)
	}
	if opts.RequireESS && len(s.Signer.values(OIDSigningCertificate, OIDSigningCertificateV2)) == 0 {
		c.add(MissingESS, "no signing-certificate attribute")
	}
	c.signature(digest)
	return c.findings, nil
}

func (c *checker) contentDigest(outside func(crypto.Hash) ([]byte, error)) ([]byte, error) {
	if outside != nil {
		return outside(c.Signer.Digest.Hash)
	}
	if c.Detached() {
		return nil, errors.New("the signature is detached and no content was given")
	}
	return sum(c.Signer.Digest.Hash, c.EContent), nil
}

// attributes checks the signed attributes against what was signed (RFC 5652, 5.6 and 11).
func (c *checker) attributes(digest []byte) {
	if kind, ok := c.only(OIDContentType, ContentType, "content-type"); ok {
		input := cryptobyte.String(kind)
		var named asn1.ObjectIdentifier
		if !input.ReadASN1ObjectIdentifier(&named) || !input.Empty() || !named.Equal(c.EContentType) {
			c.add(ContentType, "content-type attribute differs from %v", c.EContentType)
		}
	}
	if value, ok := c.only(OIDMessageDigest, MessageDigest, "message-digest"); ok {
		if got, ok := octetValue(value); !ok || !bytes.Equal(got, digest) {
			c.add(MessageDigest, "message-digest %x, content has %x", got, digest)
		}
	}
	for _, unique := range []struct {
		name string
		oid  []Attribute
	}{
		{"signing-time", c.Signer.attributes(OIDSigningTime)},
		{"signing-certificate", c.Signer.attributes(OIDSigningCertificate)},
		{"signing-certificate-v2", c.Signer.attributes(OIDSigningCertificateV2)},
		{"algorithm-protection", c.Signer.attributes(OIDAlgorithmProtection)},
	} {
		if n := len(unique.oid); n > 1 || n == 1 && len(unique.oid[0].Values) != 1 {
			c.add(AttributeForm, "%s attribute is repeated", unique.name)
		}
	}
	c.algorithmProtection()
}

// only returns the single value of an attribute that must be there exactly once.
func (c *checker) only(oid []int, code Code, name string) ([]byte, bool) {
	values := c.Signer.values(oid)
	if len(values) != 1 || len(c.Signer.attributes(oid)) != 1 {
		c.add(code, "%s attribute %d times in place of once", name, len(values))
		return nil, false
	}
	return values[0], true
}

// algorithmProtection checks RFC 6211, 2, when the attribute is there.
func (c *checker) algorithmProtection() {
	for _, value := range c.Signer.values(OIDAlgorithmProtection) {
		s := newScanner()
		digest, signature, err := s.protectedAlgorithms(value)
		switch {
		case err != nil:
			c.add(AttributeForm, "algorithm-protection attribute: %v", err)
		case !digest.equal(c.Signer.Digest):
			c.add(AlgorithmProtection, "digest %v is used, %v is protected", c.Signer.Digest.OID, digest.OID)
		case !signature.equal(c.Signer.Signature):
			c.add(AlgorithmProtection, "signature algorithm %v is used, %v is protected", c.Signer.Signature.OID, signature.OID)
		}
	}
}

// signature finds the signer's certificate and verifies the value with its key.
func (c *checker) signature(digest []byte) {
	cert, ok := c.certificate()
	if !ok {
		return
	}
	key, err := readKey(cert)
	if err != nil {
		c.add(Unsupported, "%v", err)
		return
	}
	algorithm := c.Signer.Signature
	if algorithm.family() == unsupported || algorithm.Hash == 0 {
		c.add(Unsupported, "signature algorithm %s", algorithm.Name)
		return
	}
	// RFC 8933, 3: one digest for the content and for the attributes.
	if algorithm.family() != ed25519Family && algorithm.Hash != c.Signer.Digest.Hash {
		c.add(SignatureValue, "signature uses %s, the content %s", DigestName(algorithm.Hash), DigestName(c.Signer.Digest.Hash))
		return
	}
	err = c.verify(key, digest)
	switch {
	case errors.Is(err, errUnsupported):
		c.add(Unsupported, "%v", err)
	case err != nil:
		c.add(SignatureValue, "%v", err)
	}
}

// verify verifies over the signed attributes as received, then as DER, or over the content without any.
func (c *checker) verify(key publicKey, digest []byte) error {
	info := c.Signer
	if info.signedRaw == nil && info.Signature.family() == sm2Family {
		return verifySM2(info.Signature, key, c.EContent, c.opts.Prefixed, info.Value)
	}
	if info.signedRaw == nil {
		return verifyDigest(info.Signature, key, digest, c.EContent, info.Value)
	}
	// RFC 5652, 5.4: the SET OF tag stands in place of the implicit [0].
	received := info.SignedDER()
	first := verifyDigest(info.Signature, key, sum(info.Signature.Hash, received), received, info.Value)
	if first == nil || errors.Is(first, errUnsupported) {
		return first
	}
	s := newScanner()
	set, _, err := s.next(received, 0)
	if err != nil {
		return first
	}
	sorted, err := s.der(set)
	if err != nil || bytes.Equal(sorted, received) {
		return first
	}
	return verifyDigest(info.Signature, key, sum(info.Signature.Hash, sorted), sorted, info.Value)
}
