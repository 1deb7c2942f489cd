package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"math/big"
	"testing"
)

func TestPINState(t *testing.T) {
	tests := []struct {
		flags  uint
		anyway bool
		want   error
	}{
		{flagPINInitialized, false, nil},
		{flagPINInitialized | flagPINCountLow, false, ErrPINCountLow},
		{flagPINInitialized | flagPINCountLow, true, nil},
		{flagPINInitialized | flagPINCountLow | flagPINFinalTry, false, ErrPINFinalTry},
		{flagPINInitialized | flagPINFinalTry, true, ErrPINFinalTry},
		{flagPINInitialized | flagPINFinalTry | flagPINLocked, true, ErrPINLocked},
		{0, true, ErrLogin},
	}
	for _, test := range tests {
		if err := pinState(test.flags).mayTry(test.anyway); !errors.Is(err, test.want) {
			t.Errorf("flags %#x: %v, want %v", test.flags, err, test.want)
		}
	}
}

// TestPlanIsWhatGoSigns signs the planned input with the raw operations of a file key.
func TestPlanIsWhatGoSigns(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		h := hash.New()
		h.Write([]byte("合同"))
		digest := h.Sum(nil)
		how, err := planFor(key.Public(), digest, hash)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := rsa.SignPKCS1v15(nil, key, 0, how.input) // Hash 0: the input is padded as it is, as CKM_RSA_PKCS does.
		if err != nil {
			t.Fatal(err)
		}
		if err := verify(key.Public(), digest, raw, hash); err != nil {
			t.Errorf("%v: %v", hash, err)
		}
		raw[10] ^= 1
		if err := verify(key.Public(), digest, raw, hash); err == nil {
			t.Errorf("%v: a broken signature was accepted", hash)
		}
	}
	if _, err := planFor(key.Public(), make([]byte, 20), crypto.SHA1); !errors.Is(err, ErrUnsupported) {
		t.Errorf("SHA-1: %v", err)
	}
}

func TestSaltLength(t *testing.T) {
	public := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 65537}
	for salt, want := range map[int]int{rsa.PSSSaltLengthAuto: 222, rsa.PSSSaltLengthEqualsHash: 32, 20: 20} {
		if got := saltLength(public, &rsa.PSSOptions{SaltLength: salt}, crypto.SHA256); got != want {
			t.Errorf("salt %d: %d, want %d", salt, got, want)
		}
	}
}

func TestECDSAIsDER(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("合同"))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	raw := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	der, err := ecdsaDER(raw)
	if err != nil || !ecdsa.VerifyASN1(&key.PublicKey, digest[:], der) {
		t.Errorf("%x: %v", der, err)
	}
	if _, err := ecdsaDER(raw[:33]); err == nil {
		t.Error("an odd number of octets was accepted")
	}
}
