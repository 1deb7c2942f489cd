package signtest

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"

	"contractd/signer/cms"
)

// CAOptions says how to make a CA; the zero value gives P-256 keys and the present.
type CAOptions struct {
	Name string    // Names the root and the intermediate; default "contractd test".
	Key  KeyKind   // Of root and intermediate.
	PSS  bool      // RSA only: certificates are signed with RSASSA-PSS.
	Now  time.Time // Certificates are valid around it; zero means the clock.
	Base string    // Address where a Register answers, written into certificates; empty for none.
}

// CA is a root with one intermediate that issues.
type CA struct {
	Root         *x509.Certificate
	Intermediate *x509.Certificate

	key     crypto.Signer // Of the intermediate.
	rootKey crypto.Signer
	now     time.Time
	pss     bool
	name    string
	base    string
}

const (
	day  = 24 * time.Hour
	year = 365 * day
)

// NewCA makes a CA.
func NewCA(o CAOptions) (*CA, error) {
	if o.Name == "" {
		o.Name = "contractd test"
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	c := &CA{now: o.Now.UTC().Truncate(time.Second), pss: o.PSS, name: o.Name, base: o.Base}
	root, err := c.authority(o.Name+" root", o.Key, nil)
	if err != nil {
		return nil, fmt.Errorf("making root %q: %w", o.Name, err)
	}
	issuer, err := c.authority(o.Name+" issuing CA", o.Key, root)
	if err != nil {
		return nil, fmt.Errorf("making issuing CA %q: %w", o.Name, err)
	}
	c.Root, c.Intermediate, c.key, c.rootKey = root.Certificate, issuer.Certificate, issuer.Signer, root.Signer
	return c, nil
}

// authority makes a CA certificate; without a parent it signs itself.
func (c *CA) authority(name string, kind KeyKind, parent *Identity) (*Identity, error) {
	key, err := NewKey(kind)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{Country: []string{"CN"}, Organization: []string{"contractd"}, CommonName: name},
		NotBefore:             c.now.Add(-5 * year),
		NotAfter:              c.now.Add(15 * year),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	if parent == nil {
		parent = &Identity{Signer: key, Certificate: template}
	} else {
		c.publish(template, true)
	}
	cert, err := c.certify(template, key.Public(), parent.Certificate, parent.Signer)
	return &Identity{Signer: key, Certificate: cert}, err
}

// certify signs a template.
func (c *CA) certify(template *x509.Certificate, public crypto.PublicKey, parent *x509.Certificate, key crypto.Signer) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial.Add(serial, big.NewInt(1))
	spki, err := smx509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(spki)
	template.SubjectKeyId = id[:20]
	if c.pss {
		template.SignatureAlgorithm = x509.SHA256WithRSAPSS
	}
	create := x509.CreateCertificate
	if _, national := key.(*sm2.PrivateKey); national || sm2.IsSM2PublicKey(public) {
		create = func(rand io.Reader, template, parent *x509.Certificate, pub, priv any) ([]byte, error) {
			return smx509.CreateCertificate(rand, template, parent, pub, priv)
		}
	}
	der, err := create(rand.Reader, template, parent, public, key)
	if err != nil {
		return nil, err
	}
	return cms.ParseCertificate(der)
}

// Issue makes a key and a certificate for it.
func (c *CA) Issue(p Person) (*Identity, error) {
	key, err := NewKey(p.Key)
	if err != nil {
		return nil, fmt.Errorf("making key of %q: %w", p.Name, err)
	}
	cert, err := c.IssueFor(key.Public(), p)
	if err != nil {
		return nil, err
	}
	return &Identity{Signer: key, Certificate: cert, Chain: c.Chain()}, nil
}

// IssueFor makes a certificate for a key that exists already, such as one on a token.
func (c *CA) IssueFor(public crypto.PublicKey, p Person) (*x509.Certificate, error) {
	template, err := p.template(c.now)
	if err != nil {
		return nil, fmt.Errorf("describing %q: %w", p.Name, err)
	}
	c.publish(template, false)
	cert, err := c.certify(template, public, c.Intermediate, c.key)
	if err != nil {
		return nil, fmt.Errorf("issuing certificate of %q: %w", p.Name, err)
	}
	return cert, nil
}

// Chain returns the intermediate and the root.
func (c *CA) Chain() []*x509.Certificate { return []*x509.Certificate{c.Intermediate, c.Root} }

// WriteRoot writes the root as a PEM file.
func (c *CA) WriteRoot(file string) error { return WriteCertificates(file, c.Root) }
