package softkey_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/emmansun/gmsm/cfca"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"

	"contractd/signer/cms"
	"contractd/signer/signtest"
	"contractd/signer/softkey"
)

func nationalIdentity(t *testing.T) *signtest.Identity {
	t.Helper()
	ca, err := signtest.NewCA(signtest.CAOptions{Key: signtest.SM2})
	must(t, err)
	id, err := ca.Organization(signtest.SM2)
	must(t, err)
	return id
}

// signs proves that an opened key can sign with its certificate.
func signs(t *testing.T, key *softkey.Key) {
	t.Helper()
	digest := make([]byte, cms.DigestSize(cms.SM3))
	_, err := cms.Sign(t.Context(), cms.Request{Key: key.Signer, Certificate: key.Certificate, Profile: cms.PKCS7, Digest: digest})
	must(t, err)
}

func TestOpenSM2(t *testing.T) {
	id, dir := nationalIdentity(t), t.TempDir()
	file := filepath.Join(dir, "机构.pem")
	must(t, id.WritePEM(file))
	key, err := softkey.Open(file, "")
	must(t, err)
	if !key.Certificate.Equal(id.Certificate) || len(key.Chain) != 2 {
		t.Errorf("certificate %v, chain of %d", key.Certificate.Subject, len(key.Chain))
	}
	signs(t, key)
}

// TestOpenSM2OfCFCA opens the form in which CFCA hands out SM2 keys.
func TestOpenSM2OfCFCA(t *testing.T) {
	id := nationalIdentity(t)
	data, err := cfca.MarshalSM2([]byte(pin), id.Signer.(*sm2.PrivateKey), (*smx509.Certificate)(id.Certificate))
	must(t, err)
	file := filepath.Join(t.TempDir(), "机构.sm2")
	must(t, os.WriteFile(file, data, 0o600))
	key, err := softkey.Open(file, pin)
	must(t, err)
	signs(t, key)
	if _, err := softkey.Open(file, "falsch"); err == nil {
		t.Error("a wrong PIN opens it")
	}
}

// TestOpenSM2PKCS12 opens what openssl makes.
func TestOpenSM2PKCS12(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("openssl is missing")
		}
		t.Skip("openssl is missing")
	}
	id, dir := nationalIdentity(t), t.TempDir()
	source, file := filepath.Join(dir, "key.pem"), filepath.Join(dir, "key.p12")
	must(t, id.WritePEM(source))
	if out, err := exec.Command(openssl, "pkcs12", "-export", "-in", source, "-out", file, "-passout", "pass:"+pin).CombinedOutput(); err != nil {
		t.Fatalf("openssl: %v: %s", err, out)
	}
	must(t, os.Chmod(file, 0o600))
	key, err := softkey.Open(file, pin)
	must(t, err)
	if !key.Certificate.Equal(id.Certificate) || len(key.Chain) != 2 {
		t.Errorf("certificate %v, chain of %d", key.Certificate.Subject, len(key.Chain))
	}
	signs(t, key)
	if _, err := softkey.Open(file, "falsch"); err == nil {
		t.Error("a wrong PIN opens it")
	}
}
