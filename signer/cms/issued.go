package cms

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// CheckIssued verifies the signature of a certificate with the key of its issuer, whatever the strength of the
// algorithms: crypto/x509 refuses SHA-1 and cannot say whether the signature would hold. Empty means that it does.
func CheckIssued(cert, issuer *x509.Certificate) Findings {
	algorithm, err := certificateAlgorithm(cert)
	if err != nil {
		return Findings{{SignatureValue, err.Error()}}
	}
	return checkValue(issuer, algorithm, cert.RawTBSCertificate, cert.Signature)
}

// CheckValue verifies a signature value over a message with the key of a certificate. Empty means that it holds.
func CheckValue(cert *x509.Certificate, oid asn1.ObjectIdentifier, message, value []byte) Findings {
	algorithm := Algorithm{OID: oid, Name: oid.String()}
	return checkValue(cert, algorithm.signatureAlgorithm(0), message, value)
}

// CheckSigned is CheckValue with an AlgorithmIdentifier, DER, whose parameters count.
func CheckSigned(cert *x509.Certificate, algorithm, message, value []byte) Findings {
	return checkValue(cert, ReadAlgorithm(algorithm), message, value)
}

// ReadAlgorithm reads the AlgorithmIdentifier of a signature, DER; one that cannot be read is supported by nobody.
func ReadAlgorithm(der []byte) Algorithm {
	a, err := readAlgorithm(cryptobyte.String(der))
	if err != nil {
		return Algorithm{Name: "unreadable"}
	}
	return a
}

func readAlgorithm(input cryptobyte.String) (Algorithm, error) {
	var id cryptobyte.String
	var a Algorithm
	if !input.ReadASN1(&id, cbasn1.SEQUENCE) || !id.ReadASN1ObjectIdentifier(&a.OID) {
		return a, errors.New("algorithm identifier is malformed")
	}
	if !id.Empty() {
		a.Parameters = id
	}
	a.Name = a.OID.String()
	return a.signatureAlgorithm(0), nil
}

func checkValue(cert *x509.Certificate, algorithm Algorithm, message, value []byte) Findings {
	key, err := readKey(cert)
	if err != nil {
		return Findings{{Unsupported, err.Error()}}
	}
	if algorithm.family() == unsupported || algorithm.Hash == 0 && algorithm.family() != ed25519Family {
		return Findings{{Unsupported, "signature algorithm " + algorithm.Name}}
	}
	var digest []byte
	if algorithm.Hash != 0 {
		digest = sum(algorithm.Hash, message)
	}
	err = verifyDigest(algorithm, key, digest, message, value)
	switch {
	case errors.Is(err, errUnsupported):
		return Findings{{Unsupported, err.Error()}}
	case err != nil:
		return Findings{{SignatureValue, err.Error()}}
	}
	return nil
}

// CertificateAlgorithm returns the algorithm that a certificate was signed with.
func CertificateAlgorithm(cert *x509.Certificate) Algorithm {
	a, err := certificateAlgorithm(cert)
	if err != nil {
		return Algorithm{Name: "unreadable"}
	}
	return a
}

func certificateAlgorithm(cert *x509.Certificate) (Algorithm, error) {
	input := cryptobyte.String(cert.Raw)
	var outer cryptobyte.String
	if !input.ReadASN1(&outer, cbasn1.SEQUENCE) || !outer.SkipASN1(cbasn1.SEQUENCE) {
		return Algorithm{}, errors.New("certificate is malformed")
	}
	return readAlgorithm(outer)
}
