package main_test

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"text/tabwriter"
	"time"

	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/workflow"
)

// race runs the contestants in turn, so that whatever else the machine does happens to all of them, and returns the
// median time of each.
func race(b *testing.B, contestants ...func() error) []time.Duration {
	b.Helper()
	times := make([][]time.Duration, len(contestants))
	for b.Loop() {
		for n, run := range contestants {
			start := time.Now()
			err := run()
			times[n] = append(times[n], time.Since(start))
			check(b, err)
		}
	}
	b.ReportMetric(0, "ns/op") // The sum of all contestants says nothing.
	medians := make([]time.Duration, len(times))
	for n, all := range times {
		medians[n] = median(all)
	}
	return medians
}

// table prints aligned lines when a benchmark has run.
type table struct{ *tabwriter.Writer }

func newTable(b *testing.B, title, head string) table {
	t := table{tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)}
	fmt.Fprintf(t, "%s\t\n", head)
	b.Cleanup(func() {
		fmt.Printf("\n%s\n", title)
		t.Flush() // To the terminal; nothing is lost where nobody looks.
		fmt.Println()
	})
	return t
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/1e6) }

func perSecond(d time.Duration) float64 { return float64(time.Second) / float64(d) }

// BenchmarkSealing compares a visible seal with Chinese text, from a file to a file, with what nobody can do without: the
// key's own operation and one pass of SHA-256 over the document.
func BenchmarkSealing(b *testing.B) {
	w := newBenchWorld(b)
	t := newTable(b, "Sealing (medians of interleaved runs)",
		"key\tsize\traw key\tSHA-256\tseal\traw/s\tseals/s\tseal ÷ raw\tseal − raw − hash\tseal ÷ hash")
	for _, key := range w.keys(b) {
		for _, size := range benchSizes {
			b.Run(key.name+"/"+size.name, func(b *testing.B) {
				m := w.raceSeal(b, key, size.name)
				raw, hash, sealed := m[0], m[1], m[2]
				b.ReportMetric(perSecond(raw), "raw/s")
				b.ReportMetric(perSecond(sealed), "seals/s")
				b.ReportMetric(float64(sealed)/float64(raw), "x-raw")
				b.ReportMetric(float64(sealed)/float64(hash), "x-hash")
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%.0f\t%.0f\t%.2f\t%s\t%.2f\t\n", key.name, size.name, ms(raw), ms(hash), ms(sealed),
					perSecond(raw), perSecond(sealed), float64(sealed)/float64(raw), ms(sealed-raw-hash), float64(sealed)/float64(hash))
			})
		}
	}
}

func (w *benchWorld) raceSeal(b *testing.B, key benchKey, size string) []time.Duration {
	in, length := openBench(b, w.document[size])
	out, err := os.Create(filepath.Join(b.TempDir(), "sealed.pdf"))
	check(b, err)
	defer out.Close() // Thrown away.
	request, digest := w.request(key), sha256.Sum256(nil)
	return race(b,
		func() error {
			_, err := key.signer.Sign(rand.Reader, digest[:], crypto.SHA256)
			return err
		},
		func() error { return hashAll(in, length) },
		func() error {
			if _, err := out.Seek(0, io.SeekStart); err != nil {
				return err
			}
			_, err := w.sealer.Seal(b.Context(), in, length, out, request)
			return err
		})
}

func hashAll(in io.ReaderAt, length int64) error {
	_, err := io.CopyBuffer(sha256.New(), io.NewSectionReader(in, 0, length), make([]byte, 256<<10))
	return err
}

// BenchmarkVerifying judges a document with two seals, in this process, beside one pass of SHA-256.
func BenchmarkVerifying(b *testing.B) {
	w := newBenchWorld(b)
	roots := trust.NewAnchors(w.ca.Root)
	t := newTable(b, "Verifying two seals in this process (medians of interleaved runs)", "size\tSHA-256\tverify\tverifications/s\tverify ÷ hash")
	keys := w.keys(b)[:2]
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			in, length := openBench(b, w.seal(b, size.name, keys...))
			document, err := workflow.Identify(b.Context(), in, length)
			check(b, err)
			m := race(b,
				func() error { return hashAll(in, length) },
				func() error {
					verdict, err := verify.Verify(b.Context(), document, verify.Options{Roots: roots})
					if err == nil && verdict.Verdict != workflow.Passed {
						err = fmt.Errorf("verdict %s: %v", verdict.Verdict, verdict.AllCauses())
					}
					return err
				})
			b.ReportMetric(perSecond(m[1]), "verifications/s")
			b.ReportMetric(float64(m[1])/float64(m[0]), "x-hash")
			fmt.Fprintf(t, "%s\t%s\t%s\t%.0f\t%.2f\t\n", size.name, ms(m[0]), ms(m[1]), perSecond(m[1]), float64(m[1])/float64(m[0]))
		})
	}
}
