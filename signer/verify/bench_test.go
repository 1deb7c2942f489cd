package verify_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"contractd/signer/signtest"
	"contractd/signer/verify"
	"contractd/workflow"
)

// largeDraft is a draft of one page with that many bytes of content.
func largeDraft(size int) []byte {
	content := "BT /F1 18 Tf 72 700 Td (x) Tj ET\n%"
	content += string(bytes.Repeat([]byte("x"), size))
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range []string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
		"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>", fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content)} {
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

// BenchmarkVerify judges a file with two signatures by itself, and one with four against what was sent.
func BenchmarkVerify(b *testing.B) {
	lab := newLab(b)
	for _, size := range []int{100 << 10, 1 << 20, 20 << 20} {
		sent := largeDraft(size)
		for _, by := range []*signtest.Identity{lab.Ours, lab.OurEmployee} {
			sent = signOnce(b, lab, sent, by)
		}
		returned := signOnce(b, lab, signOnce(b, lab, sent, lab.Supplier), lab.SupplierEmployee)
		b.Run(fmt.Sprintf("general/%dKB", size>>10), func(b *testing.B) { benchmark(b, document(sent), labOptions(lab, nil)) })
		b.Run(fmt.Sprintf("contract/%dKB", size>>10), func(b *testing.B) { benchmark(b, document(returned), labOptions(lab, sent)) })
		b.Run(fmt.Sprintf("sha256/%dKB", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(sent)))
			for b.Loop() {
				workflow.HashOf(sent)
			}
		})
	}
}

func signOnce(b *testing.B, lab *signtest.Lab, in []byte, by *signtest.Identity) []byte {
	out, err := lab.Sign(in, signtest.Ink{By: by})
	if err != nil {
		b.Fatal(err)
	}
	return out
}

func benchmark(b *testing.B, doc workflow.Document, o verify.Options) {
	b.SetBytes(doc.Size)
	b.ReportAllocs()
	for b.Loop() {
		v, err := verify.Verify(context.Background(), doc, o)
		if err != nil || v.Verdict != workflow.Passed {
			b.Fatalf("%s: %s, %v", v.Verdict, explain(v), err)
		}
	}
}

// TestLargeFileIsReadOnce counts how often the bytes of a large file are read: for search, for hashing, and little more.
func TestLargeFileIsReadOnce(t *testing.T) {
	lab := newLab(t)
	file := largeDraft(8 << 20)
	for _, by := range []*signtest.Identity{lab.Ours, lab.OurEmployee} {
		var err error
		if file, err = lab.Sign(file, signtest.Ink{By: by}); err != nil {
			t.Fatal(err)
		}
	}
	doc := document(file)
	counted := &counter{reader: doc}
	doc.ReaderAt = counted
	started := time.Now()
	v, err := verify.Verify(context.Background(), doc, labOptions(lab, nil))
	if err != nil || v.Verdict != workflow.Passed {
		t.Fatalf("%s: %s, %v", v.Verdict, explain(v), err)
	}
	if passes := float64(counted.bytes) / float64(doc.Size); passes > 2.5 {
		t.Errorf("the file was read %.1f times, in %v", passes, time.Since(started))
	}
}

type counter struct {
	reader workflow.Document
	bytes  int64
}

func (c *counter) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.reader.ReadAt(p, off)
	c.bytes += int64(n)
	return n, err
}

// BenchmarkLook compares a return of twenty full pages with what was sent, of which one carries a seal, while what was sent is
// remembered, and for the first time.
func BenchmarkLook(b *testing.B) {
	lab, eyes := newLab(b), newEyes(b)
	const pages = 20
	sent := signOnce(b, lab, written(b, pages), lab.Ours)
	returned, err := lab.Sign(sent, signtest.Ink{By: lab.Supplier, Boxes: []signtest.Box{{Page: 2, X: 300, Y: 8, Width: 113, Height: 72}}})
	if err != nil {
		b.Fatal(err)
	}
	options := labOptions(lab, sent)
	options.Required, options.Theirs = nil, nil
	judged, err := verify.Verify(b.Context(), document(returned), options)
	if err != nil || judged.Verdict != workflow.Passed {
		b.Fatal(judged.AllCauses(), err)
	}
	for name, fresh := range map[string]bool{"first": true, "warm": false} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				with := eyes
				if fresh {
					with = verify.NewEyes(eyes.Renderer())
				}
				verdict := judged
				if err := with.Look(b.Context(), document(sent), document(returned), &verdict, nil); err != nil || verdict.Verdict != workflow.Passed {
					b.Fatal(verdict.AllCauses(), err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N*pages), "ms/page")
		})
	}
}

// written is a document of full pages of text.
func written(t testing.TB, pages int) []byte {
	t.Helper()
	doc := fpdf.New("P", "mm", "A4", "")
	doc.SetFont("Times", "", 10)
	for page := range pages {
		doc.AddPage()
		for line := range 50 {
			doc.Text(20, 20+5*float64(line), fmt.Sprintf("%d.%d The supplier delivers the goods that this clause names, at the price of EUR %d,%03d.00, within days.", page+1, line, line, page))
		}
	}
	var out bytes.Buffer
	if err := doc.Output(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
