package cms

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// maxRSABits bounds the work that a hostile modulus can cause.
const maxRSABits = 16384

var oidSubjectKeyID = asn1.ObjectIdentifier{2, 5, 29, 14}

// rawCertificate takes from a certificate what crypto/x509 left unread. It keeps what it got when it cannot go on.
func rawCertificate(raw []byte, cause error) RawCertificate {
	c := RawCertificate{Raw: raw, Cause: cause}
	input := cryptobyte.String(raw)
	var cert, tbs, spki cryptobyte.String
	if !input.ReadASN1(&cert, cbasn1.SEQUENCE) || !cert.ReadASN1(&tbs, cbasn1.SEQUENCE) {
		return c
	}
	tbs.SkipOptionalASN1(cbasn1.Tag(0).Constructed().ContextSpecific())
	serial := new(big.Int)
	var issuer cryptobyte.String
	if !tbs.ReadASN1Integer(serial) || !tbs.SkipASN1(cbasn1.SEQUENCE) || !tbs.ReadASN1Element(&issuer, cbasn1.SEQUENCE) {
		return c
	}
	c.Serial, c.Issuer = serial, issuer
	var validity, subject cryptobyte.String
	if !tbs.ReadASN1(&validity, cbasn1.SEQUENCE) || !tbs.ReadASN1(&subject, cbasn1.SEQUENCE) || !tbs.ReadASN1(&spki, cbasn1.SEQUENCE) {
		return c
	}
	c.Key, _ = keyAlgorithm(spki) // An unreadable key algorithm stays unnamed; the certificate is unusable anyway.
	c.KeyID = subjectKeyID(tbs)
	return c
}

// keyAlgorithm reads the AlgorithmIdentifier at the start of a SubjectPublicKeyInfo's contents and names curves too.
func keyAlgorithm(spki cryptobyte.String) (Algorithm, error) {
	var id cryptobyte.String
	var a Algorithm
	if !spki.ReadASN1(&id, cbasn1.SEQUENCE) || !id.ReadASN1ObjectIdentifier(&a.OID) {
		return a, errors.New("public key algorithm is malformed")
	}
	if !id.Empty() {
		a.Parameters = id
	}
	a.Name = a.OID.String()
	if known, ok := signatures[a.Name]; ok {
		a.Name = known.name
	}
	var curve asn1.ObjectIdentifier
	if a.OID.Equal(oidEC) && id.ReadASN1ObjectIdentifier(&curve) {
		a.Name = "curve " + curve.String()
		if known, ok := signatures[curve.String()]; ok {
			a.Name = known.name
		}
	}
	return a, nil
}

// subjectKeyID finds the extension in what follows the key of a TBSCertificate.
func subjectKeyID(rest cryptobyte.String) []byte {
	var wrapped, extensions cryptobyte.String
	for !rest.Empty() && !rest.PeekASN1Tag(cbasn1.Tag(3).Constructed().ContextSpecific()) {
		var skipped cryptobyte.String
		var tag cbasn1.Tag
		if !rest.ReadAnyASN1(&skipped, &tag) {
			return nil
		}
	}
	if !rest.ReadASN1(&wrapped, cbasn1.Tag(3).Constructed().ContextSpecific()) || !wrapped.ReadASN1(&extensions, cbasn1.SEQUENCE) {
		return nil
	}
	for !extensions.Empty() {
		var extension, value, id cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !extensions.ReadASN1(&extension, cbasn1.SEQUENCE) || !extension.ReadASN1ObjectIdentifier(&oid) {
			return nil
		}
		extension.SkipOptionalASN1(cbasn1.BOOLEAN)
		if oid.Equal(oidSubjectKeyID) && extension.ReadASN1(&value, cbasn1.OCTET_STRING) && value.ReadASN1(&id, cbasn1.OCTET_STRING) {
			return id
		}
	}
	return nil
}

// names reports whether the signer identifier means the certificate with these values.
func (info *SignerInfo) names(issuer []byte, serial *big.Int, keyID []byte) bool {
	if info.KeyID != nil {
		return len(info.KeyID) > 0 && bytes.Equal(info.KeyID, keyID)
	}
	return serial != nil && info.Serial.Cmp(serial) == 0 && bytes.Equal(info.Issuer, issuer)
}

// publicKey is what a signature is verified with.
type publicKey struct {
	key     crypto.PublicKey
	pss     *pssParameters // Non-nil when the key allows these PSS parameters only.
	pssOnly bool           // RFC 4055, 1.2: an id-RSASSA-PSS key makes PSS signatures and no others.
}

// readKey returns the public key of a certificate; the error names an unsupported one.
func readKey(cert *x509.Certificate) (publicKey, error) {
	if k, ok := cert.PublicKey.(*rsa.PublicKey); ok {
		return publicKey{key: k}, checkRSA(k)
	}
	if cert.PublicKey != nil {
		return publicKey{key: cert.PublicKey}, nil
	}
	input := cryptobyte.String(cert.RawSubjectPublicKeyInfo)
	var spki cryptobyte.String
	if !input.ReadASN1(&spki, cbasn1.SEQUENCE) {
		return publicKey{}, errors.New("public key is malformed")
	}
	a, err := keyAlgorithm(spki)
	if err != nil {
		return publicKey{}, err
	}
	if !a.OID.Equal(oidPSS) {
		return publicKey{}, fmt.Errorf("public key %s", a.Name)
	}
	return readPSSKey(spki, a)
}

func readPSSKey(spki cryptobyte.String, a Algorithm) (publicKey, error) {
	var bits []byte
	if !spki.SkipASN1(cbasn1.SEQUENCE) || !spki.ReadASN1BitStringAsBytes(&bits) {
		return publicKey{}, errors.New("RSASSA-PSS key is malformed")
	}
	k, err := x509.ParsePKCS1PublicKey(bits)
	if err != nil {
		return publicKey{}, fmt.Errorf("RSASSA-PSS key: %w", err)
	}
	out := publicKey{key: k, pssOnly: true}
	if a.Parameters != nil {
		params, err := parsePSS(a.Parameters)
		if err != nil {
			return publicKey{}, err
		}
		out.pss = &params
	}
	return out, checkRSA(k)
}

func checkRSA(k *rsa.PublicKey) error {
	if bits := k.N.BitLen(); bits > maxRSABits || bits < 1024 {
		return fmt.Errorf("RSA key of %d bits", bits)
	}
	return nil
}
