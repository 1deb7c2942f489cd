package signer_test

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"io"
	"testing"

	"contractd/signer"
	"contractd/signer/pdf"
	"contractd/signer/signtest"
	"contractd/workflow"
)

// changing is what a hand-made revision does.
type changing func(file *pdf.File, u *pdf.Update) error

// revised appends a revision.
func revised(t testing.TB, document []byte, change changing) []byte {
	t.Helper()
	file, err := pdf.Open(context.Background(), bytes.NewReader(document), int64(len(document)), pdf.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	u := pdf.NewUpdate(file)
	if err := change(file, u); err != nil {
		t.Fatal(err)
	}
	tail, err := u.Build()
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(document), tail.Bytes...)
}

// keys are the private ones, as our own programs write them and as anybody can.
func keys(batch string, before int64, more pdf.Dict) pdf.Dict {
	d := pdf.Dict{"CTRD_Batch": pdf.TextString(batch), "CTRD_Before": pdf.Integer(before)}
	for key, value := range more {
		d[key] = value
	}
	return d
}

// longTerm adds /DSS with a certificate.
func longTerm(batch string, more pdf.Dict) changing {
	return func(file *pdf.File, u *pdf.Update) error {
		dss := keys(batch, file.Size(), pdf.Dict{"Certs": pdf.Array{u.Add(pdf.FlateStream(pdf.Dict{}, []byte("certificate")))}})
		for key, value := range more {
			dss[key] = value
		}
		return u.SetCatalog(pdf.Dict{"DSS": u.Add(dss)})
	}
}

// newField adds a signature field to the first page.
func newField(name string, more func(file *pdf.File, u *pdf.Update) pdf.Dict) changing {
	return func(file *pdf.File, u *pdf.Update) error {
		pages, err := file.Last().Pages()
		if err != nil {
			return err
		}
		field := pdf.Dict{"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Widget"), "FT": pdf.Name("Sig"), "T": pdf.TextString(name), "Rect": pdf.Rect{}.Array()}
		for key, value := range more(file, u) {
			field[key] = value
		}
		ref := u.Add(field)
		return errors.Join(u.AppendAnnots(pages[0].Ref, ref), u.AppendFields(ref))
	}
}

func documentTimestamp(batch string) changing {
	return newField("Timestamp", func(file *pdf.File, u *pdf.Update) pdf.Dict {
		return pdf.Dict{"V": u.Add(keys(batch, file.Size(), pdf.Dict{
			"Type": pdf.Name("DocTimeStamp"), "SubFilter": pdf.Name("ETSI.RFC3161"), "Contents": pdf.String{Value: []byte("token")},
		}))}
	})
}

func emptyField(batch string) changing {
	return newField("SupplierOrganization", func(file *pdf.File, _ *pdf.Update) pdf.Dict { return keys(batch, file.Size(), nil) })
}

// annotation adds one to the first page.
func annotation(batch string, subtype pdf.Name) changing {
	return func(file *pdf.File, u *pdf.Update) error {
		pages, err := file.Last().Pages()
		if err != nil {
			return err
		}
		return u.AppendAnnots(pages[0].Ref, u.Add(keys(batch, file.Size(), pdf.Dict{"Type": pdf.Name("Annot"), "Subtype": subtype, "Rect": pdf.Rect{}.Array()})))
	}
}

// both makes one revision of two changes.
func both(first, second changing) changing {
	return func(file *pdf.File, u *pdf.Update) error { return errors.Join(first(file, u), second(file, u)) }
}

// newText gives the first page other contents.
func newText(file *pdf.File, u *pdf.Update) error {
	pages, err := file.Last().Pages()
	if err != nil {
		return err
	}
	page, err := file.Last().Dict(pages[0].Ref)
	if err != nil {
		return err
	}
	changed := pdf.Dict{}
	for key, value := range page {
		changed[key] = value
	}
	changed["Contents"] = u.Add(pdf.FlateStream(pdf.Dict{}, []byte("BT ET")))
	u.Set(pages[0].Ref, changed)
	return nil
}

