//go:build cgo

package main_test

import (
	"bytes"
	"os"
	"testing"

	"contractd/cmd/contractd/api"
	testca "contractd/signer/signtest"
	"contractd/signer/token"
	"contractd/workflow"
)

// TestExchangeToken seals with a token that is plugged in while the daemon runs.
func TestExchangeToken(t *testing.T) {
	h, x, hsm := tokenExchange(t)
	config, err := os.ReadFile(x.path("contractd.toml"))
	check(t, err)
	x.write("contractd.toml", bytes.Replace(config, []byte("kind = \"softkey\"\nfile = \"employee.p12\""),
		[]byte("kind = \"pkcs11\"\ntoken = \"员工\"\nmodule = \""+hsm.Module+"\""), 1))
	x.serve()
	x.register()
	x.refused(7, "员工", x.order("S-1")...)
	x.waits("S-1", "员工", true)
	check(t, hsm.Init("员工", keyPIN))
	check(t, hsm.Import(t.Context(), "员工", keyPIN, "sign", []byte{1}, h.ourEmployee.Signer, h.ourEmployee.Certificate, h.ourEmployee.Chain...))
	x.do("seal", "S-1")
	sent := x.reach("S-1", workflow.StateSent).Contract
	if len(sent.Batches) != 2 || sent.Batches[1].Signer != testca.EmployeeName {
		t.Errorf("sealed by %+v", sent.Batches)
	}
	x.do("archive", "check")
}

// TestExchangeElsewhereToken knows our seals by what a token shows without its PIN, and by the certificate beside a key.
func TestExchangeElsewhereToken(t *testing.T) {
	h, x, hsm := tokenExchange(t)
	check(t, hsm.Init("员工", keyPIN))
	check(t, hsm.Import(t.Context(), "员工", keyPIN, "sign", []byte{1}, h.ourEmployee.Signer, h.ourEmployee.Certificate, h.ourEmployee.Chain...))
	check(t, testca.WriteCertificates(x.path("org.pem"), h.ours.Certificate))
	x.replace("kind = \"softkey\"\nfile = \"employee.p12\"\npin = { file = \"pin\" }", "kind = \"pkcs11\"\ntoken = \"员工\"\nmodule = \""+hsm.Module+"\"")
	x.register()
	x.write("sealed.pdf", x.pdfsign(x.pdfsign(h.draft, h.ours), h.ourEmployee))
	send := []string{"send", "sealed.pdf", "--to", supplierName, "--number", "S-2", "--already-sealed", "--hold"}
	x.refused(6, "role-missing", send...) // Nothing says what the organisation's key file holds.
	x.replace("file = \"org.p12\"", "file = \"org.p12\"\ncertificate = \"org.pem\"")
	x.do(send...)
	var story api.Story
	x.record(&story, "show", "S-2")
	sealed := story.Contract
	if sealed.State != workflow.StateSealed || len(sealed.Batches) != 2 || sealed.Batches[0].Key != "org" || sealed.Batches[1].Key != "employee" {
		t.Errorf("sealed by %+v", sealed.Batches)
	}
}

// tokenExchange is an exchange beside a SoftHSM2 of its own that holds no token yet.
func tokenExchange(t *testing.T) (*hall, *exchange, *token.SoftHSM) {
	t.Helper()
	if softHSM() == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("softhsm2 is missing")
		}
		t.Skip("softhsm2 is missing")
	}
	t.Setenv("SOFTHSM2_CONF", "") // Put back at the end; NewSoftHSM changes it.
	h := newHall(t)
	x := newExchange(t, h, "")
	hsm, err := token.NewSoftHSM(x.path("hsm"))
	check(t, err)
	return h, x, hsm
}
