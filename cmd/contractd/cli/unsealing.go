package cli

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"io"

	"contractd/signer"
	"contractd/workflow"
)

// Unseal implements decide.Unsealer.
func (b *bench) Unseal(ctx context.Context, batch workflow.Batch, sealed workflow.Document) (string, workflow.Ref, error) {
	name, held, err := b.keyOf(ctx, batch)
	if err != nil {
		return "", workflow.Ref{}, err
	}
	if err := signer.Prove(ctx, held.signer, held.certificate); err != nil {
		b.ring.forget(name)
		return "", workflow.Ref{}, tokenError(err)
	}
	own := func(c *x509.Certificate) bool { return sha256.Sum256(c.RawSubjectPublicKeyInfo) == batch.PublicKey }
	undone, err := b.sealer.Undo(ctx, sealed, sealed.Size, io.Discard, signer.Batch{Own: own, To: batch.Before.Size})
	if err != nil {
		return "", workflow.Ref{}, err
	}
	id := undone.BatchID
	if id == "" { // Of another program, which names none.
		id = batch.ID
	}
	return id, workflow.Ref{Hash: undone.SHA256, Size: undone.Size}, nil
}

// keyOf opens the key that made a batch. A seal of another program may be of a key that is not configured here.
func (b *bench) keyOf(ctx context.Context, batch workflow.Batch) (string, *heldKey, error) {
	for _, key := range b.cfg.Keys {
		if key.Name != batch.Key {
			continue
		}
		held, err := b.ring.key(ctx, key.Name)
		if err != nil {
			return "", nil, err
		}
		if sha256.Sum256(held.certificate.RawSubjectPublicKeyInfo) == batch.PublicKey {
			return key.Name, held, nil
		}
	}
	return "", nil, fmt.Errorf("the key of %q that made the seal is none of [[keys]]: %w", batch.Signer, workflow.ErrKeyMissing)
}
