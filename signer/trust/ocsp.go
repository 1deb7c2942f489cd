package trust

import (
	"bytes"
	_ "crypto/sha1" // CertID names the issuer by SHA-1 nearly everywhere (RFC 6960, 4.1.1); nothing is proven by it.
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

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
	r, err := parseResponse(der)
	if err != nil {
		return q.skip("an OCSP response cannot be used: %v", err)
	}
	at := slices.IndexFunc(r.answers, q.named)
	if at < 0 {
		return Status{}, false // About others' certificates.
	}
	answer := r.answers[at]
	source := "OCSP of " + stamp(answer.this)
	if slices.ContainsFunc(answer.extensions, func(e pkix.Extension) bool { return e.Critical }) {
		return q.skip("the %s has a critical extension", source)
	}
	if objection := q.responder(r, evidence); objection != "" {
		return q.skip("the %s %s", source, objection)
	}
	if answer.this.After(q.now.Add(clockSkew)) {
		return q.skip("the %s comes from the future", source)
	}
	switch answer.status {
	case statusRevoked:
		return q.revoked(source, answer.this, answer.since, answer.reason), true
	case statusGood:
		if !q.fresh(answer.this, answer.next) {
			return q.skip("the %s is not fresh for %s", source, stamp(q.at))
		}
		if !q.remembers(answer.this, keptSince(answer.extensions, oidArchiveCutoff)) {
			return q.skip("the %s came after the certificate ended %s", source, stamp(q.cert.NotAfter))
		}
		return Status{Certificate: q.cert, Standing: StandingGood, Source: source, said: answer.this}, true
	}
	return q.skip("the %s does not know the certificate", source)
}

// responder says why a response is not signed by somebody entitled: the issuer itself, or one to whom the issuer
// gave id-kp-OCSPSigning (RFC 6960, 4.2.2.2). Empty means entitled.
func (q *question) responder(r response, evidence Evidence) string {
	if r.signedBy(q.issuer) == "" {
		return q.strong(r, q.issuer)
	}
	objection := "is not signed by the certificate's issuer"
	for _, signer := range r.responders {
		if objection = r.signedBy(signer); objection != "" {
			continue
		}
		if objection = q.delegate(signer, r.produced, evidence); objection == "" {
			return q.strong(r, signer)
		}
	}
	return objection
}

// signedBy says why a response is not signed with a certificate's key.
func (r response) signedBy(cert *x509.Certificate) string {
	if findings := cms.CheckSigned(cert, r.algorithm, r.signed, r.value); len(findings) > 0 {
		return "is not signed by its responder: " + findings[0].Detail
	}
	return ""
}

// strong says why a signature proves too little.
func (q *question) strong(r response, signer *x509.Certificate) string {
	if weak := q.policy.Key(signer, q.now); len(weak) > 0 {
		return "is signed with a weak key"
	}
	if _, weak := q.policy.digest(cms.ReadAlgorithm(r.algorithm).Hash, q.now); weak {
		return "is signed with a weak digest"
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
	if s := about.answer(Evidence{CRLs: slices.Concat(evidence.CRLs, evidence.Carried.CRLs)}); s.Standing != StandingGood {
		return "is by a responder whose own certificate is " + string(s.Standing)
	}
	return ""
}

// named reports whether an answer is about the certificate: the serial number alone says nothing.
func (q *question) named(answer single) bool {
	id := answer.id
	hash, known := certIDHashes[id.Algorithm.Algorithm.String()]
	if !known || id.Serial == nil || id.Serial.Cmp(q.cert.SerialNumber) != 0 {
		return false
	}
	digest := func(data []byte) []byte {
		d, ok := cms.NewHash(hash)
		if !ok {
			return nil
		}
		d.Write(data)
		return d.Sum(nil)
	}
	return bytes.Equal(id.Name, digest(q.issuer.RawSubject)) && bytes.Equal(id.Key, digest(publicKeyBits(q.issuer)))
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
