package trust_test

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"contractd/signer/signtest"
	"contractd/signer/trust"
)

var moment = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newCA(t testing.TB, o signtest.CAOptions) *signtest.CA {
	t.Helper()
	o.Now = moment
	ca, err := signtest.NewCA(o)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func issue(t testing.TB, ca *signtest.CA, kind signtest.KeyKind, shape signtest.Shape) *signtest.Identity {
	t.Helper()
	id, err := ca.Issue(signtest.Person{Organization: signtest.CompanyName, CreditCode: signtest.CompanyCode, Key: kind, Shape: shape})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// sameCodes compares the codes found with those wanted, in any order.
func sameCodes(r trust.Result, want ...trust.Code) bool {
	if len(r.Findings) != len(want) {
		return false
	}
	for _, code := range want {
		if !r.Has(code) {
			return false
		}
	}
	return true
}

func TestPath(t *testing.T) {
	ca, other := newCA(t, signtest.CAOptions{}), newCA(t, signtest.CAOptions{})
	anchors := trust.NewAnchors(ca.Root)
	for _, c := range []struct {
		name    string
		shape   signtest.Shape
		key     signtest.KeyKind
		purpose trust.Purpose
		want    []trust.Code
	}{
		{"ordinary", signtest.Ordinary, signtest.RSA2048, trust.Sign, nil},
		{"Ed25519", signtest.Ordinary, signtest.Ed25519, trust.Sign, nil},
		{"Chinese EKU", signtest.ChineseEKU, signtest.P256, trust.Sign, nil},
		{"expired", signtest.Expired, signtest.P256, trust.Sign, []trust.Code{trust.Expired}},
		{"not yet valid", signtest.NotYetValid, signtest.P256, trust.Sign, []trust.Code{trust.NotYetValid}},
		{"CA", signtest.CALeaf, signtest.P256, trust.Sign, []trust.Code{trust.CACertificate}},
		{"serverAuth", signtest.ServerAuth, signtest.P256, trust.Sign, []trust.Code{trust.ExtendedKeyUsage}},
		{"no signing", signtest.NoSigning, signtest.P256, trust.Sign, []trust.Code{trust.KeyUsage}},
		{"RSA-1024", signtest.Ordinary, signtest.RSA1024, trust.Sign, []trust.Code{trust.WeakKey}},
		{"timestamper signs", signtest.TimeStamper, signtest.P256, trust.Sign, []trust.Code{trust.ExtendedKeyUsage}},
		{"timestamper", signtest.TimeStamper, signtest.P256, trust.Timestamp, nil},
		{"EKU not critical", signtest.LaxStamper, signtest.P256, trust.Timestamp, []trust.Code{trust.ExtendedKeyUsage}},
		{"signer stamps", signtest.Ordinary, signtest.P256, trust.Timestamp, []trust.Code{trust.ExtendedKeyUsage}},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := issue(t, ca, c.key, c.shape)
			r := trust.Path(id.Certificate, id.Chain, anchors, moment, c.purpose)
			if !sameCodes(r, c.want...) || len(r.Chain) != 3 {
				t.Errorf("findings %v, chain of %d", r.Findings, len(r.Chain))
			}
			stranger := trust.Path(id.Certificate, id.Chain, trust.NewAnchors(other.Root), moment, c.purpose)
			if !stranger.Has(trust.Untrusted) || stranger.Trusted() {
				t.Errorf("other root: %v", stranger.Findings)
			}
		})
	}
}

func TestPathNeedsItsIntermediate(t *testing.T) {
	ca := newCA(t, signtest.CAOptions{})
	id := issue(t, ca, signtest.P256, signtest.Ordinary)
	if r := trust.Path(id.Certificate, nil, trust.NewAnchors(ca.Root), moment, trust.Sign); !sameCodes(r, trust.Untrusted) {
		t.Errorf("without intermediate: %v", r.Findings)
	}
	if r := trust.Path(id.Certificate, nil, trust.NewAnchors(ca.Intermediate), moment, trust.Sign); !r.Trusted() || len(r.Chain) != 2 {
		t.Errorf("intermediate as anchor: %v", r.Findings)
	}
	if r := trust.Path(id.Certificate, nil, trust.NewAnchors(id.Certificate), moment, trust.Sign); !r.Trusted() {
		t.Errorf("certificate as anchor: %v", r.Findings)
	}
	if r := trust.Path(id.Certificate, id.Chain, nil, moment, trust.Sign); !sameCodes(r, trust.Untrusted) {
		t.Errorf("no anchors: %v", r.Findings)
	}
}

func TestPathOverPSS(t *testing.T) {
	ca := newCA(t, signtest.CAOptions{Key: signtest.RSA2048, PSS: true})
	id := issue(t, ca, signtest.RSA2048, signtest.Ordinary)
	if r := trust.Path(id.Certificate, id.Chain, trust.NewAnchors(ca.Root), moment, trust.Sign); !r.Trusted() {
		t.Errorf("%v", r.Findings)
	}
}

// TestPathExpiredTogether judges after everything ended: each ended certificate is named, none is called untrusted.
func TestPathExpiredTogether(t *testing.T) {
	ca := newCA(t, signtest.CAOptions{})
	id := issue(t, ca, signtest.P256, signtest.Ordinary)
	r := trust.Path(id.Certificate, id.Chain, trust.NewAnchors(ca.Root), moment.AddDate(50, 0, 0), trust.Sign)
	if !sameCodes(r, trust.Expired, trust.Expired, trust.Expired) || len(r.Chain) != 3 {
		t.Errorf("%v", r.Findings)
	}
}

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

// TestOpenSSLAgrees has openssl verify judge the same chains.
func TestOpenSSLAgrees(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("openssl is missing")
		}
		t.Skip("openssl is missing")
	}
	ca, dir := newCA(t, signtest.CAOptions{}), t.TempDir()
	leaf, chain, root := filepath.Join(dir, "leaf.pem"), filepath.Join(dir, "chain.pem"), filepath.Join(dir, "root.pem")
	if err := ca.WriteRoot(root); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		shape   signtest.Shape
		purpose string
	}{
		{signtest.Ordinary, "any"}, {signtest.ChineseEKU, "any"}, {signtest.Expired, "any"}, {signtest.NotYetValid, "any"},
		{signtest.TimeStamper, "timestampsign"}, {signtest.LaxStamper, "timestampsign"},
	} {
		id := issue(t, ca, signtest.P256, c.shape)
		if err := signtest.WriteCertificates(leaf, id.Certificate); err != nil {
			t.Fatal(err)
		}
		if err := signtest.WriteCertificates(chain, ca.Intermediate); err != nil {
			t.Fatal(err)
		}
		purpose := trust.Sign
		if c.purpose == "timestampsign" {
			purpose = trust.Timestamp
		}
		ours := trust.Path(id.Certificate, id.Chain, trust.NewAnchors(ca.Root), moment, purpose).Trusted()
		out, err := exec.Command("openssl", "verify", "-CAfile", root, "-untrusted", chain, "-purpose", c.purpose, "-attime", "1795435200", leaf).CombinedOutput()
		if ours != (err == nil) {
			t.Errorf("%q as %s: ours %v, openssl %v %s", c.shape, c.purpose, ours, err, out)
		}
	}
}
