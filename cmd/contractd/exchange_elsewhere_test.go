package main_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	testca "contractd/signer/signtest"
	"contractd/workflow"
)

// own writes more about the company into the configuration.
func (x *exchange) own(lines string) {
	x.Helper()
	text, err := os.ReadFile(x.path("contractd.toml"))
	check(x.T, err)
	x.write("contractd.toml", bytes.Replace(text, []byte("[company]\n"), []byte("[company]\n"+lines+"\n"), 1))
}

// playElsewhere mails contracts that other programs sealed with the company's keys, whose tokens sit in other machines. Where
// our own seals and fields would stand is no matter of theirs.
func playElsewhere(t *testing.T, h *hall) {
	x := newExchange(t, h, "\n[[seal.fields]]\nname = \"乙方\"\nrole = \"organization\"\nat = \"free:lower-left\"\n")
	x.placeMark(`at = "keyword:不在文中的字"`)
	x.register()
	x.refused(2, "不在文中的字", x.order("W-0")...)
	draft := x.draftOf("W-1")
	byOne := x.pdfsign(draft, h.ours)
	sealed := x.pdfsign(byOne, h.ourEmployee)
	elsewhere := func(name string, file []byte) []string {
		x.Helper()
		x.write(name+".pdf", file)
		return []string{"send", name + ".pdf", "--to", supplierName, "--number", name, "--already-sealed"}
	}
	// Nobody said yet which certificates are the company's: those of the key files are known only with their PIN.
	if done := x.refused(6, "unknown-signer", elsewhere("W-1", sealed)...); !strings.Contains(done.stderr, "`certificate` in [[keys]]") {
		t.Errorf("no cure: %s", done.stderr)
	}
	check(t, testca.WriteCertificates(x.path("own.pem"), h.ours.Certificate, h.ourEmployee.Certificate))
	x.own(`certificates = ["own.pem"]`)

	tampered := bytes.Clone(sealed)
	tampered[len(draft)/2] ^= 1
	for name, test := range map[string]struct {
		file []byte
		says string
	}{
		"W-one":       {byOne, "role-missing"},
		"W-none":      {draft, "not one whole signature"},
		"W-followed":  {append(bytes.Clone(sealed), x.tailOf(sealed)...), "not one whole signature"},
		"W-supplier":  {x.sign(sealed, h.supplier), "unknown-signer"},
		"W-stranger":  {x.pdfsign(byOne, h.stranger), "untrusted"},
		"W-tampered":  {tampered, "seal"},
		"W-one-twice": {x.pdfsign(byOne, h.ours), "role-missing"},
	} {
		if done := x.run(elsewhere(name, test.file)...); done.code == 0 || !bytes.Contains([]byte(done.stderr), []byte(test.says)) {
			t.Errorf("%s ended with %d, %q is not said:\n%s", name, done.code, test.says, done.stderr)
		}
		x.refused(5, name, "show", name) // Nothing was recorded.
	}

	x.do(append(elsewhere("W-1", sealed), "--hold")...)
	x.refused(7, "none of [[keys]]", "unseal", "W-1", "--yes") // Its keys are elsewhere.
	x.serve()
	x.do("release", "W-1")
	sent := x.reach("W-1", workflow.StateSent).Contract
	if len(sent.Batches) != 2 || sent.Batches[0].Role != workflow.RoleOrganization || sent.Batches[1].Role != workflow.RoleEmployee || sent.Draft.Hash != workflow.HashOf(draft) {
		t.Errorf("batches %+v over draft %s", sent.Batches, sent.Draft.Hash.Short())
	}
	l := x.receivedAbout("W-1", 1)
	if !bytes.Equal(l.pdf, sealed) {
		t.Error("what was mailed is not what was handed over")
	}
	returned := x.sign(l.pdf, h.supplier, h.supplierEmployee)
	x.answer(l, inline, returned)
	x.checkArchived("W-1", returned)
	x.do("archive", "check")
}

