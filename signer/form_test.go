package signer_test

import (
	"bytes"
	"crypto/x509"
	"strings"
	"testing"

	"contractd/signer"
	"contractd/signer/pdf"
)

func openPDF(t *testing.T, data []byte) *pdf.File {
	t.Helper()
	file, err := pdf.Open(t.Context(), bytes.NewReader(data), int64(len(data)), pdf.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestFormIsKept has a form with a field called as ours would be, and flags of its own.
func TestFormIsKept(t *testing.T) {
	w := newWorld(t)
	form := `/AcroForm<</NeedAppearances true/SigFlags 1/DA(/F 0 Tf)/Fields[<</FT/Tx/T(Seal1)/Kids[<</T(a)>>]>><</FT/Tx/T(Seal2)>>]>>`
	draft := rebuilt(strings.Replace(string(generate(1, 0)), "<</Type/Catalog", "<</Type/Catalog"+form, 1))
	out, result := seal(t, signer.New(signer.Config{}), draft, request(t, w.p256))
	if result.Signatures[0].Field != "Seal3" {
		t.Errorf("the field is called %s", result.Signatures[0].Field)
	}
	last := openPDF(t, out).Last()
	got, err := last.Form()
	if err != nil {
		t.Fatal(err)
	}
	if got["SigFlags"] != pdf.Integer(3) || got.Has("NeedAppearances") || !got.Has("DA") {
		t.Errorf("the form became %v", got)
	}
	fields, err := last.Fields()
	if err != nil || len(fields) != 3 {
		t.Errorf("%d fields, %v", len(fields), err)
	}
	judge(t, writeTemp(t, out), 1)
}

// TestInvisible leaves no mark, and its widget takes no room.
func TestInvisible(t *testing.T) {
	w := newWorld(t)
	r := request(t, w.rsa)
	r.Seals[0] = signer.Seal{Kind: signer.Invisible, Pages: "7"}
	out, result := seal(t, signer.New(signer.Config{}), fixture(t, "fpdf.pdf"), r)
	fields, err := openPDF(t, out).Last().Fields()
	if err != nil || len(fields) != 1 || len(result.Marks) > 0 {
		t.Fatalf("%d fields, marks %v, %v", len(fields), result.Marks, err)
	}
	rect, err := openPDF(t, out).Last().Rect(fields[0].Dict["Rect"])
	if err != nil || !rect.Empty() || fields[0].Dict.Has("AP") {
		t.Errorf("the widget has %v and an appearance: %t", rect, fields[0].Dict.Has("AP"))
	}
	judge(t, writeTemp(t, out), 1)
}

// TestWidgetIsAPrintedMark checks the flags that viewers go by, and that our signature forbids nothing.
func TestWidgetIsAPrintedMark(t *testing.T) {
	w := newWorld(t)
	out, _ := seal(t, signer.New(signer.Config{}), fixture(t, "fpdf.pdf"), request(t, w.rsa))
	last := openPDF(t, out).Last()
	fields, err := last.Fields()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := last.Pages()
	if err != nil {
		t.Fatal(err)
	}
	if field := fields[0].Dict; field["F"] != pdf.Integer(132) || field["P"] != pages[0].Ref {
		t.Errorf("flags %v, page %v", field["F"], field["P"])
	}
	signature, err := last.Dict(fields[0].Value)
	if err != nil || signature.Has("Reference") {
		t.Errorf("the signature carries a lock: %v", err)
	}
}

func FuzzUndo(f *testing.F) {
	w := newWorld(f)
	s := signer.New(signer.Config{})
	r := request(f, w.p256)
	r.Seals = []signer.Seal{{Kind: signer.Invisible}}
	sealed, _ := seal(f, s, generate(1, 0), r)
	f.Add(sealed)
	f.Add(generate(1, 0))
	own := func(*x509.Certificate) bool { return true }
	f.Fuzz(func(t *testing.T, data []byte) {
		var out bytes.Buffer
		undone, err := s.Undo(t.Context(), bytes.NewReader(data), int64(len(data)), &out, signer.Batch{Own: own})
		if err == nil && (!bytes.HasPrefix(data, out.Bytes()) || undone.Size != int64(out.Len()) || undone.Size >= int64(len(data))) {
			t.Fatal("what came back is no file before")
		}
	})
}
