package main_test

import (
	"bufio"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"

	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"contractd/signer"
	"contractd/signer/font"
	testca "contractd/signer/signtest"
	"contractd/signer/token"
)

// benchSizes are those that the targets are stated for.
var benchSizes = []struct {
	name string
	size int64
}{{"100KB", 100 << 10}, {"1MB", 1 << 20}, {"20MB", 20 << 20}}

// benchKey is a key with the place it is in.
type benchKey struct {
	name        string
	signer      crypto.Signer
	certificate *x509.Certificate
	chain       []*x509.Certificate
}

// benchWorld is what all benchmarks share: a CA, its keys, and documents in files.
type benchWorld struct {
	folder   string
	ca       *testca.CA
	rsa, p   *testca.Identity
	sealer   *signer.Sealer
	picture  *signer.Image
	document map[string]string // Name of a size → file.
}

func newBenchWorld(b *testing.B) *benchWorld {
	b.Helper()
	w := &benchWorld{folder: b.TempDir(), document: map[string]string{}}
	var failures []error
	keep := func(err error) { failures = append(failures, err) }
	var err error
	w.ca, err = testca.NewCA(testca.CAOptions{Name: "计量根"})
	check(b, err)
	w.rsa, err = w.ca.Issue(testca.Person{Organization: testca.CompanyName, CreditCode: testca.CompanyCode, Key: testca.RSA2048})
	keep(err)
	w.p, err = w.ca.Employee(testca.P256)
	keep(err)
	w.picture, err = signer.NewImage(sealPNG(b))
	keep(err)
	found, err := font.Find("")
	if errors.Is(err, font.ErrNone) && os.Getenv("CI") == "" {
		b.Skip("a Chinese TrueType font is missing (Debian: fonts-droid-fallback)")
	}
	keep(err)
	w.sealer = signer.New(signer.Config{Font: found})
	for _, size := range benchSizes {
		w.document[size.name] = filepath.Join(w.folder, size.name+".pdf")
		keep(writeBenchPDF(w.document[size.name], 10, size.size))
	}
	keep(w.ca.WriteRoot(filepath.Join(w.folder, "root.pem")))
	keep(w.p.WritePEM(filepath.Join(w.folder, "key.pem")))
	check(b, errors.Join(failures...))
	return w
}

// keys are file keys, and the same on SoftHSM2 where it is installed.
func (w *benchWorld) keys(b *testing.B) []benchKey {
	b.Helper()
	keys := []benchKey{
		{"file RSA-2048", w.rsa.Signer, w.rsa.Certificate, w.rsa.Chain},
		{"file P-256", w.p.Signer, w.p.Certificate, w.p.Chain},
	}
	onToken, err := w.tokenKey(b)
	if err != nil && os.Getenv("CI") == "" {
		b.Logf("SoftHSM2 is left out: %v (Debian: softhsm2)", err)
		return keys
	}
	check(b, err)
	return append(keys, onToken)
}

// tokenKey puts the RSA key on a SoftHSM2 token.
func (w *benchWorld) tokenKey(b *testing.B) (benchKey, error) {
	b.Setenv("SOFTHSM2_CONF", "") // Restored at the end.
	h, err := token.NewSoftHSM(b.TempDir())
	if err != nil {
		return benchKey{}, err
	}
	if err := h.Init("计量", pin); err != nil {
		return benchKey{}, err
	}
	if err := h.Import(b.Context(), "计量", pin, "org", []byte("org"), w.rsa.Signer, w.rsa.Certificate, w.rsa.Chain...); err != nil {
		return benchKey{}, err
	}
	opened, err := token.Open(b.Context(), token.Config{Module: h.Module, TokenLabel: "计量", ObjectLabel: "org"})
	if err != nil {
		return benchKey{}, err
	}
	b.Cleanup(func() {
		if err := opened.Close(); err != nil {
			b.Error(err)
		}
	})
	if err := opened.Login(b.Context(), pin); err != nil {
		return benchKey{}, err
	}
	key, err := opened.Key(b.Context())
	if err != nil {
		return benchKey{}, err
	}
	return benchKey{"SoftHSM2 RSA-2048", key, key.Certificate, key.Chain}, nil
}

