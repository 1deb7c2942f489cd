//go:build cgo

package main_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	testca "contractd/signer/signtest"
	"contractd/signer/token/faulty"
	"contractd/signer/token/sm2module"
	"contractd/workflow"
)

// newSM2Exchange has an SM2 key, beside the others, on a token whose vendor has a mechanism of his own.
func newSM2Exchange(t *testing.T) *exchange {
	t.Helper()
	headers, err := faulty.Headers()
	check(t, err)
	folder := t.TempDir()
	module, err := sm2module.Build(folder, headers)
	if errors.Is(err, sm2module.ErrCompiler) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	check(t, err)
	national, err := testca.NewCA(testca.CAOptions{Name: "国密", Key: testca.SM2})
	check(t, err)
	ours, err := national.Issue(testca.Person{Organization: testca.CompanyName, CreditCode: testca.CompanyCode, Key: testca.SM2})
	check(t, err)
	vendor := sm2module.Token{File: filepath.Join(folder, "sm2.pem"), Mechanism: 0x80000B02, KeyType: 0x80010001, Input: "message", Signature: "raw"}
	check(t, ours.WritePEM(vendor.File))

	h := newHall(t)
	x := newExchange(t, h, "")
	x.environment = vendor.Environment()
	check(t, testca.WriteCertificates(x.path("root.pem"), national.Root, h.ca.Root))
	check(t, testca.WriteCertificates(x.path("chain.pem"), ours.Chain...)) // The token has none of them, as most.
	x.write("token.pin", []byte(sm2module.PIN+"\n"))
	x.replace("[[seal.marks]]", fmt.Sprintf("[[keys]]\nname = \"sm2\"\nrole = \"organization\"\nkind = \"pkcs11\"\nmodule = %q\ntoken = \"国密锁\"\n"+
		"pin = { file = \"token.pin\" }\nchain = \"chain.pem\"\nsm2_mechanism = 0x80000B02\nsm2_input = \"message\"\nsm2_signature = \"raw\"\n[[seal.marks]]", module))
	return x
}

// TestExchangeSM2Token seals with the SM2 key of a token as the configuration tells its vendor's mechanism: files, in both
// encodings, alone and beside an RSA seal; and a contract in the daemon. A wrong setting is told with its cure, and leaves no
// file.
func TestExchangeSM2Token(t *testing.T) {
	x := newSM2Exchange(t)
	if said := x.do("token", "certs", "--json"); strings.Count(said, `"answers": true`) != 3 {
		t.Errorf("keys that do not answer: %s", said)
	}
	x.do("sign", "采购合同.pdf", "-o", "rsa.pdf", "--key", "org", "--image", "seal.png")
	for _, draft := range []string{"采购合同.pdf", "rsa.pdf"} {
		for _, profile := range []string{"pkcs7", "gmt0010"} {
			sealed := profile + "-" + draft
			x.do("sign", draft, "-o", sealed, "--key", "sm2", "--seal", "invisible", "--profile", profile)
			if said := x.do("verify", sealed, "--offline", "--json"); !strings.Contains(said, "SM2") {
				t.Errorf("%s: no signature with SM2: %s", sealed, said)
			}
		}
	}
	for _, wrong := range [][3]string{
		{`sm2_input = "message"`, `sm2_input = "digest"`, "settings of the mechanism"},
		{`sm2_signature = "raw"`, `sm2_signature = "der"`, "settings of the mechanism"},
		{"sm2_mechanism = 0x80000B02", "sm2_mechanism = 0x80000B03", "CKR_MECHANISM_INVALID"},
		{"sm2_mechanism = 0x80000B02", "sm2_mechanism = 0", "not configured"},
	} {
		x.replace(wrong[0], wrong[1])
		done := x.refused(1, wrong[2], "sign", "采购合同.pdf", "-o", "out.pdf", "--key", "sm2", "--seal", "invisible")
		if !strings.Contains(done.stderr, "hint: its vendor tells") {
			t.Errorf("%s: no cure: %s", wrong[1], done.stderr)
		}
		x.replace(wrong[1], wrong[0])
	}
	if _, err := os.Stat(x.path("out.pdf")); err == nil {
		t.Error("a file was left")
	}

	x.replace("[timestamp]", "[[seal.marks]]\nkey = \"sm2\"\nvisible = false\n[timestamp]")
	x.serve()
	x.register()
	x.send("S-1")
	x.reach("S-1", workflow.StateSent)
	if word, levels := x.strengths(x.receivedAbout("S-1", 1).pdf); word != workflow.Passed || levels != "B-T B-T B-T" {
		t.Errorf("mailed: %s, %s", word, levels)
	}
}
