package signtest

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	"golang.org/x/crypto/ocsp"
)

// Revocation is one certificate that its CA no longer stands for.
type Revocation struct {
	At     time.Time
	Reason int // RFC 5280, 5.3.1.
}

// Register is what a CA knows about revocations, with the lists and answers that it signs about them.
type Register struct {
	ca  *CA
	Now func() time.Time

	mu      sync.Mutex // guards what follows
	revoked map[string]Revocation
	number  int64
	asked   map[string]int
}

// Register opens the register of a CA.
func (c *CA) Register() *Register {
	return &Register{ca: c, Now: func() time.Time { return c.now }, revoked: map[string]Revocation{}, asked: map[string]int{}}
}

// Revoke adds a certificate.
func (r *Register) Revoke(cert *x509.Certificate, revocation Revocation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.revoked[cert.SerialNumber.String()] = revocation
}

// Asked returns how often a path was asked for.
func (r *Register) Asked(path string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked[path]
}

// ListOptions bend a CRL; the zero value makes an honest one.
type ListOptions struct {
	This, Next time.Time // Zero: now, and a week later.
	Root       bool      // Issued by the root, about the intermediate.
	Forged     bool      // Signed by another key under the issuer's name.
	Extensions []pkix.Extension
}

// CRL signs a list of what is revoked.
func (r *Register) CRL(o ListOptions) ([]byte, error) {
	if o.This.IsZero() {
		o.This = r.Now()
	}
	if o.Next.IsZero() {
		o.Next = o.This.Add(7 * day)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.number++
	template := &x509.RevocationList{Number: big.NewInt(r.number), ThisUpdate: o.This, NextUpdate: o.Next, ExtraExtensions: o.Extensions}
	for serial, revocation := range r.revoked {
		number, _ := new(big.Int).SetString(serial, 10) // It was written by String.
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: number, RevocationTime: revocation.At, ReasonCode: revocation.Reason,
		})
	}
	issuer, key := r.ca.Intermediate, r.ca.key
	if o.Root {
		issuer, key = r.ca.Root, r.ca.rootKey
	}
	return r.signList(template, issuer, key, o.Forged)
}

func (r *Register) signList(template *x509.RevocationList, issuer *x509.Certificate, key crypto.Signer, forged bool) ([]byte, error) {
	if forged {
		other, err := NewKey(P256)
		if err != nil {
			return nil, err
		}
		pretended := *issuer
		pretended.PublicKey, pretended.PublicKeyAlgorithm = other.Public(), x509.ECDSA
		issuer, key = &pretended, other
	}
	create := x509.CreateRevocationList
	if _, national := key.(*sm2.PrivateKey); national {
		create = func(rand io.Reader, template *x509.RevocationList, issuer *x509.Certificate, key crypto.Signer) ([]byte, error) {
			return smx509.CreateRevocationList(rand, template, (*smx509.Certificate)(issuer), key)
		}
	}
	der, err := create(rand.Reader, template, issuer, key)
	if err != nil {
		return nil, fmt.Errorf("signing CRL: %w", err)
	}
	return der, nil
}

// AnswerOptions bend an OCSP response; the zero value makes an honest one, signed by the issuer itself.
type AnswerOptions struct {
	This, Next time.Time     // Zero: now, and a day later.
	Delegate   ResponderKind // Who signs.
	Issuer     *x509.Certificate
	Unknown    bool // "I do not know this certificate."
	SM3        bool // By an SM2 authority: the certificate is named by SM3 digests.
}

// ResponderKind is who signs an OCSP response.
type ResponderKind string

// The kinds of responders.
const (
	IssuerItself     ResponderKind = ""
	Delegated        ResponderKind = "delegated"  // With OCSPSigning and no-check, appointed by the issuer.
	DelegatedNoEKU   ResponderKind = "no-eku"     // Issued by the issuer, but for signing documents.
	DelegatedChecked ResponderKind = "no-nocheck" // With OCSPSigning, without no-check.
	DelegatedForeign ResponderKind = "foreign"    // With OCSPSigning, by another CA of the same name.
)