// request seals visibly, with a picture and Chinese text.
func (w *benchWorld) request(key benchKey) signer.Request {
	now := time.Now()
	return signer.Request{
		Key: key.signer, Certificate: key.certificate, Chain: key.chain, Time: now, Reason: "合同签章",
		Seals: []signer.Seal{{
			Pages: signer.LastPage, Image: w.picture, Size: 40, X: 130, Y: 40, Lines: signer.Describe(testca.CompanyName, now, "合同签章"),
		}},
	}
}

// seal writes the document of that size, sealed by each key in turn, and returns the file's name.
func (w *benchWorld) seal(b *testing.B, size string, keys ...benchKey) string {
	b.Helper()
	from := w.document[size]
	for n, key := range keys {
		to := filepath.Join(w.folder, fmt.Sprintf("%s-sealed-%d.pdf", size, n+1))
		in, length := openBench(b, from)
		out, err := os.Create(to)
		check(b, err)
		_, err = w.sealer.Seal(b.Context(), in, length, out, w.request(key))
		check(b, errors.Join(err, out.Close()))
		from = to
	}
	return from
}

// openBench opens a file that stays open until the benchmark ends.
func openBench(b *testing.B, path string) (*os.File, int64) {
	b.Helper()
	file, err := os.Open(path)
	check(b, err)
	b.Cleanup(func() { file.Close() }) // Only read from.
	info, err := file.Stat()
	check(b, err)
	return file, info.Size()
}

// median sorts in place.
func median[T ~int64 | ~float64](all []T) T {
	slices.Sort(all)
	return all[len(all)/2]
}

// writeBenchPDF writes pages whose contents are random letters, so that the file has about the given size.
func writeBenchPDF(path string, pages int, size int64) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out := &pdfWriter{Writer: bufio.NewWriter(file)}
	out.print("%%PDF-1.7\n%%\xe2\xe3\xcf\xd3\n")
	out.object("<</Type/Catalog/Pages 2 0 R>>")
	kids := ""
	for page := range pages {
		kids += fmt.Sprintf("%d 0 R ", 4+2*page)
	}
	out.object("<</Type/Pages/Count %d/Kids[%s]/MediaBox[0 0 595 842]>>", pages, kids)
	out.object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
	random := rand.New(rand.NewPCG(1, 2))
	letters := make([]byte, size/int64(pages))
	for page := range pages {
		for n := range letters {
			letters[n] = 'a' + byte(random.IntN(26))
		}
		content := fmt.Sprintf("BT /F 24 Tf 72 700 Td (Page %d) Tj ET\n%%", page+1)
		out.object("<</Type/Page/Parent 2 0 R/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>", 5+2*page)
		out.object("<</Length %d>>stream\n%s%s\nendstream", len(content)+len(letters), content, letters)
	}
	out.end()
	return out.Flush()
}

// pdfWriter remembers where objects begin. Errors of writing stay in the buffer until Flush.
type pdfWriter struct {
	*bufio.Writer
	at      int64
	offsets []int64
}

func (w *pdfWriter) print(format string, args ...any) {
	n, _ := fmt.Fprintf(w, format, args...) // Told by Flush.
	w.at += int64(n)
}

func (w *pdfWriter) object(format string, args ...any) {
	w.offsets = append(w.offsets, w.at)
	w.print("%d 0 obj\n", len(w.offsets))
	w.print(format, args...)
	w.print("\nendobj\n")
}

func (w *pdfWriter) end() {
	start := w.at
	w.print("xref\n0 %d\n0000000000 65535 f \n", len(w.offsets)+1)
	for _, offset := range w.offsets {
		w.print("%010d 00000 n \n", offset)
	}
	w.print("trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(w.offsets)+1, start)
}
