//go:build unix

package signer_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"

	"contractd/signer"
	"contractd/signer/cms"
	"contractd/signer/signtest"
	"contractd/signer/token"
)

// sizes are those that the targets are stated for.
var sizes = []struct {
	name string
	size int
}{{"100KB", 100 << 10}, {"1MB", 1 << 20}, {"20MB", 20 << 20}}

// BenchmarkRawKey is what the others are to be compared with: the key operation alone.
func BenchmarkRawKey(b *testing.B) {
	for name, key := range benchKeys(b) {
		b.Run(name, func(b *testing.B) {
			digest := sha256.Sum256(nil)
			defer reportCPU(b)()
			for b.Loop() {
				if _, err := key.Key.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkHash is one pass of SHA-256 over the document.
func BenchmarkHash(b *testing.B) {
	for _, size := range sizes {
		b.Run(size.name, func(b *testing.B) {
			in := bytes.NewReader(make([]byte, size.size))
			defer reportCPU(b)()
			for b.Loop() {
				if _, err := io.Copy(sha256.New(), io.NewSectionReader(in, 0, in.Size())); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSeal seals visibly, with Chinese text, from a file to a file.
func BenchmarkSeal(b *testing.B) {
	s := signer.New(signer.Config{Font: chinese(b)})
	picture := sealImage(b)
	for name, key := range benchKeys(b) {
		key.Seals = []signer.Seal{{Image: picture, Size: 40, Lines: signer.Describe("广州某某科技有限公司", key.Time, "确认签订")}}
		for _, size := range sizes {
			b.Run(name+"/"+size.name, func(b *testing.B) {
				benchSeal(b, s, key, generate(10, size.size))
			})
		}
	}
}

func benchSeal(b *testing.B, s *signer.Sealer, r signer.Request, document []byte) {
	in, err := os.Open(writeTemp(b, document))
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close() // Only read from.
	out, err := os.Create(filepath.Join(b.TempDir(), "sealed.pdf"))
	if err != nil {
		b.Fatal(err)
	}
	defer out.Close() // Thrown away.
	b.ReportAllocs()
	defer reportCPU(b)()
	for b.Loop() {
		if _, err := out.Seek(0, io.SeekStart); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Seal(b.Context(), in, int64(len(document)), out, r); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBatch places a riding and an ordinary seal on 100 pages: one key operation, and what everything around it costs.
func BenchmarkBatch(b *testing.B) {
	s := signer.New(signer.Config{Font: chinese(b)})
	for name, key := range benchKeys(b) {
		key.Seals = usualSeals(b)
		key.Seals[1].Lines = signer.Describe("广州某某科技有限公司", key.Time, "确认签订")
		b.Run(name, func(b *testing.B) { benchSeal(b, s, key, generate(100, 100<<10)) })
	}
}

// reportCPU measures processor time, which other work on the machine disturbs less than the clock.
func reportCPU(b *testing.B) func() {
	start := cpuTime(b)
	return func() { b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N), "cpu-ns/op") }
}

func cpuTime(b *testing.B) int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

// benchKeys are file keys, and the same on SoftHSM2 where it is installed.
func benchKeys(b *testing.B) map[string]signer.Request {
	w := newWorld(b)
	keys := map[string]signer.Request{}
	for name, id := range map[string]*signtest.Identity{"RSA-2048": w.rsa, "P-256": w.p256} {
		keys["file/"+name] = signer.Request{Key: id.Signer, Certificate: id.Certificate, Chain: id.Chain}
	}
	for name, key := range tokenKeys(b, w) {
		keys["softhsm/"+name] = signer.Request{Key: key, Certificate: key.Certificate, Chain: key.Chain}
	}
	return keys
}

// tokenKeys puts the keys of a world on a SoftHSM2 token; none if that is not installed.
func tokenKeys(t testing.TB, w *world) map[string]*token.Key {
	t.Setenv("SOFTHSM2_CONF", "") // Restored at the end.
	h, err := token.NewSoftHSM(t.TempDir())
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Log(err)
		return nil
	}
	if err := h.Init("签章", "123456"); err != nil {
		t.Fatal(err)
	}
	keys := map[string]*token.Key{}
	for name, id := range map[string]*signtest.Identity{"RSA-2048": w.rsa, "P-256": w.p256} {
		if err := h.Import(t.Context(), "签章", "123456", name, []byte(name), id.Signer, id.Certificate, id.Chain...); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"RSA-2048", "P-256"} {
		opened, err := token.Open(t.Context(), token.Config{Module: h.Module, TokenLabel: "签章", ObjectLabel: name, Sessions: 2})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := opened.Close(); err != nil {
				t.Error(err)
			}
		})
		if err := opened.Login(t.Context(), "123456"); err != nil {
			t.Fatal(err)
		}
		if keys[name], err = opened.Key(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

// TestTokensSeal has keys on a token, several at once.
func TestTokensSeal(t *testing.T) {
	w := newWorld(t)
	keys := tokenKeys(t, w)
	if keys == nil {
		t.Skip("SoftHSM2 is missing (Debian: softhsm2)")
	}
	s := signer.New(signer.Config{Font: chinese(t)})
	document := fixture(t, "libreoffice.pdf")
	var group sync.WaitGroup
	for i := range 6 {
		name := []string{"RSA-2048", "P-256", "RSA-2048"}[i%3]
		r := request(t, &signtest.Identity{Signer: keys[name], Certificate: keys[name].Certificate, Chain: keys[name].Chain})
		r.PSS, r.Seals[0].Lines = i%3 == 2, []string{fmt.Sprintf("小山层 %d", i)}
		r.Profile = []cms.Profile{cms.PKCS7, cms.CAdES}[i%2]
		group.Go(func() {
			out, _ := seal(t, s, document, r)
			byPDFSig(t, writeTemp(t, out), 1)
		})
	}
	group.Wait()
}

// TestMemoryStaysSmall seals 20 MB from a file to nowhere: no buffer of the file's size may be made.
func TestMemoryStaysSmall(t *testing.T) {
	w := newWorld(t)
	s := signer.New(signer.Config{})
	document := generate(10, 20<<20)
	in, err := os.Open(writeTemp(t, document))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close() // Only read from.
	size := int64(len(document))
	document = nil
	r := request(t, w.p256)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := s.Seal(t.Context(), in, size, io.Discard, r); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 2<<20 {
		t.Errorf("sealing 20 MB allocated %d KB in all", got>>10)
	} else {
		t.Logf("sealing 20 MB allocated %d KB in all", got>>10)
	}
}

// reading counts what is read.
type reading struct {
	io.ReaderAt
	bytes int64
}

func (r *reading) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.ReaderAt.ReadAt(p, off)
	r.bytes += int64(n)
	return n, err
}

// TestInputIsReadOnce has ten signatures over 20 MB: the digest goes on from revision to revision, so that the file is hashed once
// for all of them.
func TestInputIsReadOnce(t *testing.T) {
	w := newWorld(t)
	document := generate(10, 20<<20)
	r, key := by(w.p256, signer.Seal{Kind: signer.MultiPage, Image: sealImage(t), Size: 30, X: 10, Y: 10})
	r.Separate = true
	in := &reading{ReaderAt: bytes.NewReader(document)}
	result, err := signer.New(signer.Config{}).Seal(t.Context(), in, int64(len(document)), io.Discard, r)
	if err != nil || key.operations != 10 || len(result.Signatures) != 10 {
		t.Fatalf("%d key operations: %v", key.operations, err)
	}
	if in.bytes > int64(len(document))*11/10 {
		t.Errorf("%d bytes were read of a document of %d", in.bytes, len(document))
	}
}
