package trust

import "crypto/x509"

// Subject is whom a certificate names, as far as its fields say so.
type Subject struct {
	CommonName   string
	Organization string
	Unit         string // organizationalUnitName, several joined by "; ".
	SerialNumber string // The subject's serialNumber attribute, not the certificate's.
	CreditCode   string // 统一社会信用代码, 18 characters; empty when no field carries one.
	Email        string
	Country      string
	Identifiers  []Identifier // Every further identifier found, with where it stood.
}

// Identifier is an identity number and the field that carried it.
type Identifier struct {
	Source string // "organizationIdentifier", "1.2.156.10260.4.1.4" …
	Value  string
}

// Identity reads the subject of a certificate. Extra OIDs (dotted) name further extensions that carry identity numbers.
func Identity(cert *x509.Certificate, extra ...string) Subject { return Subject{} }

// Fingerprint returns the SHA-256 of the certificate in hexadecimal, lower case, without separators.
func Fingerprint(cert *x509.Certificate) string { return "" }
