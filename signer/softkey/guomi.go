package softkey

import (
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/emmansun/gmsm/cfca"
	"github.com/emmansun/gmsm/smx509"
)

// parseCertificate reads also the certificates with SM2, which crypto/x509 refuses.
func parseCertificate(der []byte) (*x509.Certificate, error) {
	cert, cause := x509.ParseCertificate(der)
	if cause == nil && cert.SignatureAlgorithm != x509.UnknownSignatureAlgorithm {
		return cert, nil
	}
	national, err := smx509.ParseCertificate(der)
	if err != nil {
		return cert, cause
	}
	return national.ToX509(), nil
}

// parsePKCS8 reads also keys on the curve of SM2.
func parsePKCS8(der []byte) (any, error) {
	key, cause := x509.ParsePKCS8PrivateKey(der)
	if cause == nil {
		return key, nil
	}
	if key, err := smx509.ParsePKCS8PrivateKey(der); err == nil {
		return key, nil
	}
	return nil, cause
}

// parseEC is parsePKCS8 for the form of RFC 5915.
func parseEC(der []byte) (any, error) {
	key, cause := x509.ParseECPrivateKey(der)
	if cause == nil {
		return key, nil
	}
	if key, err := smx509.ParseSM2PrivateKey(der); err == nil {
		return key, nil
	}
	return nil, cause
}

// parseNational reads what is neither PEM nor a PKCS#12 that crypto/x509 can read: a PKCS#12 with an SM2 key, and the .sm2
// files of CFCA. cause says why the first way failed, and is returned where nothing else fits.
func parseNational(data []byte, pin string, cause error) (any, []*x509.Certificate, error) {
	key, certificates, err := parseNationalPKCS12(data, pin)
	if err == nil || errors.Is(err, ErrPIN) {
		return key, certificates, err
	}
	private, certificate, err := cfca.ParseSM2([]byte(pin), data)
	if err != nil {
		return nil, nil, fmt.Errorf("%w (nor is it a file of an SM2 key)", cause)
	}
	return private, []*x509.Certificate{certificate.ToX509()}, nil
}
