package trust

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidIssuingDistributionPoint = asn1.ObjectIdentifier{2, 5, 29, 28}
	oidExpiredCertificates      = asn1.ObjectIdentifier{2, 5, 29, 60}
)

// crl reads what a CRL says of the certificate. RFC 5280, 6.3.3, for complete CRLs that the issuer signs itself.
func (q *question) crl(der []byte) (Status, bool) {
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return q.skip("a CRL cannot be read: %v", err)
	}
	if !bytes.Equal(list.RawIssuer, q.cert.RawIssuer) {
		return Status{}, false // About others' certificates.
	}
	if err := listSigned(list, q.issuer); err != nil {
		return q.skip("the CRL of %s is not signed by its issuer: %v", stamp(list.ThisUpdate), err)
	}
	if objection := scope(list, q.cert); objection != "" {
		return q.skip("the CRL of %s %s", stamp(list.ThisUpdate), objection)
	}
	source := "CRL of " + stamp(list.ThisUpdate)
	for _, entry := range list.RevokedCertificateEntries {
		if entry.SerialNumber.Cmp(q.cert.SerialNumber) == 0 {
			if list.ThisUpdate.After(q.now.Add(clockSkew)) {
				return q.skip("the CRL of %s comes from the future", stamp(list.ThisUpdate))
			}
			// A revocation stands, however old the list is.
			return q.revoked(source, list.ThisUpdate, entry.RevocationTime, entry.ReasonCode), true
		}
	}
	if !q.fresh(list.ThisUpdate, list.NextUpdate) {
		return q.skip("the CRL of %s is not fresh for %s", stamp(list.ThisUpdate), stamp(q.at))
	}
	if !q.remembers(list.ThisUpdate, keptSince(list.Extensions, oidExpiredCertificates)) {
		return q.skip("the CRL of %s no longer lists certificates that ended %s", stamp(list.ThisUpdate), stamp(q.cert.NotAfter))
	}
	return Status{Certificate: q.cert, Standing: StandingGood, Source: source, said: list.ThisUpdate}, true
}

// scope says why a list does not speak for the certificate; empty if it does. A critical extension that is not
// understood voids the list (RFC 5280, 5.2), delta CRLs among them.
func scope(list *x509.RevocationList, cert *x509.Certificate) string {
	for _, extension := range list.Extensions {
		switch {
		case extension.Id.Equal(oidIssuingDistributionPoint):
			if objection := distribution(extension.Value, cert); objection != "" {
				return objection
			}
		case extension.Critical:
			return "has the critical extension " + extension.Id.String()
		}
	}
	for _, entry := range list.RevokedCertificateEntries {
		for _, extension := range entry.Extensions {
			if extension.Critical { // Certificate issuer: an indirect CRL.
				return "has an entry with the critical extension " + extension.Id.String()
			}
		}
	}
	return ""
}

// distribution reads IssuingDistributionPoint (RFC 5280, 5.2.5).
func distribution(value []byte, cert *x509.Certificate) string {
	input := cryptobyte.String(value)
	var body cryptobyte.String
	if !input.ReadASN1(&body, cbasn1.SEQUENCE) || !input.Empty() {
		return "has an issuing distribution point that cannot be read"
	}
	for !body.Empty() {
		var part cryptobyte.String
		var tag cbasn1.Tag
		if !body.ReadAnyASN1(&part, &tag) {
			return "has an issuing distribution point that cannot be read"
		}
		set := len(part) == 1 && part[0] != 0
		switch tag &^ 0x20 {
		case cbasn1.Tag(0).ContextSpecific(): // Where it is published: of no consequence for what it says.
		case cbasn1.Tag(1).ContextSpecific():
			if set && cert.IsCA {
				return "is for users' certificates only"
			}
		case cbasn1.Tag(2).ContextSpecific():
			if set && !cert.IsCA {
				return "is for authorities' certificates only"
			}
		default: // Some reasons only, indirect, attribute certificates only.
			if set || tag&^0x20 == cbasn1.Tag(3).ContextSpecific() {
				return fmt.Sprintf("covers a part only (tag %d)", tag&0x1f)
			}
		}
	}
	return ""
}

// keptSince reads an extension that says since when ended certificates stay known: expiredCertsOnCRL (ISO/IEC 9594-8) of a list,
// archive cutoff (RFC 6960, 4.4.4) of a response; zero if they do not.
func keptSince(extensions []pkix.Extension, oid asn1.ObjectIdentifier) time.Time {
	for _, extension := range extensions {
		if extension.Id.Equal(oid) {
			input := cryptobyte.String(extension.Value)
			var since time.Time
			if input.ReadASN1GeneralizedTime(&since) {
				return since
			}
		}
	}
	return time.Time{}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
