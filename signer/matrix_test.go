package signer_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"contractd/signer"
	"contractd/signer/cms"
	"contractd/signer/signtest"
)

// drafts are all that can be sealed: the fixtures of many producers, and documents made for their shape.
func drafts(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "testdata", "pdf", "*.pdf"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d fixtures: %v", len(files), err)
	}
	all := map[string][]byte{"generated-1.pdf": generate(1, 1000), "generated-100.pdf": generate(100, 100_000)}
	for _, file := range files {
		if name := filepath.Base(file); name != "encrypted.pdf" {
			all[name] = fixture(t, name)
		}
	}
	if !testing.Short() {
		all["generated-20MB.pdf"] = generate(10, 20<<20)
	}
	return all
}

// TestMatrix seals every draft by both keys in turn, in all profiles and levels, lets others judge, and takes the seals
// back one by one.
func TestMatrix(t *testing.T) {
	w := newWorld(t)
	s := signer.New(signer.Config{Font: chinese(t)})
	for name, draft := range drafts(t) {
		for _, profile := range []cms.Profile{cms.PKCS7, cms.CAdES} {
			for _, stamped := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/stamped=%t", name, profile, stamped), func(t *testing.T) {
					sealTwice(t, w, s, draft, profile, stamped)
				})
			}
		}
	}
}

func sealTwice(t *testing.T, w *world, s *signer.Sealer, draft []byte, profile cms.Profile, stamped bool) {
	document := draft
	var results []signer.Result
	for i, id := range []*signtest.Identity{w.rsa, w.p256} {
		r := request(t, id)
		r.Profile, r.Seals[0].X = profile, float64(5+35*i)
		r.Seals[0].Y, r.Seals[0].Size = 5, 20
		if stamped {
			r.Timestamp = w.stamp.Stamp
		}
		out, result := seal(t, s, document, r)
		if !bytes.HasPrefix(out, document) {
			t.Fatal("the input is no prefix of the output")
		}
		checkResult(t, result, document, out)
		document, results = out, append(results, result)
	}
	judge(t, writeTemp(t, document), 2)
	own := func(c *x509.Certificate) bool { return c.Equal(w.rsa.Certificate) || c.Equal(w.p256.Certificate) }
	for i := 1; i >= 0; i-- {
		var out bytes.Buffer
		undone, err := s.Undo(t.Context(), bytes.NewReader(document), int64(len(document)), &out, signer.Batch{Own: own})
		if err != nil {
			t.Fatal(err)
		}
		if undone.BatchID != results[i].BatchID || undone.Signatures != 1 || undone.Size != results[i].Before {
			t.Errorf("undone %+v, sealed %+v", undone, results[i])
		}
		document = bytes.Clone(out.Bytes())
	}
	if !bytes.Equal(document, draft) {
		t.Errorf("undo gave %d bytes back, the draft has %d", len(document), len(draft))
	}
}

func checkResult(t *testing.T, result signer.Result, in, out []byte) {
	t.Helper()
	if result.Before != int64(len(in)) || result.Size != int64(len(out)) || result.SHA256 != sha256.Sum256(out) {
		t.Errorf("result does not describe the output: %+v", result)
	}
	if !strings.HasPrefix(result.Signatures[0].Field, "Seal") || len(result.BatchID) != 32 {
		t.Errorf("field %q, batch %q", result.Signatures[0].Field, result.BatchID)
	}
}

// TestOthersReadOurText has the characters that break where UTF-16 is not escaped.
func TestOthersReadOurText(t *testing.T) {
	w := newWorld(t)
	s := signer.New(signer.Config{Font: chinese(t)})
	r := request(t, w.rsa)
	r.Seals[0].Lines = signer.Describe("南京小山层科技有限公司", r.Time, `确认 (签订\)`)
	r.Reason, r.Name = "小山层(", "小山层)"
	out, _ := seal(t, s, fixture(t, "cairo.pdf"), r)
	file := writeTemp(t, out)
	text, err := run(t, tool(t, "pdftotext", "poppler-utils"), file, "-")
	if err != nil || !strings.Contains(text, "签章人：南京小山层科技有限公司") || !strings.Contains(text, `原因：确认 (签订\)`) {
		t.Errorf("pdftotext: %v\n%s", err, text)
	}
	dump, err := run(t, tool(t, "qpdf", "qpdf"), "--json", file)
	if err != nil || !strings.Contains(dump, "小山层(") || !strings.Contains(dump, "小山层)") || !strings.Contains(dump, `广州\\天河`) {
		t.Errorf("qpdf reads other text: %v", err)
	}
}
