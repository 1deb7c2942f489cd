package verify_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"contractd/signer/pdf"
	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/workflow"
)

// returns are files that we sealed and that programs of others countersigned; testdata/README.md says which, and how to redo them.
const returns = "../../testdata/returns"

// TestReturns judges what programs of others made of our sealed files: each passes, signed by both of the supplier's people, if
// its name does not begin with the reason for which it does not.
func TestReturns(t *testing.T) {
	if dir := os.Getenv("WRITE_RETURNS"); dir != "" {
		prepareReturns(t, dir)
		return
	}
	files, err := filepath.Glob(filepath.Join(returns, "*--*.pdf"))
	if err != nil || len(files) < 15 {
		t.Fatalf("only %d returns: %v", len(files), err)
	}
	lab := newLab(t)
	anchors, err := trust.LoadAnchors(filepath.Join(returns, "root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			shape, _, _ := strings.Cut(filepath.Base(file), "--")
			sent, returned := readReturn(t, "sent-"+shape+".pdf"), readReturn(t, filepath.Base(file))
			o := labOptions(lab, sent)
			o.Roots, o.Now = anchors, moment.AddDate(0, 0, 8)
			v := judge(t, returned, o)
			want, refused := refusedReturns[filepath.Base(file)]
			if !refused && (v.Verdict != workflow.Passed || len(v.Signatures) < 4) {
				t.Errorf("got %s of %d signatures: %s", v.Verdict, len(v.Signatures), explain(v))
			}
			if refused && (v.Verdict == workflow.Passed || !reasons(v, want)) {
				t.Errorf("want %s, got %s: %s", want, v.Verdict, explain(v))
			}
		})
	}
}

// refusedReturns are those that a program made in a way that nobody should accept; docs/verification.md says why.
var refusedReturns = map[string]workflow.Reason{
	"table--signpdf-3.3.0.pdf": workflow.ReasonDamaged, // It forgets the fields of every form but its own.

	// Its default mark sets a Chinese name in Courier: what viewers show there is no text.
	"table--pyhanko-7db4e6fe.pdf": workflow.ReasonStatement,
}

func readReturn(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(returns, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// prepareReturns writes what the programs need into dir: sealed files with each kind of cross-reference, the supplier's keys, and the root.
func prepareReturns(t *testing.T, dir string) {
	lab, err := signtest.NewLab(moment)
	if err != nil {
		t.Fatal(err)
	}
	write := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	// Some programs can read no other keys in a chain.
	lab.CA, err = signtest.NewCA(signtest.CAOptions{Name: "样例", Key: signtest.RSA2048, Now: moment})
	write(err)
	theirs := signtest.Person{Organization: signtest.SupplierName, CreditCode: signtest.SupplierCode, Key: signtest.RSA2048}
	employee := theirs
	employee.Name = "李层山"
	for name, person := range map[string]signtest.Person{"organization": theirs, "employee": employee} {
		id, err := lab.CA.Issue(person)
		write(err)
		write(id.WritePKCS12(filepath.Join(dir, name+".p12"), "returns"))
		write(id.WritePEM(filepath.Join(dir, name+".pem")))
	}
	lab.Ours, err = lab.CA.Organization(signtest.RSA2048)
	write(err)
	lab.OurEmployee, err = lab.CA.Employee(signtest.RSA2048)
	write(err)
	write(lab.CA.WriteRoot(filepath.Join(dir, "root.pem")))
	for shape, draft := range map[string]string{"table": "fpdf.pdf", "stream": "qpdf-objstm.pdf", "form": "form-indirect.pdf"} {
		data, err := os.ReadFile(filepath.Join("../../testdata/pdf", draft))
		write(err)
		lab.Now = moment.Add(time.Minute)
		write(os.WriteFile(filepath.Join(dir, "sent-"+shape+".pdf"), sealBoth(t, lab, data), 0o644))
	}
}

// TestMakersMark: the version that iText 2 writes into the page tree is no change; anything else there, or elsewhere, is one.
func TestMakersMark(t *testing.T) {
	lab := newLab(t)
	sent, err := lab.Sent()
	if err != nil {
		t.Fatal(err)
	}
	f, err := pdf.Open(t.Context(), bytes.NewReader(sent), int64(len(sent)), pdf.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		number int
		said   pdf.Object
		want   workflow.Outcome
	}{
		"a version":       {2, pdf.String{Value: []byte("2.1.7")}, workflow.Passed},
		"a statement":     {2, pdf.String{Value: []byte("no deal")}, workflow.Failed},
		"a dictionary":    {2, pdf.Dict{"A": pdf.Integer(1)}, workflow.Failed},
		"one in a page":   {3, pdf.String{Value: []byte("2.1.7")}, workflow.Failed},
		"one in the root": {1, pdf.String{Value: []byte("2.1.7")}, workflow.Failed},
	} {
		file, err := lab.Sign(sent, signtest.Ink{By: lab.Supplier, Also: func(u *pdf.Update, _ *pdf.File) error {
			ref := pdf.Ref{Number: c.number}
			o, err := f.Last().Dict(ref)
			if err != nil {
				return err
			}
			o = o.Clone()
			o["ITXT"] = c.said
			u.Set(ref, o)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		o := labOptions(lab, sent)
		o.Required, o.Theirs = nil, nil
		if v := judge(t, file, o); v.Verdict != c.want {
			t.Errorf("%s: %s: %s", name, v.Verdict, explain(v))
		}
	}
}
