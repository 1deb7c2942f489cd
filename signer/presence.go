package signer

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"fmt"

	"contractd/signer/cms"
	"contractd/workflow"
)

// Prove has a key sign a challenge, which cms.Sign checks with the certificate: whoever takes a seal back must hold the key
// that made it, not only know its certificate. The signature is over a digest of random bytes under words of our own,
// so that it is good for nothing else, and is thrown away. An error wraps workflow.ErrKeyMissing when this is another key;
// others come from the key, or say that what it gave is no signature of the certificate's.
func Prove(ctx context.Context, key crypto.Signer, certificate *x509.Certificate) error {
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(certificate.PublicKey) {
		return fmt.Errorf("prove that the key of %q is present: this is another key: %w", certificate.Subject.CommonName, workflow.ErrKeyMissing)
	}
	var random [32]byte
	rand.Read(random[:]) // Never fails since Go 1.24.
	hash := crypto.SHA256
	if cms.IsSM2(certificate) {
		hash = cms.SM3
	}
	digest, ok := cms.NewHash(hash)
	if !ok {
		return fmt.Errorf("prove that a key is present: the digest %s is unknown", cms.DigestName(hash))
	}
	fmt.Fprintf(digest, "contractd: a proof that this key is present, which signs no document\x00%x", random) // A hash never fails.
	_, err := cms.Sign(ctx, cms.Request{
		Key: record(ctx, key), Certificate: certificate, Hash: hash, Profile: cms.CAdES, Digest: digest.Sum(nil),
	})
	if err != nil {
		return fmt.Errorf("prove that the key is present: %w", err)
	}
	return nil
}