func undo(t testing.TB, document []byte, batch signer.Batch) (signer.Undone, []byte, error) {
	t.Helper()
	var out bytes.Buffer
	undone, err := signer.New(signer.Config{}).Undo(t.Context(), bytes.NewReader(document), int64(len(document)), &out, batch)
	return undone, out.Bytes(), err
}

// TestUndoTakesWhatAccompanies lays everything that a sealing act writes around two signatures of one batch, on a file that
// another batch has sealed.
func TestUndoTakesWhatAccompanies(t *testing.T) {
	w := newWorld(t)
	s := signer.New(signer.Config{})
	before, _ := seal(t, s, fixture(t, "libreoffice.pdf"), request(t, w.p256))
	document := revised(t, before, annotation("b2", "Stamp"))
	document = revised(t, document, emptyField("b2"))
	prepared := document
	for range 2 {
		r := request(t, w.rsa)
		r.BatchID = "b2"
		document, _ = seal(t, s, document, r)
	}
	document = revised(t, document, longTerm("b2", nil))
	document = revised(t, document, documentTimestamp("b2"))
	document = revised(t, document, both(longTerm("b2", nil), documentTimestamp("b2")))
	own := signer.Batch{Own: w.rsa.Certificate.Equal}
	undone, out, err := undo(t, document, own)
	if err != nil || !bytes.Equal(out, before) || undone.Signatures != 2 || undone.Accompanied != 5 || undone.BatchID != "b2" {
		t.Fatalf("%+v, %d bytes of %d, %v", undone, len(out), len(before), err)
	}
	own.To = int64(len(prepared))
	if _, out, err = undo(t, document, own); err != nil || !bytes.Equal(out, prepared) {
		t.Errorf("undo to a known size: %d bytes of %d, %v", len(out), len(prepared), err)
	}
	own.To = int64(len(prepared)) - 1
	if _, out, err = undo(t, document, own); !errors.Is(err, workflow.ErrIntegrity) || len(out) > 0 {
		t.Errorf("undo to a size that ends nothing: %d bytes, %v", len(out), err)
	}
}

