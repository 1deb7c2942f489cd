package softkey_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"contractd/signer/signtest"
	"contractd/signer/softkey"
)

// FuzzNationalPKCS12 reads what claims to be a key file of SM2: it gives a key or an error, and does not crash.
func FuzzNationalPKCS12(f *testing.F) {
	f.Add([]byte{0x30, 0x0b, 2, 1, 3, 0x30, 6, 6, 1, 0x2a, 0xa0, 1, 4})
	ca, err := signtest.NewCA(signtest.CAOptions{Key: signtest.SM2})
	if err != nil {
		f.Fatal(err)
	}
	id, err := ca.Organization(signtest.SM2)
	if err != nil {
		f.Fatal(err)
	}
	folder := f.TempDir()
	source, file := filepath.Join(folder, "key.pem"), filepath.Join(folder, "key.p12")
	if err := id.WritePEM(source); err != nil {
		f.Fatal(err)
	}
	if openssl, err := exec.LookPath("openssl"); err == nil { // The seed alone: TestOpenSM2PKCS12 insists on it.
		for _, password := range [][]string{{"-keypbe", "NONE", "-certpbe", "NONE"}, {"-iter", "1"}} {
			arguments := append([]string{"pkcs12", "-export", "-in", source, "-out", file, "-passout", "pass:x"}, password...)
			if out, err := exec.Command(openssl, arguments...).CombinedOutput(); err != nil {
				f.Fatalf("openssl: %v: %s", err, out)
			}
			seed, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(seed)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		key, certificates, err := softkey.ParseNationalPKCS12(data, "x")
		if err == nil && (key == nil || len(data) < 20) {
			t.Errorf("%d octets give no error, key %T, %d certificates", len(data), key, len(certificates))
		}
	})
}
