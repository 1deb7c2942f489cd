package main_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"contractd/signer/pdf"
	testca "contractd/signer/signtest"
	"contractd/workflow"
)

// withCatalog adds a revision with further entries of the catalog.
func (x *exchange) withCatalog(file []byte, values pdf.Dict) []byte {
	x.Helper()
	opened, err := pdf.Open(x.Context(), bytes.NewReader(file), int64(len(file)), pdf.Limits{})
	check(x.T, err)
	update := pdf.NewUpdate(opened)
	check(x.T, update.SetCatalog(values))
	tail, err := update.Build()
	check(x.T, err)
	return append(bytes.Clone(file), tail.Bytes...)
}

// playRefusals hands over what must not be sealed, to `sign` and to `send`: each is refused with its cure, nothing is
// written and nothing recorded.
func playRefusals(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.register()
	draft := x.draftOf("R")
	level1 := pdf.Array{pdf.Dict{"TransformMethod": pdf.Name("DocMDP"), "TransformParams": pdf.Dict{"P": pdf.Integer(1)}}}
	broken := x.sign(draft, h.other)
	broken[len(draft)/2] ^= 1
	script := pdf.Dict{"OpenAction": pdf.Dict{"S": pdf.Name("JavaScript"), "JS": pdf.TextString("app.alert(1)")}}
	for name, test := range map[string]struct {
		file       []byte
		code       int
		says, cure string
	}{
		"damaged": {draft[:len(draft)/2], 1, "needs-repair", "export it again"},
		"xfa":     {x.withCatalog(draft, pdf.Dict{"AcroForm": pdf.Dict{"Fields": pdf.Array{}, "XFA": pdf.Array{}}}), 6, "XFA", "print it"},
		"rights":  {x.withCatalog(draft, pdf.Dict{"Perms": pdf.Dict{"UR3": pdf.Dict{}}}), 6, "usage rights", "print it"},
		"no changes": {x.withCatalog(draft, pdf.Dict{"AcroForm": pdf.Dict{"Fields": pdf.Array{pdf.Dict{
			"FT": pdf.Name("Sig"), "T": pdf.TextString("c"), "V": pdf.Dict{"Type": pdf.Name("Sig"), "Reference": level1},
		}}}}), 6, "", ""},
		"broken": {broken, 6, "", "get an unbroken copy"},
	} {
		x.write(name+".pdf", test.file)
		for _, args := range [][]string{
			{"sign", name + ".pdf", "-o", "out.pdf", "--key", "org"},
			{"send", name + ".pdf", "--to", supplierName, "--number", strings.ReplaceAll(name, " ", "-")},
		} {
			done := x.run(args...)
			if done.code != test.code || !strings.Contains(done.stderr, test.says) || !strings.Contains(done.stderr, "hint: "+test.cure) {
				t.Errorf("%q ended with %d, want %d, %q and %q:\n%s", args, done.code, test.code, test.says, test.cure, done.stderr)
			}
		}
		x.refused(5, "", "show", strings.ReplaceAll(name, " ", "-"))
	}
	x.refused(5, "out.pdf", "verify", "out.pdf")

	x.write("plain.pdf", draft)
	x.do("sign", "plain.pdf", "-o", "fields.pdf", "--key", "org", "--image", "seal.png", "--at", "20,200", "--prepare", "乙方=20,20")
	x.do("sign", "fields.pdf", "-o", "filled.pdf", "--key", "employee", "--image", "seal.png", "--at", "field:乙方")
	if done := x.run("sign", "filled.pdf", "-o", "out.pdf", "--key", "org", "--image", "seal.png", "--at", "field:乙方"); done.code != 6 || !strings.Contains(done.stderr, "signed already") {
		t.Errorf("a field that is signed: %d\n%s", done.code, done.stderr)
	}
	x.do("undo", "filled.pdf", "-o", "emptied.pdf", "--key", "employee", "--yes")
	x.same("emptied.pdf", "fields.pdf")
	x.do("undo", "fields.pdf", "-o", "bare.pdf", "--key", "org", "--yes") // With the field that it prepared.
	x.same("bare.pdf", "plain.pdf")

	// What may show something else later is told, or refused, as the policy says.
	x.write("R-1.pdf", x.withCatalog(draft, script))
	if done := x.run("sign", "R-1.pdf", "-o", "told.pdf", "--key", "org"); done.code != 0 || !strings.Contains(done.stderr, "runs JavaScript") {
		t.Errorf("sign ended with %d:\n%s", done.code, done.stderr)
	}
	if done := x.run("sign", "R-1.pdf", "-o", "out.pdf", "--key", "org", "--shadow", "refuse"); done.code != 6 || !strings.Contains(done.stderr, "hint: print it") {
		t.Errorf("sign --shadow refuse ended with %d:\n%s", done.code, done.stderr)
	}
	if done := x.run("send", "R-1.pdf", "--to", supplierName, "--number", "R-1", "--hold"); done.code != 0 || !strings.Contains(done.stderr, "runs JavaScript") {
		t.Errorf("send ended with %d:\n%s", done.code, done.stderr)
	}
	if text := x.do("show", "R-1", "--json"); !strings.Contains(text, "runs JavaScript") {
		t.Error("the journal does not hold the warning")
	}
	x.replace("[[seal.marks]]", "[seal]\nshadow = \"refuse\"\n[[seal.marks]]")
	x.refused(6, "runs JavaScript", "send", "R-1.pdf", "--to", supplierName, "--number", "R-2")
}

