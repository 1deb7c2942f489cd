//go:build cgo && unix

package token_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emmansun/gmsm/sm2"

	"contractd/signer/signtest"
	"contractd/signer/token"
	"contractd/signer/token/faulty"
	"contractd/signer/token/sm2module"
)

// customary is the identity in Z where nothing else is agreed.
const customary = "1234567812345678"

// vendors make their tokens in each way that there is, with numbers of their own.
var vendors = []sm2module.Token{
	{Mechanism: 0x80000B02, KeyType: 0x80010001, Input: "digest", Signature: "raw"},
	{Mechanism: 0x80060302, KeyType: 0x8000000A, Input: "digest", Signature: "der"},
	{Mechanism: 0xC0000100, KeyType: 0x80000003, Input: "message", Signature: "raw"},
	{Mechanism: 0x80000108, KeyType: 0x80000100, Input: "message", Signature: "der"},
}

// settings are those that a vendor's documentation tells.
func settings(v sm2module.Token) token.SM2 {
	return token.SM2{Mechanism: uint(v.Mechanism), Input: token.SM2Input(v.Input), Signature: token.SM2Signature(v.Signature)}
}

// sm2Module builds the module, and writes the file with the key of its token.
func sm2Module(t *testing.T) (module, file string) {
	t.Helper()
	headers, err := faulty.Headers()
	if err == nil {
		module, err = sm2module.Build(t.TempDir(), headers)
	}
	if errors.Is(err, sm2module.ErrCompiler) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	authority, err := signtest.NewCA(signtest.CAOptions{Key: signtest.SM2})
	if err != nil {
		t.Fatal(err)
	}
	id, err := authority.Organization(signtest.SM2)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "sm2.pem")
	if err := id.WritePEM(file); err != nil {
		t.Fatal(err)
	}
	return module, file
}

// sm2Key opens the token of a vendor and finds its key.
func sm2Key(t *testing.T, module, file string, v sm2module.Token) *token.Key {
	t.Helper()
	v.File = file
	for _, entry := range v.Environment() {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	opened, err := token.Open(t.Context(), token.Config{Module: module, TokenLabel: "国密锁", ObjectLabel: "签名", Sessions: 3,
		Authorize: func(ctx context.Context, try func(context.Context, []byte, bool) error) error {
			return try(ctx, []byte(sm2module.PIN), false)
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
	key, err := opened.Key(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// signSM2 signs as signer/cms does, and has the value verified here, not by the library that made it.
func signSM2(t *testing.T, key *token.Key, uid, message string) error {
	bound, ok := key.WithContext(t.Context()).(interface {
		SignWithSM2(random io.Reader, uid, message []byte) ([]byte, error)
	})
	if !ok {
		return errors.New("the key cannot sign with SM2")
	}
	value, err := bound.SignWithSM2(rand.Reader, []byte(uid), []byte(message))
	if err != nil {
		return err
	}
	public, ok := key.Public().(*ecdsa.PublicKey)
	if !ok || !sm2.VerifyASN1WithSM2(public, []byte(uid), []byte(message), value) {
		return errors.New("the signature is none of the certificate's key")
	}
	return nil
}

// TestSM2Module signs on a token of each vendor: by its mechanism, whoever digests, whatever comes back. No number of a
// type of key is asked for.
func TestSM2Module(t *testing.T) {
	module, file := sm2Module(t)
	for _, v := range vendors {
		t.Run(v.Input+" "+v.Signature, func(t *testing.T) {
			key := sm2Key(t, module, file, v)
			if err := signSM2(t, key, customary, "合同"); !errors.Is(err, token.ErrUnsupported) {
				t.Errorf("before anybody said how: %v", err)
			}
			key.UseSM2(settings(v))
			var group sync.WaitGroup
			for n := range 12 {
				group.Go(func() {
					if err := signSM2(t, key, customary, strings.Repeat("签名属性", n*n)); err != nil {
						t.Errorf("message %d: %v", n, err)
					}
				})
			}
			group.Wait()
			err := signSM2(t, key, "other", "合同")
			if refused := errors.Is(err, token.ErrUnsupported); refused != (v.Input == "message") || !refused && err != nil {
				t.Errorf("another identity: %v", err)
			}
			slots, err := token.Slots(t.Context(), module)
			if err != nil || len(slots) != 1 || !slices.Equal(slots[0].Mechanisms, []uint{uint(v.Mechanism)}) {
				t.Errorf("the token is told as %+v, %v", slots, err)
			}
		})
	}
}

// TestSM2WrongSettings has each token set as each other, and with another's number: nothing is signed wrongly, and the
// error tells the settings apart from a broken token.
func TestSM2WrongSettings(t *testing.T) {
	module, file := sm2Module(t)
	for _, v := range vendors {
		t.Run(v.Input+" "+v.Signature, func(t *testing.T) {
			key := sm2Key(t, module, file, v)
			for _, other := range vendors {
				how := settings(other)
				how.Mechanism = uint(v.Mechanism)
				key.UseSM2(how)
				if err := signSM2(t, key, customary, "合同"); other.Mechanism != v.Mechanism && !errors.Is(err, token.ErrUnsupported) {
					t.Errorf("set to %s and %s: %v", other.Input, other.Signature, err)
				} else if other.Mechanism == v.Mechanism && err != nil {
					t.Error(err)
				}
			}
			how := settings(v)
			how.Mechanism++
			key.UseSM2(how)
			if err := signSM2(t, key, customary, "合同"); !errors.Is(err, token.ErrUnsupported) {
				t.Errorf("a mechanism that it has not: %v", err)
			}
		})
	}
}
