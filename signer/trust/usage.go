package trust

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"
)

var oidExtendedKeyUsage = asn1.ObjectIdentifier{2, 5, 29, 37}

// Usages beyond those of crypto/x509 that are made for signing documents (RFC 9336; Adobe; Microsoft).
var documentSigning = []asn1.ObjectIdentifier{
	{1, 3, 6, 1, 5, 5, 7, 3, 36},
	{1, 2, 840, 113583, 1, 1, 5},
	{1, 3, 6, 1, 4, 1, 311, 10, 3, 12},
}

// usage judges what a signer's certificate is for.
func usage(cert *x509.Certificate, purpose Purpose) []Finding {
	var findings []Finding
	signing := x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	// RFC 5280, 4.2.1.3: without the extension every usage is allowed.
	if cert.KeyUsage != 0 && cert.KeyUsage&signing == 0 {
		findings = append(findings, Finding{KeyUsage, cert, "neither digitalSignature nor nonRepudiation"})
	}
	if cert.IsCA && cert.BasicConstraintsValid {
		findings = append(findings, Finding{CACertificate, cert, "the signer's certificate is that of a CA"})
	}
	var objection string
	if purpose == Timestamp {
		objection = stampingObjection(cert)
	} else {
		objection = signingObjection(cert)
	}
	if objection != "" {
		findings = append(findings, Finding{ExtendedKeyUsage, cert, objection})
	}
	return findings
}

// signingObjection accepts no EKU at all, and any that names a use by a person: certificates of the field carry
// critical clientAuth and emailProtection. What is only for servers, code or timestamps is refused; beside serverAuth,
// clientAuth is no use by a person either, for that pair is what TLS servers get.
func signingObjection(cert *x509.Certificate) string {
	// A private usage beside nothing that speaks against it is the CA's own name for signing.
	if len(cert.ExtKeyUsage) == 0 {
		return ""
	}
	server := slices.Contains(cert.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	for _, u := range cert.ExtKeyUsage {
		if u == x509.ExtKeyUsageAny || u == x509.ExtKeyUsageEmailProtection || u == x509.ExtKeyUsageClientAuth && !server {
			return ""
		}
	}
	for _, oid := range cert.UnknownExtKeyUsage {
		if slices.ContainsFunc(documentSigning, oid.Equal) {
			return ""
		}
	}
	return "extended key usage only " + usageNames(cert)
}

// stampingObjection holds to RFC 3161, 2.3: exactly timeStamping, critical.
func stampingObjection(cert *x509.Certificate) string {
	if len(cert.ExtKeyUsage) != 1 || cert.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping || len(cert.UnknownExtKeyUsage) > 0 {
		return fmt.Sprintf("extended key usage %s in place of timeStamping alone", usageNames(cert))
	}
	for _, extension := range cert.Extensions {
		if extension.Id.Equal(oidExtendedKeyUsage) && !extension.Critical {
			return "extended key usage timeStamping is not critical"
		}
	}
	return ""
}

func usageNames(cert *x509.Certificate) string {
	known := map[x509.ExtKeyUsage]string{
		x509.ExtKeyUsageServerAuth: "serverAuth", x509.ExtKeyUsageClientAuth: "clientAuth",
		x509.ExtKeyUsageCodeSigning: "codeSigning", x509.ExtKeyUsageEmailProtection: "emailProtection",
		x509.ExtKeyUsageTimeStamping: "timeStamping", x509.ExtKeyUsageOCSPSigning: "OCSPSigning",
	}
	var names []string
	for _, u := range cert.ExtKeyUsage {
		name, ok := known[u]
		if !ok {
			name = fmt.Sprintf("number %d", u)
		}
		names = append(names, name)
	}
	for _, oid := range cert.UnknownExtKeyUsage {
		names = append(names, oid.String())
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
