// Package signtest makes throwaway certificate authorities, timestamp servers and keys for tests and the demo.
//
// Nothing of it may be reached from the program proper. Times are injected; keys are random, everything else is a
// function of the options.
package signtest

import (
	"crypto"
	"crypto/x509"
	"errors"
	"net/http"
	"time"
)

// KeyKind is the kind of a key pair.
type KeyKind string

// The kinds of keys.
const (
	RSA2048 KeyKind = "rsa-2048"
	RSA1024 KeyKind = "rsa-1024" // Too short: verifiers must refuse it.
	P256    KeyKind = "p-256"
	P384    KeyKind = "p-384"
	P521    KeyKind = "p-521"
	Ed25519 KeyKind = "ed25519"
)

// Shape is how a leaf certificate deviates from an ordinary one.
type Shape string

// The shapes of leaf certificates.
const (
	Ordinary    Shape = ""              // digitalSignature and nonRepudiation, no EKU, valid around the CA's Now.
	ChineseEKU  Shape = "chinese-eku"   // Critical EKU clientAuth + emailProtection, as seen in the field: acceptable.
	Expired     Shape = "expired"       // Ended a month before Now.
	NotYetValid Shape = "not-yet-valid" // Begins a month after Now.
	CALeaf      Shape = "ca-leaf"       // Is itself a CA certificate.
	ServerAuth  Shape = "server-auth"   // EKU serverAuth only.
	NoSigning   Shape = "no-signing"    // Key usage keyEncipherment only.
	TimeStamper Shape = "timestamper"   // Critical EKU timeStamping: for a TSA.
)

// CAOptions says how to make a CA; the zero value gives P-256 keys and the present.
type CAOptions struct {
	Name string    // Names the root and the intermediate; default "contractd test".
	Key  KeyKind   // Of root and intermediate.
	Now  time.Time // Certificates are valid around it; zero means the clock.
}

// CA is a root with one intermediate that issues.
type CA struct {
	Root         *x509.Certificate
	Intermediate *x509.Certificate

	rootKey, key crypto.Signer
	now          time.Time
}

// NewCA makes a CA.
func NewCA(o CAOptions) (*CA, error) { return nil, errors.New("signtest: not written yet") }

// Person is whom to issue a certificate to.
type Person struct {
	Organization string // 广州某某科技有限公司
	CreditCode   string // 统一社会信用代码, put into organizationIdentifier and 1.2.156.10260.4.1.4.
	Unit         string
	Name         string // Common name; the organisation's when empty.
	Key          KeyKind
	Shape        Shape
}

// Identity is a key with its certificate and chain.
type Identity struct {
	crypto.Signer
	Certificate *x509.Certificate
	Chain       []*x509.Certificate // Intermediate, then root.
}

// Issue makes a key and a certificate for it.
func (c *CA) Issue(p Person) (*Identity, error) { return nil, errors.New("signtest: not written yet") }

// Organization issues an organisation's certificate under a Chinese company name.
func (c *CA) Organization(key KeyKind) (*Identity, error) { return nil, errors.New("signtest: not written yet") }

// Employee issues an employee's certificate of the same company.
func (c *CA) Employee(key KeyKind) (*Identity, error) { return nil, errors.New("signtest: not written yet") }

// WriteRoot writes the root as a PEM file.
func (c *CA) WriteRoot(file string) error { return errors.New("signtest: not written yet") }

// WritePEM writes key (PKCS#8, not encrypted), certificate and chain to a PEM file of mode 0600.
func (i *Identity) WritePEM(file string) error { return errors.New("signtest: not written yet") }

// WritePKCS12 writes key, certificate and chain to a PKCS#12 file of mode 0600.
func (i *Identity) WritePKCS12(file, pin string) error { return errors.New("signtest: not written yet") }

// Fault is a way in which a TSA fails.
type Fault string

// The faults of a TSA.
const (
	None           Fault = ""
	Down           Fault = "down"            // 503.
	Rejects        Fault = "rejects"         // A proper response with status rejection.
	Garbage        Fault = "garbage"         // 200 with HTML.
	WrongNonce     Fault = "wrong-nonce"     // A good token for another request.
	WrongImprint   Fault = "wrong-imprint"   // A good token over another digest.
	ExpiredSigner  Fault = "expired-signer"  // Its certificate had ended at genTime.
	Slow           Fault = "slow"            // Answers only when the client has gone.
	Oversized      Fault = "oversized"       // Never stops sending.
	NoCertificates Fault = "no-certificates" // Leaves its certificate out.
)

// TSA is a timestamp authority as an http.Handler.
type TSA struct {
	Identity *Identity
}

// NewTSA makes a timestamp authority under ca; now nil means the clock.
func NewTSA(ca *CA, key KeyKind, now func() time.Time) (*TSA, error) {
	return nil, errors.New("signtest: not written yet")
}

// Fail makes it fail in that way from now on; None heals it.
func (t *TSA) Fail(f Fault) {}

// ServeHTTP answers RFC 3161 requests over HTTP.
func (t *TSA) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	http.Error(w, "not written yet", http.StatusNotImplemented)
}
