package softkey

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"

	"github.com/emmansun/gmsm/pkcs"
	"github.com/emmansun/gmsm/pkcs8"
)

// PKCS#12 structures (RFC 7292, 4 and 5) as far as a key with its certificates needs them.
type (
	pfx struct {
		Version int
		Safe    contentInfo
		MAC     asn1.RawValue `asn1:"optional"` // Checked by the reader that came first; see parseNationalPKCS12.
	}
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"tag:0,explicit,optional"`
	}
	encryptedData struct {
		Version int
		Inner   struct {
			Type      asn1.ObjectIdentifier
			Algorithm pkix.AlgorithmIdentifier
			Content   []byte `asn1:"tag:0,optional"`
		}
	}
	safeBag struct {
		ID         asn1.ObjectIdentifier
		Value      asn1.RawValue `asn1:"tag:0,explicit"`
		Attributes asn1.RawValue `asn1:"set,optional"`
	}
	certBag struct {
		ID   asn1.ObjectIdentifier
		Data []byte `asn1:"tag:0,explicit"`
	}
)

var (
	oidEncryptedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 6}
	oidKeyBag        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 1}
	oidShroudedBag   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 2}
	oidCertBag       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 3}
	oidX509Bag       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 22, 1}
)

// parseNationalPKCS12 reads a PKCS#12 with an SM2 key that is encrypted by PBES2 (RFC 8018), also with SM4. That the PIN
// is right and the file whole was told by the MAC before: parsePKCS12 checks it and fails only at the key.
func parseNationalPKCS12(data []byte, pin string) (key any, certificates []*x509.Certificate, err error) {
	defer func() { // gmsm v0.43.0 panics on ciphertexts and initialization vectors that are no whole blocks.
		if fault := recover(); fault != nil {
			key, certificates, err = nil, nil, fmt.Errorf("%w: PKCS#12: %v", ErrFormat, fault)
		}
	}()
	return nationalPKCS12(data, pin)
}

func nationalPKCS12(data []byte, pin string) (any, []*x509.Certificate, error) {
	var outer pfx
	if err := exactly(data, &outer); err != nil {
		return nil, nil, err
	}
	var safe []byte
	if err := exactly(outer.Safe.Content.Bytes, &safe); err != nil {
		return nil, nil, err
	}
	var contents []contentInfo
	if err := exactly(safe, &contents); err != nil {
		return nil, nil, err
	}
	var key any
	var certificates []*x509.Certificate
	for _, content := range contents {
		bags, err := content.bags(pin)
		if err != nil {
			return nil, nil, err
		}
		for _, bag := range bags {
			found, certificate, err := bag.open(pin)
			switch {
			case err != nil:
				return nil, nil, err
			case certificate != nil:
				certificates = append(certificates, certificate)
			case found != nil && key != nil:
				return nil, nil, fmt.Errorf("%w: more than one private key", ErrFormat)
			case found != nil:
				key = found
			}
		}
	}
	if key == nil {
		return nil, nil, fmt.Errorf("%w: no private key in it", ErrNoKey)
	}
	return key, certificates, nil
}

func exactly(der []byte, into any) error {
	rest, err := asn1.Unmarshal(der, into)
	if err == nil && len(bytes.TrimSpace(rest)) > 0 {
		err = fmt.Errorf("%d octets follow", len(rest))
	}
	if err != nil {
		return fmt.Errorf("%w: PKCS#12: %w", ErrFormat, err)
	}
	return nil
}

// bags returns what one part of the file holds, decrypted where it is encrypted.
func (c contentInfo) bags(pin string) ([]safeBag, error) {
	var plain []byte
	var bags []safeBag
	if !c.Type.Equal(oidEncryptedData) {
		if err := exactly(c.Content.Bytes, &plain); err != nil {
			return nil, err
		}
		err := exactly(plain, &bags)
		return bags, err
	}
	var data encryptedData
	if err := exactly(c.Content.Bytes, &data); err != nil {
		return nil, err
	}
	var parameters pkcs.PBES2Params
	if !pkcs.IsPBES2(data.Inner.Algorithm) {
		return nil, fmt.Errorf("%w: PKCS#12 with SM2 is encrypted by %v and not by PBES2; convert it with a newer openssl", ErrFormat, data.Inner.Algorithm.Algorithm)
	}
	if err := exactly(data.Inner.Algorithm.Parameters.FullBytes, &parameters); err != nil {
		return nil, err
	}
	if err := affordable(data.Inner.Algorithm); err != nil {
		return nil, err
	}
	plain, _, err := parameters.Decrypt([]byte(pin), data.Inner.Content)
	if err != nil {
		return nil, fmt.Errorf("%w: decrypt certificates: %w", ErrFormat, err)
	}
	err = exactly(plain, &bags)
	return bags, err
}

// maxIterations is what a key file may cost: openssl takes 2,048.
const maxIterations = 1 << 20

// affordable refuses a derivation of the key from the PIN that would not end, or that is none by PBKDF2 (RFC 8018, 5.2 and 6.2).
func affordable(algorithm pkix.AlgorithmIdentifier) error {
	var scheme struct {
		Derivation struct {
			Function   asn1.ObjectIdentifier
			Parameters struct {
				Salt       []byte
				Iterations int
				Length     int                      `asn1:"optional"`
				Digest     pkix.AlgorithmIdentifier `asn1:"optional"`
			}
		}
		Cipher pkix.AlgorithmIdentifier
	}
	if err := exactly(algorithm.Parameters.FullBytes, &scheme); err != nil {
		return err
	}
	if n := scheme.Derivation.Parameters.Iterations; n < 1 || n > maxIterations || scheme.Derivation.Parameters.Length > 64 {
		return fmt.Errorf("%w: its key takes %d iterations", ErrFormat, n)
	}
	return nil
}

// open returns the key or the certificate of a bag, or neither.
func (b safeBag) open(pin string) (any, *x509.Certificate, error) {
	switch {
	case b.ID.Equal(oidKeyBag):
		key, err := parsePKCS8(b.Value.Bytes)
		return key, nil, err
	case b.ID.Equal(oidShroudedBag):
		var shrouded struct {
			Algorithm pkix.AlgorithmIdentifier
			Data      []byte
		}
		if err := exactly(b.Value.Bytes, &shrouded); err != nil {
			return nil, nil, err
		}
		if err := affordable(shrouded.Algorithm); err != nil {
			return nil, nil, err
		}
		key, _, err := pkcs8.ParsePrivateKey(b.Value.Bytes, []byte(pin))
		if err != nil {
			return nil, nil, fmt.Errorf("%w: decrypt key: %w", ErrFormat, err)
		}
		return key, nil, nil
	case b.ID.Equal(oidCertBag):
		var bag certBag
		if err := exactly(b.Value.Bytes, &bag); err != nil || !bag.ID.Equal(oidX509Bag) {
			return nil, nil, err
		}
		certificate, err := parseCertificate(bag.Data)
		return nil, certificate, err
	}
	return nil, nil, nil
}
