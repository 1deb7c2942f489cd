package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"contractd/cmd/contractd/config"
	"contractd/signer/softkey"
	"contractd/signer/token"
	"contractd/signer/trust"
	"contractd/workflow"
)

// identities are who counts as us.
type identities struct {
	expected []workflow.Signer
	required []workflow.Role
	keys     map[workflow.Hash]string // Names of configured keys, by public key.
}

// identities gathers the configured keys, as far as they are known without a PIN, the certificates that the configuration
// names, and the company's name with its code.
func (b *bench) identities(ctx context.Context) (identities, error) {
	own := identities{keys: map[workflow.Hash]string{}, required: []workflow.Role{workflow.RoleOrganization, workflow.RoleEmployee}}
	for _, key := range b.cfg.Keys {
		publics, err := b.publicKeysOf(ctx, key)
		if err != nil {
			return own, fmt.Errorf("look up the certificate of key %q: %w", key.Name, err)
		}
		for _, public := range publics {
			own.keys[public] = key.Name
		}
		own.expected = append(own.expected, workflow.Signer{Role: key.Role, Keys: publics})
	}
	named, err := loadIntermediates(b.cfg.Company.Certificates)
	if err != nil {
		return own, fmt.Errorf("load [company] certificates: %w", err)
	}
	for _, certificate := range named {
		role := workflow.RoleOrganization
		if who := trust.Identity(certificate); who.CommonName != who.Organization {
			role = workflow.RoleEmployee
		}
		own.expected = append(own.expected, workflow.Signer{Role: role, Keys: []workflow.Hash{sha256.Sum256(certificate.RawSubjectPublicKeyInfo)}})
	}
	if company := b.cfg.Company; company.Code != "" {
		for _, role := range own.required {
			own.expected = append(own.expected, workflow.Signer{Role: role, Organization: company.Name, Code: company.Code})
		}
	}
	return own, nil
}

// publicKeysOf returns what is known of a key without its PIN: the certificate of its file or of the configuration, what its token
// shows to everybody, else that of its latest seal in the store.
func (b *bench) publicKeysOf(ctx context.Context, key config.Key) ([]workflow.Hash, error) {
	var shown []*x509.Certificate
	if known := b.ring.certificateOf(key); known != nil {
		shown = append(shown, known)
	} else if key.Kind == config.KindPKCS11 {
		objects, err := shownBy(ctx, key)
		if ctx.Err() != nil {
			return nil, err
		}
		if err != nil { // The token may be in another machine; that is what sealing elsewhere is for.
			b.log.Debug("token not read", "key", key.Name, "cause", err)
		}
		shown = certificatesFor(key, objects)
	}
	var publics []workflow.Hash
	for _, certificate := range shown {
		if fitsRole(certificate, key.Role) == nil {
			publics = append(publics, sha256.Sum256(certificate.RawSubjectPublicKeyInfo))
		}
	}
	if len(publics) > 0 {
		return publics, nil
	}
	return b.lastUsed(ctx, key)
}

// shownBy lists the certificates that a token shows without a login.
func shownBy(ctx context.Context, key config.Key) ([]token.Object, error) {
	wanted := tokenConfig(key)
	wanted.Sessions = 1
	opened, err := token.Open(ctx, wanted)
	if err != nil {
		return nil, err
	}
	objects, err := opened.Certificates(ctx)
	return objects, errors.Join(err, opened.Close())
}

// certificatesFor picks those that may belong to a key: by label and id, and of nobody who issues certificates.
func certificatesFor(key config.Key, objects []token.Object) (all []*x509.Certificate) {
	for _, object := range objects {
		labelled := key.Object == "" || key.Object == object.Label
		identified := len(key.ID) == 0 || bytes.Equal(key.ID, object.ID)
		if labelled && identified && object.Certificate != nil && !object.Certificate.IsCA {
			all = append(all, object.Certificate)
		}
	}
	return all
}

// recentContracts bounds how far back the last seal of a key is looked for.
const recentContracts = 1000

// lastUsed returns the public key with which a key sealed last, by the store; none where it never did.
func (b *bench) lastUsed(ctx context.Context, key config.Key) ([]workflow.Hash, error) {
	recent, err := b.contracts(ctx, workflow.ContractFilter{Limit: recentContracts})
	if err != nil {
		return nil, err
	}
	for _, contract := range recent {
		for _, batch := range contract.Batches {
			if batch.Key == key.Name && batch.Role == key.Role {
				return []workflow.Hash{batch.PublicKey}, nil
			}
		}
	}
	return nil, nil
}

// certificateOf returns the certificate of a key where it is known without logging in; nil where it is not.
func (k *keyring) certificateOf(key config.Key) *x509.Certificate {
	k.mu.Lock()
	held := k.open[key.Name]
	k.mu.Unlock()
	if held != nil {
		return held.certificate
	}
	if key.Certificate != "" {
		if named, err := trust.LoadAnchors(key.Certificate); err == nil {
			return named.Certificates()[0]
		}
	}
	if strings.ToLower(filepath.Ext(key.File)) == ".pem" {
		if opened, err := softkey.Open(key.File, ""); err == nil {
			return opened.Certificate
		}
	}
	return nil
}
