package trust_test

import (
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
		{"TLS server", signtest.TLSServer, signtest.P256, trust.Sign, []trust.Code{trust.ExtendedKeyUsage}},
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
	// The system's roots now hold ours: they must make no difference.
	root := filepath.Join(t.TempDir(), "root.pem")
	must(t, ca.WriteRoot(root))
	t.Setenv("SSL_CERT_FILE", root)
	for _, none := range []*trust.Anchors{nil, {}, trust.NewAnchors()} {
		if r := trust.Path(id.Certificate, id.Chain, none, moment, trust.Sign); !sameCodes(r, trust.Untrusted) {
			t.Errorf("no anchors: %v", r.Findings)
		}
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

// TestPathSM2 climbs over SM2 certificates, alone and beside others.
func TestPathSM2(t *testing.T) {
	national, plain := newCA(t, signtest.CAOptions{Key: signtest.SM2}), newCA(t, signtest.CAOptions{})
	both := trust.NewAnchors(national.Root, plain.Root)
	for _, c := range []struct {
		name    string
		ca      *signtest.CA
		key     signtest.KeyKind
		shape   signtest.Shape
		anchors *trust.Anchors
		want    []trust.Code
	}{
		{"ordinary", national, signtest.SM2, signtest.Ordinary, both, nil},
		{"expired", national, signtest.SM2, signtest.Expired, both, []trust.Code{trust.Expired}},
		{"RSA key, SM2 issuer", national, signtest.RSA2048, signtest.Ordinary, both, nil},
		{"SM2 key, P-256 issuer", plain, signtest.SM2, signtest.Ordinary, both, nil},
		{"P-256 all over", plain, signtest.P256, signtest.Ordinary, both, nil},
		{"serverAuth", national, signtest.SM2, signtest.ServerAuth, both, []trust.Code{trust.ExtendedKeyUsage}},
		{"stranger", national, signtest.SM2, signtest.Ordinary, trust.NewAnchors(plain.Root), []trust.Code{trust.Untrusted}},
	} {
		id := issue(t, c.ca, c.key, c.shape)
		if r := trust.Path(id.Certificate, id.Chain, c.anchors, moment, trust.Sign); !sameCodes(r, c.want...) {
			t.Errorf("%s: %v", c.name, r.Findings)
		}
	}
	root := filepath.Join(t.TempDir(), "root.pem")
	must(t, national.WriteRoot(root))
	if anchors, err := trust.LoadAnchors(root); err != nil || len(anchors.Unread()) > 0 {
		t.Errorf("an SM2 root is not read: %v, %v", err, anchors)
	}
}
