package workflow

import (
	"fmt"
	"time"
)

// APIKeyID is the public part of an API key.
type APIKeyID string

// APIKey lets a program act. The secret itself is shown once, when the key is added, and is kept nowhere.
type APIKey struct {
	Schema    int          `json:"schema"`
	Revision  uint64       `json:"revision"`
	ID        APIKeyID     `json:"id"`
	Name      string       `json:"name"`                // As it stands in the journal, such as "erp".
	Secret    Hash         `json:"secret"`              // SHA-256 of the secret: 256 random bits need no slow hash.
	Rights    []Right      `json:"rights"`              // Its scope: what it may do …
	Suppliers []SupplierID `json:"suppliers,omitempty"` // … and with whose contracts; none means everybody's.
	Created   time.Time    `json:"created"`
	CreatedBy string       `json:"created_by"`
	Expires   time.Time    `json:"expires,omitzero"` // Zero means never.
	Revoked   time.Time    `json:"revoked,omitzero"`
	RevokedBy string       `json:"revoked_by,omitempty"`
}

// Actor returns whom the key lets act, or an error wrapping ErrRight for a key that is revoked or has expired.
func (k APIKey) Actor(now time.Time) (Actor, error) {
	switch {
	case !k.Revoked.IsZero():
		return Actor{}, fmt.Errorf("API key %s was revoked: %w", k.ID, ErrRight)
	case !k.Expires.IsZero() && !now.Before(k.Expires):
		return Actor{}, fmt.Errorf("API key %s has expired: %w", k.ID, ErrRight)
	}
	return Actor{Name: k.Name, Kind: KindProgram, Rights: k.Rights, Suppliers: k.Suppliers}, nil
}
