package tsa_test

import (
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"contractd/signer/cms"
	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/signer/tsa"

	"github.com/digitorus/pkcs7"
)

func TestVerifyFindings(t *testing.T) {
	authority, anchors := newTSA(t, signtest.P256)
	_, strangers := newTSA(t, signtest.P256)
	token, err := authority.Token(imprint[:], crypto.SHA256)
	must(t, err)
	other := sha256.Sum256([]byte("另一个"))
	flipped := append([]byte{}, token...)
	flipped[len(flipped)-1] ^= 1
	for _, c := range []struct {
		name    string
		token   []byte
		digest  []byte
		anchors *trust.Anchors
		opts    tsa.Options
		want    tsa.Code
	}{
		{"good", token, imprint[:], anchors, tsa.Options{}, ""},
		{"good within bounds", token, imprint[:], anchors, tsa.Options{NotBefore: moment, NotAfter: moment}, ""},
		{"copied", token, other[:], anchors, tsa.Options{}, tsa.WrongImprint},
		{"altered", flipped, imprint[:], anchors, tsa.Options{}, tsa.BadSignature},
		{"stranger", token, imprint[:], strangers, tsa.Options{}, tsa.Untrusted},
		{"too old", token, imprint[:], anchors, tsa.Options{NotBefore: moment.Add(time.Minute)}, tsa.Order},
		{"too young", token, imprint[:], anchors, tsa.Options{NotAfter: moment.Add(-time.Minute)}, tsa.Order},
		{"judged after its end", token, imprint[:], anchors, tsa.Options{At: moment.AddDate(20, 0, 0)}, tsa.Untrusted},
		{"no token", []byte("<html>"), imprint[:], anchors, tsa.Options{}, tsa.Malformed},
	} {
		r, err := tsa.Verify(c.token, func(crypto.Hash) ([]byte, error) { return c.digest, nil }, c.anchors, c.opts)
		if err != nil || c.want == "" != (len(r.Findings) == 0) || c.want != "" && !r.Has(c.want) {
			t.Errorf("%s: %v, error %v", c.name, r.Findings, err)
		}
	}
	broken := errors.New("disk")
	if _, err := tsa.Verify(token, func(crypto.Hash) ([]byte, error) { return nil, broken }, anchors, tsa.Options{}); !errors.Is(err, broken) {
		t.Errorf("digest that fails: %v", err)
	}
}

// TestVerifyNeedsCriticalUsage has a signer without the critical timeStamping usage make the token.
func TestVerifyNeedsCriticalUsage(t *testing.T) {
	ca, err := signtest.NewCA(signtest.CAOptions{Now: moment})
	must(t, err)
	authority, err := signtest.NewTSA(ca, signtest.P256, now)
	must(t, err)
	for _, shape := range []signtest.Shape{signtest.LaxStamper, signtest.Ordinary} {
		authority.Identity, err = ca.Issue(signtest.Person{Name: "自封的时间戳", Shape: shape})
		must(t, err)
		token, err := authority.Token(imprint[:], crypto.SHA256)
		must(t, err)
		if r, err := tsa.Verify(token, digest, trust.NewAnchors(ca.Root), tsa.Options{}); err != nil || !r.Has(tsa.Untrusted) {
			t.Errorf("%s: %v, %v", shape, r.Findings, err)
		}
	}
}

// TestVerifyNeedsESS signs a good TSTInfo once more, without the signing-certificate attribute.
func TestVerifyNeedsESS(t *testing.T) {
	authority, anchors := newTSA(t, signtest.P256)
	token, err := authority.Token(imprint[:], crypto.SHA256)
	must(t, err)
	parsed, err := tsa.Parse(token)
	must(t, err)
	data, err := pkcs7.NewSignedData(parsed.CMS.EContent)
	must(t, err)
	data.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	data.SetContentType(cms.OIDTSTInfo)
	must(t, data.AddSignerChain(authority.Identity.Certificate, authority.Identity.Signer, authority.Identity.Chain[:1], pkcs7.SignerInfoConfig{}))
	bare, err := data.Finish()
	must(t, err)
	r, err := tsa.Verify(bare, digest, anchors, tsa.Options{})
	must(t, err)
	if len(r.Findings) != 1 || !r.Has(tsa.BadSignature) || !r.CMS.Has(cms.MissingESS) {
		t.Errorf("%v", r.Findings)
	}
}

