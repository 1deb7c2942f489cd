package trust

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"contractd/signer/cms"
)

const (
	maxAnchorFile = 4 << 20 // Octets of one file; a bundle of all public CAs takes a quarter of a megabyte.
	maxAnchors    = 4096
)

// ErrNoAnchors is wrapped when a source holds no certificate that can be used.
var ErrNoAnchors = errors.New("no usable certificate")

// Anchors are the certificates that are trusted by configuration.
type Anchors struct {
	certificates []*x509.Certificate
	unread       []error
	pool         *x509.CertPool
}

// NewAnchors makes anchors of certificates at hand.
func NewAnchors(certificates ...*x509.Certificate) *Anchors {
	a := &Anchors{pool: x509.NewCertPool()}
	for _, cert := range certificates {
		a.add(cert)
	}
	return a
}

func (a *Anchors) add(cert *x509.Certificate) {
	if a.Contains(cert) {
		return
	}
	a.certificates = append(a.certificates, cert)
	a.pool.AddCert(cert)
}

// Certificates returns the anchors.
func (a *Anchors) Certificates() []*x509.Certificate { return slices.Clone(a.certificates) }

// Unread says which certificates of the sources could not be read and are therefore not trusted.
func (a *Anchors) Unread() []error { return slices.Clone(a.unread) }

// Contains reports whether cert is itself an anchor.
func (a *Anchors) Contains(cert *x509.Certificate) bool {
	return slices.ContainsFunc(a.certificates, cert.Equal)
}

// LoadAnchors reads anchors from PEM or DER files and from folders of them (*.pem, *.crt, *.cer, *.der). A path
// without any usable certificate is an error that wraps ErrNoAnchors; a single unreadable one is kept as Unread.
func LoadAnchors(paths ...string) (*Anchors, error) {
	all := NewAnchors()
	for _, path := range paths {
		one := NewAnchors()
		if err := one.load(path); err != nil {
			return nil, fmt.Errorf("loading trust anchors from %s: %w", path, err)
		}
		if len(one.certificates) == 0 {
			return nil, fmt.Errorf("loading trust anchors from %s: %w", path, noAnchors(one.unread))
		}
		all.merge(one)
	}
	return all, nil
}

func (a *Anchors) load(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return a.loadFile(path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		switch strings.ToLower(filepath.Ext(entry.Name())) {
		case ".pem", ".crt", ".cer", ".der":
			if err := a.loadFile(filepath.Join(path, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *Anchors) loadFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxAnchorFile+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	parsed, err := ParseAnchors(data)
	if errors.Is(err, ErrNoAnchors) {
		a.unread = append(a.unread, fmt.Errorf("%s: %w", filepath.Base(path), err))
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	a.merge(parsed)
	return nil
}

func (a *Anchors) merge(b *Anchors) {
	for _, cert := range b.certificates {
		a.add(cert)
	}
	a.unread = append(a.unread, b.unread...)
}

// ParseAnchors reads every certificate of one PEM text, or one DER certificate. The error wraps ErrNoAnchors when
// there is none.
func ParseAnchors(data []byte) (*Anchors, error) {
	if len(data) > maxAnchorFile {
		return nil, fmt.Errorf("larger than %d octets", maxAnchorFile)
	}
	a := NewAnchors()
	if !bytes.Contains(data, []byte("-----BEGIN ")) {
		a.parse(data)
	}
	for n := 0; ; n++ {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		if n == maxAnchors {
			return nil, fmt.Errorf("more than %d certificates", maxAnchors)
		}
		if block.Type == "CERTIFICATE" {
			a.parse(block.Bytes)
		}
	}
	if len(a.certificates) == 0 {
		return nil, noAnchors(a.unread)
	}
	return a, nil
}

// noAnchors says why there is none, by the first cause.
func noAnchors(unread []error) error {
	if len(unread) == 0 {
		return ErrNoAnchors
	}
	return fmt.Errorf("%w: %w", ErrNoAnchors, unread[0])
}

func (a *Anchors) parse(der []byte) {
	cert, err := cms.ParseCertificate(der)
	if err != nil {
		a.unread = append(a.unread, fmt.Errorf("reading certificate: %w", err))
		return
	}
	a.add(cert)
}
