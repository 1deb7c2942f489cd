package token

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"

	"github.com/emmansun/gmsm/sm2"
)

// vendor is a token's mechanism for SM2, of every mind: it signs what it is given.
func vendor(t *testing.T, key *sm2.PrivateKey, how SM2, input []byte) []byte {
	t.Helper()
	digest := input
	if how.Input == SM2Message {
		var err error
		if digest, err = sm2.CalculateSM2Hash(&key.PublicKey, input, []byte(customaryID)); err != nil {
			t.Fatal(err)
		}
	}
	value, err := key.Sign(rand.Reader, digest, nil)
	if err != nil {
		t.Fatal(err)
	}
	if how.Signature == SM2DER {
		return value
	}
	var parts struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(value, &parts); err != nil {
		t.Fatal(err)
	}
	return append(parts.R.FillBytes(make([]byte, 32)), parts.S.FillBytes(make([]byte, 32))...)
}

// TestSM2 signs as each kind of vendor's mechanism does, and notices settings that are not the token's.
func TestSM2(t *testing.T) {
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	message, uid := []byte("签名属性"), []byte(customaryID)
	kinds := []SM2{{1, SM2Digest, SM2Raw}, {1, SM2Digest, SM2DER}, {1, SM2Message, SM2Raw}, {1, SM2Message, SM2DER}}
	for _, set := range kinds {
		input, err := set.input(&key.PublicKey, uid, message)
		if err != nil {
			t.Fatal(err)
		}
		for _, real := range kinds {
			value, err := set.signature(&key.PublicKey, uid, message, vendor(t, key, real, input))
			switch {
			case set == real && (err != nil || !sm2.VerifyASN1WithSM2(&key.PublicKey, uid, message, value)):
				t.Errorf("%+v: %v", set, err)
			case set != real && !errors.Is(err, ErrUnsupported):
				t.Errorf("set %+v, the token is %+v: %v", set, real, err)
			}
		}
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kinds[0].input(&other.PublicKey, uid, message); !errors.Is(err, ErrUnsupported) {
		t.Errorf("P-256: %v", err)
	}
	if _, err := kinds[2].input(&key.PublicKey, []byte("other"), message); !errors.Is(err, ErrUnsupported) {
		t.Errorf("another identity: %v", err)
	}
}