func needOpenSSL(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("openssl is missing")
		}
		t.Skip("openssl is missing")
	}
}

func run(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
		t.Fatalf("openssl %v: %v\n%s", args, err, out)
	}
}

// TestOpenSSLVerifies checks what Stamp accepted with openssl ts.
func TestOpenSSLVerifies(t *testing.T) {
	needOpenSSL(t)
	authority, anchors := newTSA(t, signtest.RSA2048)
	token, err := client(t, anchors, authority).Stamp(context.Background(), imprint[:], crypto.SHA256)
	must(t, err)
	dir := t.TempDir()
	file, root, data := filepath.Join(dir, "token"), filepath.Join(dir, "root.pem"), filepath.Join(dir, "data")
	must(t, os.WriteFile(file, token, 0o600))
	must(t, os.WriteFile(data, []byte("签名值"), 0o600))
	must(t, signtest.WriteCertificates(root, anchors.Certificates()...))
	run(t, "ts", "-verify", "-token_in", "-in", file, "-data", data, "-CAfile", root, "-attime", "1795435200")
}

// TestOpenSSLStamps has openssl ts answer our kind of request.
func TestOpenSSLStamps(t *testing.T) {
	needOpenSSL(t)
	authority, anchors := newTSA(t, signtest.P256)
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	must(t, authority.Identity.WritePEM(in("tsa.pem")))
	must(t, signtest.WriteCertificates(in("chain.pem"), authority.Identity.Chain...))
	must(t, os.WriteFile(in("serial"), []byte("01\n"), 0o600))
	must(t, os.WriteFile(in("data"), []byte("签名值"), 0o600))
	config := "[tsa]\nserial=" + in("serial") + "\ndefault_policy=1.2.3.4.1\ndigests=sha256\naccuracy=secs:1,millisecs:500\nordering=yes\ntsa_name=yes\ness_cert_id_chain=yes\ness_cert_id_alg=sha256\nsigner_digest=sha256\n"
	must(t, os.WriteFile(in("config"), []byte(config), 0o600))
	run(t, "ts", "-query", "-data", in("data"), "-sha256", "-cert", "-out", in("query"))
	run(t, "ts", "-reply", "-config", in("config"), "-section", "tsa", "-queryfile", in("query"), "-signer", in("tsa.pem"),
		"-inkey", in("tsa.pem"), "-chain", in("chain.pem"), "-token_out", "-out", in("token"))
	token, err := os.ReadFile(in("token"))
	must(t, err)
	r, err := tsa.Verify(token, digest, anchors, tsa.Options{})
	must(t, err)
	if len(r.Findings) > 0 || r.Accuracy != 1500*time.Millisecond || r.Token.Nonce == nil {
		t.Errorf("%v, accuracy %v, nonce %v", r.Findings, r.Accuracy, r.Token.Nonce)
	}
}

func FuzzResponse(f *testing.F) {
	authority, anchors := newTSA(f, signtest.P256)
	token, err := authority.Token(imprint[:], crypto.SHA256)
	must(f, err)
	f.Add(token)
	f.Add(token[:len(token)/2])
	f.Add([]byte{0x30, 0x80, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := tsa.ReadResponse(data); err == nil && len(data) > 64<<10 {
			t.Error("an oversized response is accepted")
		}
		r, err := tsa.Verify(data, digest, anchors, tsa.Options{})
		if err != nil || len(r.Findings) == 0 && !r.Time.Equal(moment) {
			t.Errorf("proves %v: %v", r.Time, err)
		}
	})
}
