package trust_test

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"contractd/signer/signtest"
	"contractd/signer/trust"
)

// chainOf makes root, intermediate and leaf from templates bent by the test.
func chainOf(t *testing.T, bend func(root, middle, leaf *x509.Certificate)) (root, middle, leaf *x509.Certificate) {
	t.Helper()
	templates := make([]*x509.Certificate, 3)
	keys := make([]crypto.Signer, 3)
	for i := range templates {
		templates[i] = &x509.Certificate{
			SerialNumber: big.NewInt(int64(i + 1)), Subject: pkix.Name{CommonName: []string{"root", "middle", "leaf"}[i]},
			NotBefore: moment.AddDate(-1, 0, 0), NotAfter: moment.AddDate(1, 0, 0), BasicConstraintsValid: true, IsCA: i < 2,
			KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		}
		key, err := signtest.NewKey(signtest.RSA2048)
		if err != nil {
			t.Fatal(err)
		}
		keys[i] = key
	}
	bend(templates[0], templates[1], templates[2])
	certs := make([]*x509.Certificate, 3)
	for i, template := range templates {
		parent := max(i-1, 0)
		der, err := x509.CreateCertificate(rand.Reader, template, templates[parent], keys[i].Public(), keys[parent])
		if err != nil {
			t.Fatal(err)
		}
		if certs[i], err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
	}
	return certs[0], certs[1], certs[2]
}

func TestPathConstraints(t *testing.T) {
	for _, c := range []struct {
		name string
		bend func(root, middle, leaf *x509.Certificate)
		want trust.Code
	}{
		{"issuer is no CA", func(_, middle, _ *x509.Certificate) { middle.IsCA = false }, trust.Constraint},
		{"path length", func(root, _, _ *x509.Certificate) { root.MaxPathLenZero = true }, trust.Constraint},
		{"issuer without certSign", func(_, middle, _ *x509.Certificate) { middle.KeyUsage = x509.KeyUsageDigitalSignature }, trust.Constraint},
		{"unknown critical extension", func(_, _, leaf *x509.Certificate) {
			leaf.ExtraExtensions = []pkix.Extension{{Id: []int{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
		}, trust.Constraint},
		{"SHA-1", func(_, _, leaf *x509.Certificate) { leaf.SignatureAlgorithm = x509.SHA1WithRSA }, trust.WeakDigest},
		{"SHA-1 root", func(root, _, _ *x509.Certificate) { root.SignatureAlgorithm = x509.SHA1WithRSA }, ""},
		{"CA expired before the leaf began", func(_, middle, leaf *x509.Certificate) {
			middle.NotAfter, leaf.NotBefore = moment.AddDate(0, -2, 0), moment.AddDate(0, -1, 0)
		}, trust.Expired},
		{"control", func(_, _, _ *x509.Certificate) {}, ""},
	} {
		root, middle, leaf := chainOf(t, c.bend)
		r := trust.Path(leaf, []*x509.Certificate{middle}, trust.NewAnchors(root), moment, trust.Sign)
		if c.want == "" != r.Trusted() || c.want != "" && !r.Has(c.want) {
			t.Errorf("%s: %v", c.name, r.Findings)
		}
	}
}

func TestPolicyByDate(t *testing.T) {
	ca := newCA(t, signtest.CAOptions{})
	id := issue(t, ca, signtest.RSA2048, signtest.Ordinary)
	p := trust.DefaultPolicy()
	p.RSA = []trust.Bound{{Bits: 2048, Until: moment}, {Bits: 3000}}
	p.Digests[crypto.SHA256] = moment
	path := func(at time.Time) trust.Result {
		return p.Path(id.Certificate, id.Chain, trust.NewAnchors(ca.Root), at, trust.Sign)
	}
	if r := path(moment); !r.Trusted() {
		t.Errorf("until the day: %v", r.Findings)
	}
	if r := path(moment.AddDate(0, 0, 1)); !r.Has(trust.WeakKey) || !r.Has(trust.WeakDigest) {
		t.Errorf("the day after: %v", r.Findings)
	}
	for _, weak := range []crypto.Hash{crypto.MD5, crypto.SHA1, crypto.SHA224} {
		if len(p.Digest(weak, moment)) != 1 {
			t.Errorf("%v is accepted", weak)
		}
	}
}
