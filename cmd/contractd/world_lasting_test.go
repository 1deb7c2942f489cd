package main_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	testca "contractd/signer/signtest"
)

// lasting makes a key whose authority publishes what was revoked, a timestamp authority under it, and one key of which
// nobody says anything any more; and a key of SM2.
func (w *world) lasting(t *testing.T) {
	var open *testca.CA
	var register *testca.Register
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) { register.ServeHTTP(out, r) }))
	t.Cleanup(server.Close)
	open, err := testca.NewCA(testca.CAOptions{Name: "长期根", Base: server.URL})
	check(t, err)
	register = open.Register()
	register.Now = time.Now
	authority, err := testca.NewTSA(open, testca.P256, nil)
	check(t, err)
	stamps := httptest.NewServer(authority)
	t.Cleanup(stamps.Close)
	w.env["TSA_LASTING"] = stamps.URL
	national, err := testca.NewCA(testca.CAOptions{Name: "国密根", Key: testca.SM2})
	check(t, err)
	for name, of := range map[string]struct {
		ca  *testca.CA
		key testca.KeyKind
	}{"lasting": {open, testca.RSA2048}, "lasting-employee": {open, testca.P256}, "sm2": {national, testca.SM2}} {
		identity, err := of.ca.Organization(of.key)
		check(t, err)
		folder := t.TempDir()
		key, root := filepath.Join(folder, "key.pem"), filepath.Join(folder, "root.pem")
		check(t, identity.WritePEM(key))
		check(t, of.ca.WriteRoot(root))
		w.files[name+".pem"], err = os.ReadFile(key)
		check(t, err)
		w.files[name+"-root.pem"], err = os.ReadFile(root)
		check(t, err)
	}
}
