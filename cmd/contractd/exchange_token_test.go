//go:build cgo

package main_test

import (
	"bytes"
	"os"
	"testing"

	testca "contractd/signer/signtest"
	"contractd/signer/token"
	"contractd/workflow"
)

// TestExchangeToken seals with a token that is plugged in while the daemon runs.
func TestExchangeToken(t *testing.T) {
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
