package cms

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
)

// essCertID is ESSCertID or ESSCertIDv2 (RFC 5035, 3 and 4).
type essCertID struct {
	digest Algorithm
	hash   []byte
	serial *big.Int // nil when issuerSerial is absent.
}

// essCertIDs returns the first identifier of each signing-certificate attribute: the one that means the signer.
func (info *SignerInfo) essCertIDs() ([]essCertID, error) {
	var ids []essCertID
	for _, version := range []struct {
		oid     []int
		assumed Algorithm
	}{
		{OIDSigningCertificate, Algorithm{Name: "SHA-1", Hash: crypto.SHA1}},
		{OIDSigningCertificateV2, Algorithm{Name: "SHA-256", Hash: crypto.SHA256}},
	} {
		for _, value := range info.values(version.oid) {
			id, err := newScanner().essCertID(value, version.assumed)
			if err != nil {
				return nil, err
			}
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// essCertID reads SigningCertificate(V2) as far as its first identifier.
func (s *scanner) essCertID(value []byte, digest Algorithm) (essCertID, error) {
	id := essCertID{digest: digest}
	outer, err := s.sequence(value, 1)
	if err != nil {
		return id, err
	}
	all, err := s.children(outer[0])
	if err != nil {
		return id, err
	}
	if len(all) == 0 {
		return id, errors.New("names no certificate")
	}
	parts, err := s.children(all[0])
	if err != nil {
		return id, err
	}
	if len(parts) > 0 && parts[0].isSequence() {
		a, err := s.algorithm(parts[0])
		if err != nil {
			return id, err
		}
		id.digest, parts = a.digestAlgorithm(), parts[1:]
	}
	if len(parts) < 1 || len(parts) > 2 || !parts[0].is(classUniversal, tagOctetString) {
		return id, errors.New("certificate identifier is malformed")
	}
	if id.hash, err = s.octets(parts[0]); err != nil || len(parts) == 1 {
		return id, err
	}
	issuerSerial, err := s.children(parts[1])
	if err != nil {
		return id, err
	}
	if len(issuerSerial) < 2 {
		return id, errors.New("issuer and serial number are malformed")
	}
	id.serial, err = bigInteger(issuerSerial[1])
	return id, err
}

// matchesESS checks a certificate against every identifier. The hash covers the whole certificate, so that the
// issuer's name need not be compared as well; clients differ in how they encode it.
func matchesESS(ids []essCertID, cert *x509.Certificate) error {
	for _, id := range ids {
		if id.digest.Hash == 0 {
			return unsupportedf("digest %s of the signing-certificate attribute", id.digest.Name)
		}
		if !bytes.Equal(sum(id.digest.Hash, cert.Raw), id.hash) {
			return errors.New("signing-certificate names a certificate with another hash")
		}
		if id.serial != nil && id.serial.Cmp(cert.SerialNumber) != 0 {
			return fmt.Errorf("signing-certificate names serial number %v", id.serial)
		}
	}
	return nil
}
