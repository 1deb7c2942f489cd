package verify_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"contractd/signer/pdf"
	"contractd/signer/signtest"
	"contractd/signer/verify"
	"contractd/workflow"
)

// patience ends what would never end. An idle machine needs less than two seconds for each; that is measured, not
// asserted, for the race detector and neighbours cost many times as much.
const patience = 2 * time.Minute

// TestHostile wants an answer, whatever the file; verification.md, 6.
func TestHostile(t *testing.T) {
	lab := newLab(t)
	sent, err := lab.Sent()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"ten megabytes of brackets":                 bytes.Repeat([]byte("["), 10<<20),
		"brackets behind a header":                  append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("["), 10<<20)...),
		"brackets in a signed file":                 bytes.Replace(sent, []byte("/ByteRange ["), append([]byte("/ByteRange "), bytes.Repeat([]byte("["), 10<<20)...), 1),
		"brackets as an object":                     oneObject("/X 4 0 R", strings.Repeat("[", 10<<20)),
		"pages in a circle":                         oneObject("/Pages 4 0 R", "<< /Type /Pages /Kids [4 0 R] >>"),
		"fields in a circle":                        oneObject("/AcroForm << /Fields [4 0 R] >>", "<< /T (a) /Kids [4 0 R] >>"),
		"structure in a circle":                     oneObject("/StructTreeRoot 4 0 R", "<< /K 4 0 R >>"),
		"a field for every object":                  oneObject("/AcroForm << /Fields ["+strings.Repeat("4 0 R ", 400_000)+"] >>", "<< /FT /Sig /V 4 0 R >>"),
		"many beginnings of a value":                append(bytes.Clone(sent), bytes.Repeat([]byte("<30"), 3<<20)...),
		"many byte ranges":                          append(bytes.Clone(sent), bytes.Repeat([]byte("/ByteRange"), 1<<20)...),
		"a signature with a huge value":             oneObject("/AcroForm << /Fields [<< /FT /Sig /T (a) /V 4 0 R >>] >>", "<< /ByteRange [0 1 2 3] /Contents <"+strings.Repeat("30", 4<<20)+"> >>"),
		"a value of nested BER":                     oneObject("/AcroForm << /Fields [<< /FT /Sig /T (a) /V 4 0 R >>] >>", "<< /ByteRange [0 1 2 3] /Contents <"+strings.Repeat("3080", 1<<20)+"> >>"),
		"hundreds of revisions beside a large form": manyRevisions(t, 15050),
		"hundreds of revisions within a large form": manyRevisions(t, 4),
		"thousands of other certificates":           otherCertificates(t, lab, sent),
		"hundreds of thousand page nodes":           oneObject("/Pages 4 0 R", "<< /Type /Pages /Kids ["+strings.Repeat("3 0 R ", 400_000)+"] >>"),
	} {
		t.Run(name, func(t *testing.T) {
			within := func() context.Context {
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				t.Cleanup(cancel)
				return ctx
			}
			v, err := verify.Verify(within(), document(data), labOptions(lab, sent))
			if err != nil || v.Verdict != workflow.Failed {
				t.Errorf("got %s: %s, %v", v.Verdict, explain(v), err)
			}
			if _, err := verify.Inspect(within(), document(data), pdf.Limits{}); err != nil {
				t.Errorf("inspect: %v", err)
			}
			if _, err := verify.Extract(within(), document(data), pdf.Limits{}); err != nil {
				t.Errorf("extract: %v", err)
			}
		})
	}
}

// otherCertificates signs twice, each time with a document security store of 2000 other certificates.
func otherCertificates(t *testing.T, lab *signtest.Lab, sent []byte) []byte {
	t.Helper()
	for i, by := range []*signtest.Identity{lab.SupplierEmployee, lab.Supplier} {
		var err error
		sent, err = lab.Sign(sent, signtest.Ink{By: by, Also: func(u *pdf.Update, _ *pdf.File) error {
			var certs pdf.Array
			for n := range 2000 {
				certs = append(certs, u.Add(&pdf.Stream{Dict: pdf.Dict{}, Raw: fmt.Appendf(nil, "%d-%d", i, n)}))
			}
			return u.SetCatalog(pdf.Dict{"DSS": pdf.Dict{"Certs": certs}})
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	return sent
}

// oneObject is a file whose catalog has those keys, with one object, 4.
func oneObject(keys, body string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range []string{"<< /Type /Catalog /Pages 2 0 R " + keys + " >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>", body} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	b.WriteString("xref\n0 5\n0000000000 65535 f \n")
	for _, off := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", off)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", start)
	return b.Bytes()
}

// manyRevisions is a form of many fields under as many revisions as the reader takes.
func manyRevisions(t *testing.T, touched int) []byte {
	const count = 15_000
	var b, table bytes.Buffer
	object := func(number int, body string) {
		fmt.Fprintf(&table, "%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", number, body)
	}
	b.WriteString("%PDF-1.7\n")
	fields := ""
	for i := range count {
		fields += fmt.Sprintf("%d 0 R ", 4+i)
	}
	object(1, "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields ["+fields+"] >> >>")
	object(2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	object(3, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>")
	for i := range count {
		object(4+i, "<< /FT /Tx /T (a) >>")
	}
	file := fmt.Appendf(b.Bytes(), "xref\n0 1\n0000000000 65535 f \n1 %d\n%strailer\n<< /Size 15100 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n",
		count+3, table.String(), b.Len())
	var err error
	for range 500 {
		if err == nil {
			file, err = quickPatch(file, touched)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// quickPatch appends a revision without reading the file.
func quickPatch(in []byte, touched int) ([]byte, error) {
	var prev int
	if _, err := fmt.Sscanf(string(in[bytes.LastIndex(in, []byte("startxref")):]), "startxref\n%d", &prev); err != nil {
		return nil, err
	}
	at := len(in)
	in = fmt.Appendf(in, "%d 0 obj\n<< /FT /Tx /T (a) >>\nendobj\n", touched)
	start := len(in)
	return fmt.Appendf(in, "xref\n%d 1\n%010d 00000 n \ntrailer\n<< /Size 15100 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n", touched, at, prev, start), nil
}

// TestFlippedBytes alters single bytes of a returned file, outside of the signature values: none of them may pass.
func TestFlippedBytes(t *testing.T) {
	lab := newLab(t)
	samples, err := lab.Honest()
	if err != nil {
		t.Fatal(err)
	}
	s := samples[0]
	o := labOptions(lab, s.Sent)
	for at := 0; at < len(s.File); at++ {
		if inValue(s.File, at) || at%41 != 0 && at < len(s.File)-600 {
			continue
		}
		flipped := bytes.Clone(s.File)
		flipped[at] ^= 0x04
		v, err := verify.Verify(context.Background(), document(flipped), o)
		if err != nil || v.Verdict == workflow.Passed {
			t.Errorf("byte %d, %q: got %s, %v", at, s.File[max(0, at-10):min(len(s.File), at+10)], v.Verdict, err)
		}
	}
}

// inValue says whether a byte stands in a long hexadecimal string, which no signature covers wholly.
func inValue(file []byte, at int) bool {
	open := bytes.LastIndexByte(file[:at], '<')
	end := bytes.IndexByte(file[at:], '>')
	return open >= 0 && end >= 0 && at+end-open > 1000
}