// same compares two files.
func (x *exchange) same(one, other string) {
	x.Helper()
	a, err := os.ReadFile(x.path(one))
	check(x.T, err)
	b, err := os.ReadFile(x.path(other))
	check(x.T, err)
	if !bytes.Equal(a, b) {
		x.Errorf("%s and %s differ: %d and %d bytes", one, other, len(a), len(b))
	}
}

// replace changes the configuration.
func (x *exchange) replace(old, new string) {
	x.Helper()
	text, err := os.ReadFile(x.path("contractd.toml"))
	check(x.T, err)
	if !bytes.Contains(text, []byte(old)) {
		x.Fatalf("the configuration has no %q", old)
	}
	x.write("contractd.toml", bytes.Replace(text, []byte(old), []byte(new), 1))
}

// playUnfitKeys seals with certificates that must not: each is refused with its cure, and the contract waits.
func playUnfitKeys(t *testing.T, h *hall) {
	for name, test := range map[string]struct {
		person     testca.Person
		says, cure string
	}{
		"expired":    {testca.Person{Organization: testca.CompanyName, Shape: testca.Expired}, "expired on", "have the certificate renewed"},
		"not yet":    {testca.Person{Organization: testca.CompanyName, Shape: testca.NotYetValid}, "is valid only from", ""},
		"encryption": {testca.Person{Organization: testca.CompanyName, Shape: testca.NoSigning}, "key-usage", ""},
		"role":       {testca.Person{Organization: testca.CompanyName, Name: testca.EmployeeName}, "not one for the role organization", "correct role"},
	} {
		x := newExchange(t, h, "")
		x.register()
		identity, err := h.ca.Issue(test.person)
		check(t, err)
		check(t, identity.WritePKCS12(x.path("org.p12"), keyPIN))
		done := x.refused(6, test.says, x.order("K-1")...)
		if !strings.Contains(done.stderr, "hint: "+test.cure) {
			t.Errorf("%s: no cure %q:\n%s", name, test.cure, done.stderr)
		}
		x.refused(6, test.says, "seal", "K-1")
		plain := x.run("sign", "K-1.pdf", "-o", "out.pdf", "--key", "org")
		if plain.code != 6 || !strings.Contains(plain.stderr, strings.Replace(test.says, "key-usage", "not made for signing", 1)) || !strings.Contains(plain.stderr, "hint: ") || strings.Contains(plain.stderr, "--force") {
			t.Errorf("%s: sign ended with %d:\n%s", name, plain.code, plain.stderr)
		}
	}
	x := newExchange(t, h, "")
	x.register()
	x.write("D-1.pdf", x.draftOf("D-1"))
	done := x.run("send", "D-1.pdf", "--to", supplierName, "--number", "D-1", "--deadline", "2040-01-01", "--hold")
	if done.code != 0 || !strings.Contains(done.stderr, "before the return is due") {
		t.Errorf("a certificate that ends before the deadline: %d\n%s", done.code, done.stderr)
	}
	var contract struct{ Contract workflow.Contract }
	x.record(&contract, "show", "D-1")
	if contract.Contract.State != workflow.StateSealed {
		t.Errorf("the warning kept the contract: %s", contract.Contract.State)
	}
}
