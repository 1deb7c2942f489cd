package signer_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/emmansun/gmsm/smx509"

	"contractd/signer"
	"contractd/signer/cms"
	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/workflow"
)

// TestSealSM2 seals with SM2 in each form, and dual: an RSA signature and one of SM2 on one contract. openssl verifies the
// values over what was signed, out of the file alone.
func TestSealSM2(t *testing.T) {
	w := newWorld(t)
	national, err := signtest.NewCA(signtest.CAOptions{Key: signtest.SM2})
	if err != nil {
		t.Fatal(err)
	}
	id, err := national.Organization(signtest.SM2)
	if err != nil {
		t.Fatal(err)
	}
	s := signer.New(signer.Config{})
	roots := trust.NewAnchors(w.ca.Root, national.Root)
	rsa, _ := seal(t, s, fixture(t, "libreoffice.pdf"), request(t, w.rsa))
	for _, profile := range []cms.Profile{cms.PKCS7, cms.CAdES, cms.GMT0010} {
		for name, draft := range map[string][]byte{"alone": fixture(t, "libreoffice.pdf"), "dual": rsa} {
			r := request(t, id)
			r.Profile = profile
			sealed, _ := seal(t, s, draft, r)
			if v := judged(t, sealed, roots); v.Verdict != workflow.Passed {
				t.Errorf("%s, %s: %s: %v", profile, name, v.Verdict, v.AllCauses())
			}
			opensslAgrees(t, sealed, id, profile)
			sealed[len(draft)-10] ^= 1
			if v := judged(t, sealed, roots); v.Verdict == workflow.Passed {
				t.Errorf("%s, %s: passed after a change", profile, name)
			}
		}
	}
	r := request(t, w.rsa)
	r.Profile = cms.GMT0010
	if _, err := s.Seal(t.Context(), bytes.NewReader(rsa), int64(len(rsa)), &bytes.Buffer{}, r); !errors.Is(err, workflow.ErrUsage) {
		t.Errorf("GM/T 0010 with RSA: %v", err)
	}
}

// opensslAgrees verifies the last signature with `openssl dgst -sm3`.
func opensslAgrees(t *testing.T, document []byte, id *signtest.Identity, profile cms.Profile) {
	t.Helper()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("openssl is missing")
		}
		t.Log("openssl is missing")
		return
	}
	dir := t.TempDir()
	path := func(name string, data []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	signatures, err := signtest.RawSignatures(path("file.pdf", document))
	if err != nil {
		t.Fatal(err)
	}
	last := signatures[len(signatures)-1]
	parsed, err := cms.Parse(last.Contents)
	if err != nil {
		t.Fatal(err)
	}
	message := parsed.Signer.SignedDER()
	if profile == cms.GMT0010 {
		message = parsed.EContent
	}
	public, err := smx509.MarshalPKIXPublicKey(id.Public())
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(openssl, "dgst", "-sm3", "-verify", path("public.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
		"-sigopt", "distid:1234567812345678", "-signature", path("value", parsed.Signer.Value), path("message", message)).CombinedOutput()
	if err != nil {
		t.Errorf("%s: openssl: %v: %s", profile, err, out)
	}
}
