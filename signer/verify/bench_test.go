package verify_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

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
