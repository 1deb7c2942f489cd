package trust

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"strings"
)

// Subject is whom a certificate names, as far as its fields say so. Every text is valid UTF-8 without control
// characters, and short.
type Subject struct {
	CommonName   string
	Organization string
	Unit         string // organizationalUnitName, several joined by "; ".
	SerialNumber string // The subject's serialNumber attribute, not the certificate's.
	CreditCode   string // 统一社会信用代码, 18 characters; empty when no field carries one.
	Email        string
	Country      string
	Identifiers  []Identifier // Every identity number found, with where it stood, strongest source first.
}

// Identifier is an identity number and the field that carried it.
type Identifier struct {
	Source string // "organizationIdentifier", "serialNumber", or the dotted OID of an extension.
	Value  string
}

// identityExtensions carry identity numbers in Chinese certificates: GM/T 0015 (person, social insurance, business
// registration, organisation, tax), their RSA-era forerunners, and NETCA's own.
var identityExtensions = []string{
	"1.2.156.10260.4.1.4", "1.2.156.10260.4.1.3", "1.2.156.10260.4.1.5", "1.2.156.10260.4.1.1", "1.2.156.10260.4.1.2",
	"1.2.86.11.7.3", "1.2.86.11.7.4", "1.2.86.11.7.5", "1.2.86.11.7.1",
	"1.3.6.1.4.1.18760.1.12.11", "1.3.6.1.4.1.18760.1.12.12.2", "1.3.6.1.4.1.18760.1.12.14",
}

var (
	oidEmail          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}
	oidOrganizationID = asn1.ObjectIdentifier{2, 5, 4, 97}
)

// Identity reads the subject of a certificate. Extra OIDs (dotted) name further extensions that carry identity
// numbers.
func Identity(cert *x509.Certificate, extra ...string) Subject {
	s := Subject{
		CommonName:   clean(cert.Subject.CommonName),
		Organization: clean(strings.Join(cert.Subject.Organization, "; ")),
		Unit:         clean(strings.Join(cert.Subject.OrganizationalUnit, "; ")),
		SerialNumber: clean(cert.Subject.SerialNumber),
		Country:      clean(strings.Join(cert.Subject.Country, "; ")),
		Email:        clean(strings.Join(cert.EmailAddresses, "; ")),
	}
	for _, name := range cert.Subject.Names {
		value, _ := name.Value.(string)
		switch {
		case name.Type.Equal(oidOrganizationID):
			s.identify("organizationIdentifier", value)
		case name.Type.Equal(oidEmail) && s.Email == "":
			s.Email = clean(value)
		}
	}
	for _, oid := range append(identityExtensions[:len(identityExtensions):len(identityExtensions)], extra...) {
		for _, extension := range cert.Extensions {
			if extension.Id.String() == oid {
				s.identify(oid, text(extension.Value))
			}
		}
	}
	s.identify("serialNumber", s.SerialNumber)
	s.CreditCode = s.creditCode()
	return s
}

func (s *Subject) identify(source, value string) {
	if value = clean(value); value != "" {
		s.Identifiers = append(s.Identifiers, Identifier{source, value})
	}
}

// Fingerprint returns the SHA-256 of the certificate in hexadecimal, lower case, without separators.
func Fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(sum[:])
}
