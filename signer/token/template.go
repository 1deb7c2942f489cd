//go:build cgo && unix

package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"

	"github.com/miekg/pkcs11"
)

func identified(label string, id []byte) []*pkcs11.Attribute {
	return []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, label), pkcs11.NewAttribute(pkcs11.CKA_ID, id),
	}
}

func certificateTemplate(c *x509.Certificate) []*pkcs11.Attribute {
	return []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_CERTIFICATE),
		pkcs11.NewAttribute(pkcs11.CKA_CERTIFICATE_TYPE, pkcs11.CKC_X_509),
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
		pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, false),
		pkcs11.NewAttribute(pkcs11.CKA_SUBJECT, c.RawSubject),
		pkcs11.NewAttribute(pkcs11.CKA_ISSUER, c.RawIssuer),
		pkcs11.NewAttribute(pkcs11.CKA_VALUE, c.Raw),
	}
}

func privateKeyTemplate(key crypto.Signer) ([]*pkcs11.Attribute, error) {
	template := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY),
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
		pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true),
		pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true),
		pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false),
		pkcs11.NewAttribute(pkcs11.CKA_SIGN, true),
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return append(template, rsaAttributes(key)...), nil
	case *ecdsa.PrivateKey:
		more, err := ecdsaAttributes(key)
		return append(template, more...), err
	}
	return nil, fmt.Errorf("%w: import a key of type %T", ErrUnsupported, key)
}

func rsaAttributes(key *rsa.PrivateKey) []*pkcs11.Attribute {
	key.Precompute()
	number := func(kind uint, n *big.Int) *pkcs11.Attribute { return pkcs11.NewAttribute(kind, n.Bytes()) }
	return []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_RSA),
		number(pkcs11.CKA_MODULUS, key.N),
		number(pkcs11.CKA_PUBLIC_EXPONENT, big.NewInt(int64(key.E))),
		number(pkcs11.CKA_PRIVATE_EXPONENT, key.D),
		number(pkcs11.CKA_PRIME_1, key.Primes[0]),
		number(pkcs11.CKA_PRIME_2, key.Primes[1]),
		number(pkcs11.CKA_EXPONENT_1, key.Precomputed.Dp),
		number(pkcs11.CKA_EXPONENT_2, key.Precomputed.Dq),
		number(pkcs11.CKA_COEFFICIENT, key.Precomputed.Qinv),
	}
}

// namedCurves are the parameters of the curves (RFC 5480, 2.1.1.1).
var namedCurves = map[string]asn1.ObjectIdentifier{
	"P-256": {1, 2, 840, 10045, 3, 1, 7}, "P-384": {1, 3, 132, 0, 34}, "P-521": {1, 3, 132, 0, 35},
}

func ecdsaAttributes(key *ecdsa.PrivateKey) ([]*pkcs11.Attribute, error) {
	parameters, err := asn1.Marshal(namedCurves[key.Curve.Params().Name])
	if err != nil {
		return nil, fmt.Errorf("%w: curve %s", ErrUnsupported, key.Curve.Params().Name)
	}
	secret, err := key.Bytes()
	if err != nil {
		return nil, fmt.Errorf("import key: %w", err)
	}
	return []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_EC),
		pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, parameters),
		pkcs11.NewAttribute(pkcs11.CKA_VALUE, secret),
	}, nil
}
