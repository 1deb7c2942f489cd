package realserver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"path/filepath"
	"time"
)

// trust is the throwaway certificate of a server.
type trust struct{ pem []byte }

// CertificatePEM returns the server's throwaway certificate, for configuration files.
func (c trust) CertificatePEM() []byte { return c.pem }

// TLS returns a configuration that trusts the server.
func (c trust) TLS() *tls.Config {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(c.pem)
	return &tls.Config{RootCAs: pool}
}

// certify writes cert.pem and key.pem into a folder.
func certify(dir string) (trust, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return trust{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: filepath.Base(dir)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return trust{}, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return trust{}, err
	}
	c := trust{pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
	return c, errors.Join(
		write(dir, "cert.pem", string(c.pem), 0o644),
		write(dir, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})), 0o600),
	)
}
