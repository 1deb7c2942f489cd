package trust

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" // CertID names the issuer by SHA-1 nearly everywhere (RFC 6960, 4.1.1); nothing is proven by it.
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/ocsp"

	"contractd/signer/cms"
)

var (
	oidNoCheck       = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}
	oidArchiveCutoff = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 6}
)

// maxOCSP bounds one response: one with a responder's chain takes some kilobytes.
const maxOCSP = 256 << 10

// ocsp reads what a response says of the certificate. RFC 6960, 3.2.
func (q *question) ocsp(der []byte, evidence Evidence) (Status, bool) {
	if len(der) > maxOCSP {
		return q.skip("an OCSP response has %d octets", len(der))
	}
	r, err := ocsp.ParseResponseForCert(der, q.cert, nil)
	if err != nil {
		return q.skip("an OCSP response cannot be used: %v", err)
	}
	source := "OCSP of " + stamp(r.ThisUpdate)
	// The library finds the answer by the serial number alone.
	if !q.named(der) {
		return Status{}, false
	}
	if objection := q.responder(r, evidence); objection != "" {
		return q.skip("the %s %s", source, objection)
	}
	if r.ThisUpdate.After(q.now.Add(clockSkew)) {
		return q.skip("the %s comes from the future", source)
	}
	switch r.Status {
	case ocsp.Revoked:
		return q.revoked(source, r.RevokedAt, r.RevocationReason), true
	case ocsp.Good:
		if !q.fresh(r.ThisUpdate, r.NextUpdate) {
			return q.skip("the %s is not fresh for %s", source, stamp(q.at))
		}
		if !q.remembers(r.ThisUpdate, keptSince(r.Extensions, oidArchiveCutoff)) {
			return q.skip("the %s came after the certificate ended %s", source, stamp(q.cert.NotAfter))
		}
		return Status{Certificate: q.cert, Standing: StandingGood, Source: source}, true
	}
	return q.skip("the %s does not know the certificate", source)
}

// responder says why a response is not signed by somebody entitled: the issuer itself, or one to whom the issuer
// gave id-kp-OCSPSigning (RFC 6960, 4.2.2.2). Empty means entitled.
func (q *question) responder(r *ocsp.Response, evidence Evidence) string {
	signer := r.Certificate
	if signer == nil || signer.Equal(q.issuer) {
		signer = q.issuer
	} else if objection := q.delegate(signer, r.ProducedAt, evidence); objection != "" {
		return objection
	}
	if weak := q.policy.Key(signer, q.now); len(weak) > 0 {
		return "is signed with a weak key"
	}
	if err := answerSigned(r, signer); err != nil {
		return "is not signed by its responder: " + err.Error()
	}
	return ""
}

// delegate judges a responder's own certificate.
func (q *question) delegate(cert *x509.Certificate, produced time.Time, evidence Evidence) string {
	switch {
	case !bytes.Equal(cert.RawIssuer, q.issuer.RawSubject) || len(cms.CheckIssued(cert, q.issuer)) > 0:
		return "is by a responder that the certificate's issuer did not appoint"
	case !slices.Contains(cert.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning):
		return "is by a responder without the extended key usage OCSPSigning"
	case produced.Before(cert.NotBefore) || produced.After(cert.NotAfter):
		return "is by a responder whose certificate was not valid"
	case slices.ContainsFunc(cert.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidNoCheck) }):
		return ""
	}
	// Only CRLs may speak about it: asking responders about responders has no end.
	about := question{policy: q.policy, cert: cert, issuer: q.issuer, at: produced, now: q.now}
	if s := about.answer(Evidence{CRLs: evidence.CRLs}); s.Standing != StandingGood {
		return "is by a responder whose own certificate is " + string(s.Standing)
	}
	return ""
}

// certID names a certificate by its issuer and number (RFC 6960, 4.1.1).
type certID struct {
	Algorithm pkix.AlgorithmIdentifier
	Name, Key []byte
	Serial    *big.Int
}

var certIDHashes = map[string]crypto.Hash{
	"1.3.14.3.2.26": crypto.SHA1, "2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384, "2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

// named reports whether the first answer with the certificate's serial number is about one of this issuer.
func (q *question) named(der []byte) bool {
	id, ok := answered(der, q.cert.SerialNumber)
	if !ok {
		return false
	}
	hash, known := certIDHashes[id.Algorithm.Algorithm.String()]
	if !known {
		return false
	}
	digest := func(data []byte) []byte {
		d := hash.New()
		d.Write(data)
		return d.Sum(nil)
	}
	return bytes.Equal(id.Name, digest(q.issuer.RawSubject)) && bytes.Equal(id.Key, digest(publicKeyBits(q.issuer)))
}

// answered finds the first answer with a serial number, as the library does.
func answered(der []byte, serial *big.Int) (certID, bool) {
	tbs, ok := responseBody(der)
	if !ok {
		return certID{}, false
	}
	for !tbs.Empty() {
		var single, id cryptobyte.String
		if !tbs.ReadASN1(&single, cbasn1.SEQUENCE) || !single.ReadASN1Element(&id, cbasn1.SEQUENCE) {
			return certID{}, false
		}
		var parsed certID
		if rest, err := asn1.Unmarshal(id, &parsed); err != nil || len(rest) > 0 {
			return certID{}, false
		}
		if parsed.Serial.Cmp(serial) == 0 {
			return parsed, true
		}
	}
	return certID{}, false
}

// responseBody goes down to the SEQUENCE OF SingleResponse.
func responseBody(der []byte) (cryptobyte.String, bool) {
	input := cryptobyte.String(der)
	explicit := cbasn1.Tag(0).Constructed().ContextSpecific()
	var outer, wrapped, bytes, octets, basic, tbs, responses cryptobyte.String
	ok := input.ReadASN1(&outer, cbasn1.SEQUENCE) && outer.SkipASN1(cbasn1.ENUM) && outer.ReadASN1(&wrapped, explicit) &&
		wrapped.ReadASN1(&bytes, cbasn1.SEQUENCE) && bytes.SkipASN1(cbasn1.OBJECT_IDENTIFIER) && bytes.ReadASN1(&octets, cbasn1.OCTET_STRING) &&
		octets.ReadASN1(&basic, cbasn1.SEQUENCE) && basic.ReadASN1(&tbs, cbasn1.SEQUENCE) && tbs.SkipOptionalASN1(explicit) && skipAny(&tbs) &&
		tbs.SkipASN1(cbasn1.GeneralizedTime) && tbs.ReadASN1(&responses, cbasn1.SEQUENCE)
	return responses, ok
}

func skipAny(input *cryptobyte.String) bool {
	var ignored cryptobyte.String
	var tag cbasn1.Tag
	return input.ReadAnyASN1(&ignored, &tag)
}

// publicKeyBits is the BIT STRING of the SubjectPublicKeyInfo without its header, which CertID hashes.
func publicKeyBits(cert *x509.Certificate) []byte {
	var spki struct {
		Algorithm pkix.AlgorithmIdentifier
		Bits      asn1.BitString
	}
	if _, err := asn1.Unmarshal(cert.RawSubjectPublicKeyInfo, &spki); err != nil {
		return nil
	}
	return spki.Bits.RightAlign()
}