// TestUndoHostileClaims has strangers write our private keys, with the right batch and the right sizes.
func TestUndoHostileClaims(t *testing.T) {
	w := newWorld(t)
	s := signer.New(signer.Config{})
	draft := fixture(t, "libreoffice.pdf")
	signed := func(in []byte, batch string) []byte {
		r := request(t, w.p256)
		r.BatchID = batch
		out, _ := seal(t, s, in, r)
		return out
	}
	r := request(t, w.rsa)
	r.BatchID = "ours"
	ours, _ := seal(t, s, draft, r)
	theirs := signed(draft, "ours")
	overTheirs, _ := seal(t, s, theirs, r)
	low := revised(t, ours, longTerm("ours", pdf.Dict{"CTRD_Before": pdf.Integer(len(draft))}))
	tests := map[string]struct {
		document []byte
		want     error
	}{
		"their signature with our batch":          {signed(ours, "ours"), workflow.ErrPolicy},
		"long-term material of another batch":     {revised(t, ours, longTerm("theirs", nil)), workflow.ErrPolicy},
		"long-term material without keys":         {revised(t, ours, longTerm("", nil)), workflow.ErrPolicy},
		"long-term material over a far cut":       {low, workflow.ErrIntegrity},
		"other things in long-term material":      {revised(t, ours, longTerm("ours", pdf.Dict{"Kids": pdf.Array{}})), workflow.ErrPolicy},
		"a page with long-term material":          {revised(t, ours, both(newText, longTerm("ours", nil))), workflow.ErrPolicy},
		"a page under a stamp":                    {revised(t, ours, both(newText, annotation("ours", "Stamp"))), workflow.ErrPolicy},
		"a note":                                  {revised(t, ours, annotation("ours", "FreeText")), workflow.ErrPolicy},
		"a timestamp that shows a page":           {revised(t, ours, both(documentTimestamp("ours"), newText)), workflow.ErrPolicy},
		"a timestamp over their signature":        {revised(t, signed(ours, "ours"), documentTimestamp("ours")), workflow.ErrPolicy},
		"two claims":                              {revised(t, ours, both(emptyField("ours"), annotation("theirs", "Stamp"))), workflow.ErrPolicy},
		"claims without any signature":            {revised(t, draft, emptyField("ours")), workflow.ErrPolicy},
		"a change of the catalog":                 {revised(t, ours, both(longTerm("ours", nil), setLang)), workflow.ErrPolicy},
		"an old object written anew":              {revised(t, ours, both(emptyField("ours"), rewriteFont)), workflow.ErrPolicy},
		"bytes behind the long-term material":     {append(revised(t, ours, longTerm("ours", nil)), "%evil"...), workflow.ErrPolicy},
		"their signature under ours, both undone": {theirs, workflow.ErrPolicy},
	}
	for name, test := range tests {
		undone, out, err := undo(t, test.document, signer.Batch{Own: w.rsa.Certificate.Equal})
		if !errors.Is(err, test.want) || len(out) > 0 {
			t.Errorf("%s: %+v, %d bytes, %v; want %v", name, undone, len(out), err, test.want)
		}
	}
	_, out, err := undo(t, overTheirs, signer.Batch{Own: w.rsa.Certificate.Equal})
	if err != nil || !bytes.Equal(out, theirs) { // Their signature below claims our batch: it stays.
		t.Errorf("over their signature with our batch: %d bytes of %d, %v", len(out), len(theirs), err)
	}
	field := revised(t, draft, emptyField("theirs"))
	over, _ := seal(t, s, field, r)
	if _, out, err = undo(t, over, signer.Batch{Own: w.rsa.Certificate.Equal}); err != nil || !bytes.Equal(out, field) {
		t.Errorf("over an empty field of others: %d bytes of %d, %v", len(out), len(field), err)
	}
}

func setLang(_ *pdf.File, u *pdf.Update) error {
	return u.SetCatalog(pdf.Dict{"OpenAction": pdf.Dict{"S": pdf.Name("URI")}})
}

// rewriteFont replaces the page tree's root, under its own number.
func rewriteFont(file *pdf.File, u *pdf.Update) error {
	catalog, err := file.Last().Catalog()
	if err != nil {
		return err
	}
	root, err := file.Last().Dict(catalog["Pages"])
	if err != nil {
		return err
	}
	changed := pdf.Dict{"MediaBox": pdf.Array{pdf.Integer(0), pdf.Integer(0), pdf.Integer(10), pdf.Integer(10)}}
	for key, value := range root {
		changed[key] = value
	}
	u.Set(catalog["Pages"].(pdf.Ref), changed)
	return nil
}

// liar shows one public key and signs with another.
type liar struct{ crypto.Signer }

func (l liar) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	value, err := l.Signer.Sign(random, digest, opts)
	if err == nil {
		value[len(value)-1] ^= 1
	}
	return value, err
}

// TestProve refuses a key that is not the certificate's, and one that does not sign with it.
func TestProve(t *testing.T) {
	w := newWorld(t)
	for _, id := range []*signtest.Identity{w.rsa, w.p256} {
		if err := signer.Prove(t.Context(), id.Signer, id.Certificate); err != nil {
			t.Errorf("%s: %v", id.Certificate.Subject.CommonName, err)
		}
	}
	if err := signer.Prove(t.Context(), w.rsa.Signer, w.p256.Certificate); !errors.Is(err, workflow.ErrKeyMissing) {
		t.Errorf("another's certificate: %v", err)
	}
	if err := signer.Prove(t.Context(), liar{w.rsa.Signer}, w.rsa.Certificate); err == nil {
		t.Error("a token that signs wrongly proves something")
	}
}
