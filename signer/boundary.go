package signer

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"

	"contractd/signer/cms"
	"contractd/signer/pdf"
	"contractd/workflow"
)

// whiteSpace is that of ISO 32000-2, Table 1.
const whiteSpace = "\x00\t\n\f\r "

// paddingLimit bounds the white space between two revisions.
const paddingLimit = 1 << 20

// boundary finds where the file before ended: stated is what our own dictionary says, 0 without one. A statement
// counts only if it is the end of the revision before, give or take white space.
func boundary(in io.ReaderAt, last *pdf.Revision, stated int64) (int64, error) {
	before := last.Prev
	if stated == 0 {
		return before.End, nil
	}
	padding := stated - before.Marker
	if padding < 0 || padding > paddingLimit {
		return 0, fmt.Errorf("%w: the size before the seal (%d) is no end of a revision", workflow.ErrIntegrity, stated)
	}
	between := make([]byte, padding)
	if _, err := in.ReadAt(between, before.Marker); err != nil && !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("read document: %w", err)
	}
	if len(bytes.Trim(between, whiteSpace)) > 0 {
		return 0, fmt.Errorf("%w: the size before the seal (%d) is no end of a revision", workflow.ErrIntegrity, stated)
	}
	return stated, nil
}

// check proves that the signature is our own and holds.
func (t *top) check(own func(*x509.Certificate) bool) error {
	signed, err := cms.Parse(t.contents)
	if err != nil {
		return fmt.Errorf("%w: the last signature cannot be read: %w", workflow.ErrPolicy, err)
	}
	t.certificate = signed.SignerCertificate()
	if t.certificate == nil || !own(t.certificate) {
		err := fmt.Errorf("%w: the last signature is %s", workflow.ErrPolicy, t.whose())
		return workflow.WithHint(err, "only the last batch of one's own keys can be undone")
	}
	if len(bytes.Trim(t.contents[signed.Length:], "\x00")) > 0 {
		return fmt.Errorf("%w: something stands behind the last signature's CMS", workflow.ErrIntegrity)
	}
	findings, err := signed.Check(t.digest, cms.CheckOptions{})
	if err != nil {
		return fmt.Errorf("check the last signature: %w", err)
	}
	if len(findings) > 0 {
		return fmt.Errorf("%w: %s", workflow.ErrIntegrity, findings[0].Code)
	}
	return nil
}

func (t *top) whose() string {
	if t.certificate == nil {
		return "by an unknown key"
	}
	return fmt.Sprintf("by %q, none of the given keys", t.certificate.Subject.CommonName)
}

func (t *top) digest(h crypto.Hash) ([]byte, error) {
	digest, ok := cms.NewHash(h)
	if !ok {
		return nil, fmt.Errorf("hash document: the digest %s is unknown", cms.DigestName(h))
	}
	for i := 0; i < len(t.ranges); i += 2 {
		part := io.NewSectionReader(t.in, t.ranges[i], t.ranges[i+1])
		if n, err := io.Copy(digest, part); err != nil || n != t.ranges[i+1] {
			return nil, fmt.Errorf("hash document: %w", errors.Join(err, io.ErrUnexpectedEOF))
		}
	}
	return digest.Sum(nil), nil
}
