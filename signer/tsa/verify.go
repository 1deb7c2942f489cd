package tsa

import (
	"bytes"
	"crypto"
	"fmt"
	"strings"
	"time"

	"contractd/signer/cms"
	"contractd/signer/trust"
)

// Verify judges a token over what digest gives. The error is that of digest.
func Verify(token []byte, digest func(crypto.Hash) ([]byte, error), anchors *trust.Anchors, opts Options) (Result, error) {
	parsed, err := Parse(token)
	if err != nil {
		return Result{Findings: []Finding{{Malformed, err.Error()}}}, nil
	}
	if opts.Policy == nil {
		opts.Policy = trust.DefaultPolicy()
	}
	r := Result{Token: parsed, Time: parsed.Time, Accuracy: parsed.Accuracy}
	if err := r.imprint(digest); err != nil {
		return Result{}, err
	}
	r.order(opts)
	if err := r.signature(opts); err != nil {
		return Result{}, err
	}
	r.path(anchors, opts)
	return r, nil
}

func (r *Result) add(code Code, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{code, fmt.Sprintf(format, args...)})
}

func (r *Result) imprint(digest func(crypto.Hash) ([]byte, error)) error {
	algorithm := r.Token.Digest
	if algorithm.Hash == 0 {
		r.add(Unsupported, "imprint with digest %s", algorithm.Name)
		return nil
	}
	want, err := digest(algorithm.Hash)
	if err != nil {
		return fmt.Errorf("hashing timestamped content with %v: %w", algorithm.Hash, err)
	}
	if !bytes.Equal(want, r.Token.Imprint) {
		r.add(WrongImprint, "imprint %x, content has %x", r.Token.Imprint, want)
	}
	return nil
}

// order compares the stated time, give or take its accuracy, with what is known.
func (r *Result) order(opts Options) {
	at := r.Time.Format(time.RFC3339)
	if latest := r.Time.Add(r.Accuracy); !opts.NotBefore.IsZero() && latest.Before(opts.NotBefore) {
		r.add(Order, "time %s lies before %s", at, opts.NotBefore.UTC().Format(time.RFC3339))
	}
	if earliest := r.Time.Add(-r.Accuracy); !opts.NotAfter.IsZero() && earliest.After(opts.NotAfter) {
		r.add(Order, "time %s lies after %s", at, opts.NotAfter.UTC().Format(time.RFC3339))
	}
}

// signature checks the CMS. RFC 3161, 2.4.1 requires the signing-certificate attribute.
func (r *Result) signature(opts Options) error {
	signed := r.Token.CMS
	findings, err := signed.Check(nil, cms.CheckOptions{RequireESS: true, Certificates: opts.Pool})
	if err != nil {
		return err
	}
	r.CMS = findings
	r.Authority = signed.SignerCertificate(opts.Pool...)
	for _, finding := range findings {
		if finding.Code == cms.Unsupported {
			r.add(Unsupported, "%s", finding.Detail)
		} else {
			r.add(BadSignature, "%s: %s", finding.Code, finding.Detail)
		}
	}
	return nil
}

// path judges the authority and the algorithms.
func (r *Result) path(anchors *trust.Anchors, opts Options) {
	at := opts.At
	if at.IsZero() {
		at = r.Time
	}
	for _, finding := range opts.Policy.Digest(r.Token.Digest.Hash, at) {
		r.add(Weak, "imprint: %s", finding.Detail)
	}
	for _, finding := range opts.Policy.SignedData(r.Token.CMS, at) {
		r.add(Weak, "signature: %s", finding.Detail)
	}
	if r.Authority == nil {
		return // The signature's findings say why.
	}
	pool := append(r.Token.CMS.Certificates[:len(r.Token.CMS.Certificates):len(r.Token.CMS.Certificates)], opts.Pool...)
	r.Path = opts.Policy.Path(r.Authority, pool, anchors, at, trust.Timestamp)
	for _, finding := range r.Path.Findings {
		switch finding.Code {
		case trust.WeakDigest, trust.WeakKey:
			r.add(Weak, "%s", finding.Detail)
		case trust.Unsupported:
			r.add(Unsupported, "%s", finding.Detail)
		default:
			r.add(Untrusted, "%s: %s", finding.Code, finding.Detail)
		}
	}
}

// describe puts findings into one line.
func describe(findings []Finding) string {
	var parts []string
	for _, finding := range findings {
		parts = append(parts, fmt.Sprintf("%s (%s)", finding.Code, finding.Detail))
	}
	return strings.Join(parts, "; ")
}
