package signer

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"contractd/signer/cms"
	"contractd/signer/tsa"
	"contractd/workflow"
)

// dateFormat is how a time is shown below a seal: with its zone, so that it can be compared.
const dateFormat = "2006-01-02 15:04:05 -07:00"

// Describe returns the usual lines of text below a seal: 签章人, 时间, 原因. Empty values are left out.
func Describe(name string, at time.Time, reason string) []string {
	var lines []string
	if name != "" {
		lines = append(lines, "签章人："+name)
	}
	if !at.IsZero() {
		lines = append(lines, "时间："+at.Format(dateFormat))
	}
	if reason != "" {
		lines = append(lines, "原因："+reason)
	}
	return lines
}

// completed checks what can be checked without the document and fills the defaults.
func (r Request) completed(now time.Time) (Request, error) {
	if r.Key == nil || r.Certificate == nil {
		return r, fmt.Errorf("%w: a key and its certificate are needed", workflow.ErrUsage)
	}
	r.Profile = fallback(r.Profile, cms.PKCS7)
	r.Name = fallback(r.Name, r.Certificate.Subject.CommonName)
	if r.Time.IsZero() {
		r.Time = now
	}
	if r.TimestampSize <= 0 {
		r.TimestampSize = tsa.Size(nil)
	}
	if r.BatchID == "" {
		var id [16]byte
		if _, err := rand.Read(id[:]); err != nil {
			return r, fmt.Errorf("name the batch: %w", err)
		}
		r.BatchID = hex.EncodeToString(id[:])
	}
	if len(r.Seals) == 0 {
		return r, fmt.Errorf("%w: no seal to place", workflow.ErrUsage)
	}
	seals := make([]Seal, len(r.Seals))
	for i, seal := range r.Seals {
		var err error
		if seals[i], err = seal.completed(); err != nil {
			return r, err
		}
	}
	r.Seals = seals
	if err := r.national(); err != nil {
		return r, err
	}
	if err := r.checkPromises(); err != nil {
		return r, err
	}
	return r, r.checkCertificate(now)
}

func fallback[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// Check refuses a seal that no document could take.
func (s Seal) Check() error {
	_, err := s.completed()
	return err
}

// completed checks one seal, whatever the document, and fills its defaults.
func (s Seal) completed() (Seal, error) {
	s.Kind = fallback(s.Kind, Ordinary)
	s.Size = fallback(s.Size, DefaultSize)
	if s.Pages == "" && s.Kind == Ordinary {
		s.Pages = FirstPage
	}
	s.Pages = fallback(s.Pages, AllPages)
	if err := s.Pages.Check(); err != nil {
		return s, err
	}
	switch s.Kind {
	case Invisible:
		return s, nil
	case Ordinary, MultiPage:
	case Riding:
		var err error
		if s, err = s.checkRiding(); err != nil {
			return s, err
		}
	default:
		return s, fmt.Errorf("%w: unknown kind of seal %q", workflow.ErrUsage, s.Kind)
	}
	if s.Image == nil && len(s.Lines) == 0 {
		return s, fmt.Errorf("%w: a seal needs a picture or a text", workflow.ErrUsage)
	}
	if !(s.Size > 0) { // Not "<= 0": that would let NaN pass.
		return s, fmt.Errorf("%w: a seal of %v mm", workflow.ErrUsage, s.Size)
	}
	return s, nil
}

// checkCertificate refuses what verifiers will refuse, unless the caller insists.
func (r Request) checkCertificate(now time.Time) error {
	if r.Force {
		return nil
	}
	c, fault := r.Certificate, ""
	const signing = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	switch {
	case now.After(c.NotAfter):
		fault = "expired on " + c.NotAfter.Format(time.DateOnly)
	case now.Before(c.NotBefore):
		fault = "is valid only from " + c.NotBefore.Format(time.DateOnly)
	case c.KeyUsage != 0 && c.KeyUsage&signing == 0:
		fault = "is not made for signing (key usage)"
	case weak(c.PublicKey):
		fault = fmt.Sprintf("has an RSA key of less than %d bits", leastRSA)
	default:
		return nil
	}
	err := fmt.Errorf("%w: the certificate of %q %s", workflow.ErrPolicy, c.Subject.CommonName, fault)
	return workflow.WithHint(err, "choose another certificate, or insist with --force: verifiers will not accept the signature")
}

// leastRSA is what ETSI TS 119 312, 8.4 asks of RSA keys.
const leastRSA = 2048

func weak(public crypto.PublicKey) bool {
	key, ok := public.(*rsa.PublicKey)
	return ok && key.N.BitLen() < leastRSA
}

// message is the CMS request but for the digest.
func (r Request) message(key crypto.Signer) cms.Request {
	m := cms.Request{
		Key: key, Certificate: r.Certificate, Chain: r.Chain, Hash: r.Hash, Profile: r.Profile, PSS: r.PSS,
		Timestamp: r.Timestamp,
	}
	if r.Profile == cms.PKCS7 {
		m.SigningTime = r.Time
	}
	return m
}

// recorder keeps the last signature value, which is what others later recognise the signature by.
type recorder struct {
	crypto.Signer
	value []byte
}

// record binds the key to ctx if it can be bound, as keys on tokens can.
func record(ctx context.Context, key crypto.Signer) *recorder {
	if bound, ok := key.(interface {
		WithContext(context.Context) crypto.Signer
	}); ok {
		key = bound.WithContext(ctx)
	}
	return &recorder{Signer: key}
}

// Sign implements crypto.Signer.
func (r *recorder) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) (value []byte, err error) {
	r.value, err = r.Signer.Sign(random, digest, opts)
	return r.value, err
}

// pdfDate is the form of ISO 32000-2, 7.9.4, with the closing apostrophe that older readers want.
func pdfDate(t time.Time) string {
	zone := t.Format("-0700")
	return "D:" + t.Format("20060102150405") + zone[:3] + "'" + zone[3:] + "'"
}