// OCSP signs an answer about a certificate.
func (r *Register) OCSP(cert *x509.Certificate, o AnswerOptions) ([]byte, error) {
	if o.This.IsZero() {
		o.This = r.Now()
	}
	if o.Next.IsZero() {
		o.Next = o.This.Add(day)
	}
	template := ocsp.Response{Status: ocsp.Good, SerialNumber: cert.SerialNumber, ThisUpdate: o.This, NextUpdate: o.Next, IssuerHash: crypto.SHA1}
	r.mu.Lock()
	if revocation, ok := r.revoked[cert.SerialNumber.String()]; ok {
		template.Status, template.RevokedAt, template.RevocationReason = ocsp.Revoked, revocation.At, revocation.Reason
	}
	r.mu.Unlock()
	if o.Unknown {
		template.Status = ocsp.Unknown
	}
	issuer := r.ca.Intermediate
	if o.Issuer != nil {
		issuer = o.Issuer
	}
	responder, key, err := r.responder(o.Delegate)
	if err != nil {
		return nil, err
	}
	if o.Delegate != IssuerItself {
		template.Certificate = responder
	}
	if national, ok := key.(*sm2.PrivateKey); ok {
		return sm2Answer(issuer, responder, national, template, o.SM3)
	}
	der, err := ocsp.CreateResponse(issuer, responder, template, key)
	if err != nil {
		return nil, fmt.Errorf("signing OCSP response: %w", err)
	}
	return der, nil
}

var (
	oidOCSPSigning = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 9}
	oidNoCheck     = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}
)

// responder makes who signs answers.
func (r *Register) responder(kind ResponderKind) (*x509.Certificate, crypto.Signer, error) {
	ca := r.ca
	if kind == IssuerItself {
		return ca.Intermediate, ca.key, nil
	}
	if kind == DelegatedForeign {
		other, err := NewCA(CAOptions{Name: ca.name, Now: ca.now, Key: kindOf(ca.key)})
		if err != nil {
			return nil, nil, err
		}
		ca = other
	}
	key, err := NewKey(kindOf(ca.key))
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: ca.name + " OCSP"}, NotBefore: ca.now.Add(-year), NotAfter: ca.now.Add(year),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if kind != DelegatedNoEKU {
		if err := keyUsage(template, false, oidOCSPSigning); err != nil {
			return nil, nil, err
		}
	}
	if kind != DelegatedChecked {
		template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{Id: oidNoCheck, Value: []byte{5, 0}})
	}
	cert, err := ca.certify(template, key.Public(), ca.Intermediate, ca.key)
	return cert, key, err
}

// kindOf says with which kind of key an authority's responders sign.
func kindOf(key crypto.Signer) KeyKind {
	if _, national := key.(*sm2.PrivateKey); national {
		return SM2
	}
	return P256
}

// The paths under which a register answers.
const (
	PathOCSP   = "/ocsp"
	PathCRL    = "/issuing.crl"
	PathRoot   = "/root.crl"
	PathIssuer = "/issuing.cer"
)

// ServeHTTP answers as the CA's public addresses do.
func (r *Register) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	r.asked[request.URL.Path]++
	r.mu.Unlock()
	body, err := r.body(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Write(body) // A caller who is gone asks again.
}

func (r *Register) body(request *http.Request) ([]byte, error) {
	switch request.URL.Path {
	case PathCRL:
		return r.CRL(ListOptions{})
	case PathRoot:
		return r.CRL(ListOptions{Root: true})
	case PathIssuer:
		return r.ca.Intermediate.Raw, nil
	case PathOCSP:
		asked, err := io.ReadAll(io.LimitReader(request.Body, 1<<16))
		if err != nil {
			return nil, err
		}
		parsed, err := ocsp.ParseRequest(asked)
		if err != nil {
			return nil, err
		}
		return r.OCSP(&x509.Certificate{SerialNumber: parsed.SerialNumber}, AnswerOptions{Delegate: Delegated})
	}
	return nil, fmt.Errorf("nothing at %s", request.URL.Path)
}

// publish writes the CA's addresses into a certificate's template.
func (c *CA) publish(template *x509.Certificate, byRoot bool) {
	if c.base == "" {
		return
	}
	base := strings.TrimSuffix(c.base, "/")
	if byRoot {
		template.CRLDistributionPoints = []string{base + PathRoot}
		return
	}
	template.CRLDistributionPoints = []string{base + PathCRL}
	template.OCSPServer = []string{base + PathOCSP}
	template.IssuingCertificateURL = []string{base + PathIssuer}
}
