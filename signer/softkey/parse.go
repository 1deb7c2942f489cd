package softkey

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// parsePKCS12 reads key and certificates out of a PKCS#12 file.
func parsePKCS12(data []byte, pin string) (any, []*x509.Certificate, error) {
	key, first, others, err := pkcs12.DecodeChain(data, pin)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		// Without a MAC a wrong password shows as wrong padding only.
		return nil, nil, ErrPIN
	case err != nil:
		return nil, nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return key, append([]*x509.Certificate{first}, others...), nil
}

// parsePEM reads one private key and the certificates; the PIN is not used.
func parsePEM(data []byte, _ string) (any, []*x509.Certificate, error) {
	var key any
	var certificates []*x509.Certificate
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		if block.Type == "CERTIFICATE" {
			cert, err := parseCertificate(block.Bytes)
			if err != nil {
				return nil, nil, fmt.Errorf("%w: certificate %d: %w", ErrFormat, len(certificates)+1, err)
			}
			certificates = append(certificates, cert)
			continue
		}
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			continue // "EC PARAMETERS" and the like.
		}
		if key != nil {
			return nil, nil, fmt.Errorf("%w: more than one private key", ErrFormat)
		}
		var err error
		if key, err = parseKey(block); err != nil {
			return nil, nil, err
		}
	}
	if key == nil {
		return nil, nil, fmt.Errorf("%w: no private key in it", ErrNoKey)
	}
	return key, certificates, nil
}

func parseKey(block *pem.Block) (any, error) {
	var key any
	var err error
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY", strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
		return nil, fmt.Errorf("%w: the PEM key is encrypted; convert it with openssl pkcs12 -export", ErrFormat)
	case block.Type == "PRIVATE KEY":
		key, err = parsePKCS8(block.Bytes)
	case block.Type == "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case block.Type == "EC PRIVATE KEY":
		key, err = parseEC(block.Bytes)
	default:
		return nil, fmt.Errorf("%w: %s", ErrFormat, block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrFormat, block.Type, err)
	}
	return key, nil
}