// tailOf is a revision that changes nothing but the document's information.
func (x *exchange) tailOf(file []byte) []byte {
	x.Helper()
	return bytes.TrimPrefix(x.titled(file, "later"), file)
}

// playUnsealed takes seals off by the keys that made them, and by no other way.
func playUnsealed(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.register()
	x.send("U-1", "--hold")
	x.takeBackOther("U-2")
	employee, organization := testca.EmployeeName+" (key employee)", testca.CompanyName+" (key org)"
	sealed := x.bytesOf("U-1", "sealed")
	check(t, os.Rename(x.path("employee.p12"), x.path("elsewhere")))
	done := x.refused(7, "employee", "unseal", "U-1", "--yes")
	if !bytes.Contains([]byte(done.stderr), []byte("hint:")) {
		t.Errorf("no cure: %s", done.stderr)
	}
	check(t, h.supplierEmployee.WritePKCS12(x.path("employee.p12"), keyPIN)) // Another key under the same name.
	x.refused(7, "none of [[keys]]", "unseal", "U-1", "--yes")
	check(t, os.Rename(x.path("elsewhere"), x.path("employee.p12")))
	if done := x.refused(6, "no terminal", "unseal", "U-1"); !strings.Contains(done.stderr, "by "+employee+"? Still on it (仍有签章): "+organization+".") {
		t.Errorf("it is not asked about whose seal: %s", done.stderr)
	}
	if said := x.do("unseal", "U-1", "--yes"); !strings.Contains(said, "(已撤销): the seal of "+employee+"\nStill on it (仍有签章): "+organization+".\n") {
		t.Errorf("whose seal went is not said: %s", said)
	}
	left := x.bytesOf("U-1", "sealed")
	if len(left) >= len(sealed) || !bytes.Equal(sealed[:len(left)], left) {
		t.Error("what is left is not the beginning of what was sealed")
	}
	if shows := x.do("show", "U-1"); !strings.Contains(shows, "\nsealed ") {
		t.Errorf("half sealed:\n%s", shows)
	}
	if said := x.do("unseal", "U-1", "--yes"); !strings.Contains(said, "the seal of "+organization+"\nNo seal of ours is left") {
		t.Errorf("whose seal went is not said: %s", said)
	}
	if shows := x.do("show", "U-1"); strings.Contains(shows, "\nsealed ") {
		t.Errorf("a draft is shown as sealed:\n%s", shows)
	}
	if draft := x.bytesOf("U-1", "sealed"); !bytes.Equal(draft, x.draftOf("U-1")) {
		t.Error("the draft did not come back byte for byte")
	}
	x.refused(6, "unseal", "unseal", "U-1", "--yes")
	x.do("archive", "check")
	x.serve()
	x.do("seal", "U-1")
	x.do("release", "U-1")
	contract := x.reach("U-1", workflow.StateSent).Contract
	if len(contract.Superseded) != 2 || contract.Superseded[0].Hash != workflow.HashOf(sealed) {
		t.Errorf("the removed revisions are not in the history: %v", contract.Superseded)
	}
	x.refused(6, "which is sent", "unseal", "U-1", "--yes")
}

// takeBackOther takes back what another program sealed with our keys. Each command is a process of its own: what these keys are is
// known by what they sealed before.
func (x *exchange) takeBackOther(number string) {
	x.Helper()
	x.write(number+".pdf", x.pdfsign(x.pdfsign(x.draftOf(number), x.hall.ours), x.hall.ourEmployee))
	x.do("send", number+".pdf", "--to", supplierName, "--number", number, "--already-sealed", "--hold")
	for _, key := range []string{"employee", "org"} {
		if said := x.do("unseal", number, "--yes"); !strings.Contains(said, "(key "+key+")\n") {
			x.Errorf("the seal of %s: %s", key, said)
		}
	}
	if !bytes.Equal(x.bytesOf(number, "sealed"), x.draftOf(number)) {
		x.Error("the draft did not come back byte for byte")
	}
	x.do("withdraw", number, "--reason", "x", "--yes")
}
