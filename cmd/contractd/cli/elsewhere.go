package cli

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"contractd/cmd/contractd/config"
	"contractd/signer"
	"contractd/signer/softkey"
	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/workflow"
)

// Recognise implements outbound.Checker: the seals are found from the end of the file backwards, as undo would take them
// off, so that nothing stands above them or between them.
func (b *bench) Recognise(ctx context.Context, sealed workflow.Document) (workflow.Document, []workflow.Batch, error) {
	own, err := b.identities()
	if err != nil {
		return workflow.Document{}, nil, err
	}
	draft, batches, err := b.peel(ctx, sealed)
	if err != nil {
		return workflow.Document{}, nil, err
	}
	verdict, err := verify.Verify(ctx, sealed, verify.Options{
		Roots: b.roots, TSARoots: b.anchor, Intermediates: b.middle, Now: b.now(), Sent: &verify.Sent{Document: draft},
		Theirs: own.expected, Required: own.required, Statements: b.statements(),
	})
	if err != nil {
		return workflow.Document{}, nil, fmt.Errorf("verify its seals: %w", err)
	}
	if verdict.Verdict != workflow.Passed {
		err := fmt.Errorf("our verifier says %s: %s: %w", verdict.Verdict, causeTexts(verdict.AllCauses()), workflow.ErrPolicy)
		return workflow.Document{}, nil, workflow.WithHint(err, "both roles must have sealed it, with certificates below [trust] roots that are [[keys]], [company] certificates or bear [company] name and code")
	}
	return draft, batches, own.complete(batches, verdict.Signatures)
}

// peel takes the signatures off one by one and returns what is below them.
func (b *bench) peel(ctx context.Context, sealed workflow.Document) (workflow.Document, []workflow.Batch, error) {
	var batches []workflow.Batch
	any := func(*x509.Certificate) bool { return true }
	left := sealed
	for {
		undone, err := b.sealer.Undo(ctx, left, left.Size, io.Discard, signer.Batch{Own: any})
		if err != nil && len(batches) > 0 && errors.Is(err, workflow.ErrPolicy) {
			return left, batches, nil
		}
		if err != nil {
			return left, nil, workflow.WithHint(fmt.Errorf("the file must end with our seal: %w", err), "send the file as the client saved it, without anything after its last signature")
		}
		below := workflow.Document{Ref: workflow.Ref{Hash: undone.SHA256, Size: undone.Size}, ReaderAt: io.NewSectionReader(sealed, 0, undone.Size)}
		certificate := undone.Certificate
		batches = slices.Insert(batches, 0, workflow.Batch{
			ID: undone.BatchID, Before: below.Ref, After: left.Ref, Signer: nameOf(certificate), Issuer: issuerOf(certificate),
			Certificate: sha256.Sum256(certificate.Raw), PublicKey: sha256.Sum256(certificate.RawSubjectPublicKeyInfo),
		})
		left = below
	}
}

// identities are who counts as us.
type identities struct {
	expected []workflow.Signer
	required []workflow.Role
	keys     map[workflow.Hash]string // Names of configured keys, by public key.
}

// identities gathers the certificates of the configured keys, as far as they are known without a PIN, those that the
// configuration names, and the company's name with its code.
func (b *bench) identities() (identities, error) {
	own := identities{keys: map[workflow.Hash]string{}, required: []workflow.Role{workflow.RoleOrganization, workflow.RoleEmployee}}
	for _, key := range b.cfg.Keys {
		certificate := b.ring.certificateOf(key)
		if certificate == nil {
			continue
		}
		public := workflow.Hash(sha256.Sum256(certificate.RawSubjectPublicKeyInfo))
		own.keys[public] = key.Name
		own.expected = append(own.expected, workflow.Signer{Role: key.Role, Keys: []workflow.Hash{public}})
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

// complete tells each batch what the verifier found out about its signature.
func (own identities) complete(batches []workflow.Batch, signatures []workflow.Signature) error {
	n := 0
	for _, signature := range signatures {
		if signature.Kind == "timestamp" {
			continue
		}
		if n >= len(batches) || signature.Certificate == nil || signature.Certificate.Fingerprint != batches[n].Certificate {
			return fmt.Errorf("there are signatures that no revision of their own holds: %w", workflow.ErrPolicy)
		}
		batches[n].Role, batches[n].Values = signature.Role, []workflow.Hash{signature.Value}
		batches[n].Key = own.keys[batches[n].PublicKey]
		if batches[n].ID == "" {
			batches[n].ID = signature.Value.Short()
		}
		n++
	}
	if n != len(batches) {
		return fmt.Errorf("%d seals, but %d signatures: %w", len(batches), n, workflow.ErrPolicy)
	}
	return nil
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

// causeTexts says causes in one line, each once.
func causeTexts(causes []workflow.Cause) string {
	var texts []string
	for _, cause := range causes {
		if text := causeText(cause); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "; ")
}
