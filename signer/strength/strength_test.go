package strength_test

import (
	"bytes"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"contractd/signer"
	"contractd/signer/cms"
	"contractd/signer/signtest"
	"contractd/signer/strength"
	"contractd/signer/trust"
	"contractd/signer/tsa"
	"contractd/signer/verify"
	"contractd/workflow"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// part is a judge of its own that may be missing on a developer's machine.
func part(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("%s is missing", name)
	}
	if err != nil {
		t.Skipf("%s is missing", name)
	}
	return path
}

// world is an authority for signers and one for timestamps, each with its register on the network.
type world struct {
	ca, stamps *signtest.CA
	registers  [2]*signtest.Register
	authority  *signtest.TSA
	client     *tsa.Client
	down       map[string]bool // Paths below which nobody answers.
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{down: map[string]bool{}}
	mux := http.NewServeMux()
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if w.down[r.URL.Path] {
			http.Error(out, "closed", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(out, r)
	}))
	t.Cleanup(server.Close)
	var err error
	w.ca, err = signtest.NewCA(signtest.CAOptions{Name: "signers", Base: server.URL + "/signers"})
	must(t, err)
	w.stamps, err = signtest.NewCA(signtest.CAOptions{Name: "stamps", Base: server.URL + "/stamps"})
	must(t, err)
	w.registers = [2]*signtest.Register{w.ca.Register(), w.stamps.Register()}
	w.authority, err = signtest.NewTSA(w.stamps, signtest.P256, nil)
	must(t, err)
	mux.Handle("/signers/", http.StripPrefix("/signers", w.registers[0]))
	mux.Handle("/stamps/", http.StripPrefix("/stamps", w.registers[1]))
	mux.Handle("/tsa", w.authority)
	for _, r := range w.registers {
		r.Now = time.Now
	}
	w.client = &tsa.Client{Authorities: []tsa.Authority{{URL: server.URL + "/tsa"}}, Anchors: trust.NewAnchors(w.stamps.Root)}
	return w
}

func (w *world) collector() *strength.Collector {
	return &strength.Collector{
		Sealer: signer.New(signer.Config{}), Roots: trust.NewAnchors(w.ca.Root), TSARoots: trust.NewAnchors(w.stamps.Root),
		Fetcher: &trust.Fetcher{Guard: trust.Guard{Private: []string{"127.0.0.1"}}}, Now: time.Now,
	}
}

func draft(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "pdf", "libreoffice.pdf"))
	must(t, err)
	return data
}

// seal signs invisibly at level B-T.
func (w *world) seal(t testing.TB, in []byte, id *signtest.Identity, batch string) ([]byte, strength.Order) {
	t.Helper()
	var out bytes.Buffer
	result, err := signer.New(signer.Config{}).Seal(t.Context(), bytes.NewReader(in), int64(len(in)), &out, signer.Request{
		Key: id.Signer, Certificate: id.Certificate, Chain: id.Chain[:1], Seals: []signer.Seal{{Kind: signer.Invisible}},
		Timestamp: w.client.Stamp, BatchID: batch,
	})
	must(t, err)
	return out.Bytes(), strength.Order{Batch: result.BatchID, Values: [][32]byte{result.Signatures[0].Value}, Stamp: w.client.Stamp}
}

func (w *world) lift(t testing.TB, in []byte, o strength.Order) []byte {
	t.Helper()
	tail, err := w.collector().Tail(t.Context(), bytes.NewReader(in), int64(len(in)), o)
	must(t, err)
	return append(bytes.Clone(in), tail...)
}

// judge verifies with nothing but the file and the anchors: no network, and everything must be known to be good.
func (w *world) judge(t testing.TB, document []byte) workflow.Verdict {
	t.Helper()
	doc, err := workflow.Identify(t.Context(), bytes.NewReader(document), int64(len(document)))
	must(t, err)
	verdict, err := verify.Verify(t.Context(), doc, verify.Options{
		Roots: trust.NewAnchors(w.ca.Root), TSARoots: trust.NewAnchors(w.stamps.Root), Revocation: trust.RevocationRequire,
	})
	must(t, err)
	return verdict
}

func levels(v workflow.Verdict) []string {
	var all []string
	for _, s := range v.Signatures {
		all = append(all, s.Level)
	}
	return all
}

func (w *world) expect(t testing.TB, what string, document []byte, want ...string) {
	t.Helper()
	v := w.judge(t, document)
	if v.Verdict != workflow.Passed || strings.Join(levels(v), " ") != strings.Join(want, " ") {
		t.Errorf("%s: %s, levels %q, want %q: %v", what, v.Verdict, levels(v), want, v.AllCauses())
	}
}

// TestLevels takes a file of two keys through the levels, each over the other's long-term material, and back.
func TestLevels(t *testing.T) {
	w := newWorld(t)
	first, err := w.ca.Organization(signtest.RSA2048)
	must(t, err)
	second, err := w.ca.Employee(signtest.P256)
	must(t, err)
	sealed, order := w.seal(t, draft(t), first, "one")
	long := w.lift(t, sealed, order)
	w.expect(t, "B-LT", long, "B-LT")
	order.Archive = true
	archived := w.lift(t, sealed, order)
	w.expect(t, "B-LTA", archived, "B-LTA", "")
	if n := w.registers[1].Asked(signtest.PathOCSP); n != 2 {
		t.Errorf("the timestamp authority's register was asked %d times for two files", n)
	}
	both, next := w.seal(t, archived, second, "two")
	next.Archive = true
	whole := w.lift(t, both, next)
	w.expect(t, "B-LTA of both", whole, "B-LTA", "", "B-LTA", "")
	for name, own := range map[string]*signtest.Identity{"two": second, "one": first} {
		var out bytes.Buffer
		from, to := whole, archived
		if name == "one" {
			from, to = archived, draft(t)
		}
		undone, err := signer.New(signer.Config{}).Undo(t.Context(), bytes.NewReader(from), int64(len(from)), &out, signer.Batch{Own: own.Certificate.Equal})
		if err != nil || undone.BatchID != name || !bytes.Equal(out.Bytes(), to) {
			t.Errorf("undo batch %s: %+v, %d bytes of %d, %v", name, undone, out.Len(), len(to), err)
		}
	}
	foreign(t, w, whole)
}

// foreign asks other implementations about a file with both signatures and both document timestamps.
func foreign(t *testing.T, w *world, document []byte) {
	dir := t.TempDir()
	file, root, stamps := filepath.Join(dir, "file.pdf"), filepath.Join(dir, "root.pem"), filepath.Join(dir, "stamps.pem")
	must(t, os.WriteFile(file, document, 0o600))
	must(t, w.ca.WriteRoot(root))
	must(t, w.stamps.WriteRoot(stamps))
	t.Run("pdfsig", func(t *testing.T) {
		out, _ := exec.Command(part(t, "pdfsig"), file).CombinedOutput() // Its exit code says nothing.
		if n := strings.Count(string(out), "Signature is Valid"); n < 2 || strings.Contains(string(out), "Digest Mismatch") {
			t.Errorf("%d valid:\n%s", n, out)
		}
	})
	t.Run("qpdf", func(t *testing.T) {
		if out, err := exec.Command(part(t, "qpdf"), "--check", file).CombinedOutput(); err != nil {
			t.Errorf("%v:\n%s", err, out)
		}
	})
	t.Run("mutool", func(t *testing.T) {
		out, err := exec.Command(part(t, "mutool"), "sign", "-v", file).CombinedOutput()
		if n := strings.Count(string(out), "The signature is valid"); err != nil || n != 2 {
			t.Errorf("%d valid, %v:\n%s", n, err, out)
		}
	})
	t.Run("openssl ts", func(t *testing.T) {
		openssl := part(t, "openssl")
		signatures, err := signtest.RawSignatures(file)
		must(t, err)
		seen := 0
		for _, s := range signatures {
			parsed, err := cms.Parse(s.Contents)
			must(t, err)
			if !parsed.EContentType.Equal(cms.OIDTSTInfo) {
				continue
			}
			seen++
			token := filepath.Join(dir, "token.der")
			must(t, os.WriteFile(token, s.Contents[:parsed.Length], 0o600))
			digest, err := s.Digest(5) // SHA-256.
			must(t, err)
			out, err := exec.Command(openssl, "ts", "-verify", "-digest", hexOf(digest), "-in", token, "-token_in", "-CAfile", stamps).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "Verification: OK") {
				t.Errorf("document timestamp %d: %v:\n%s", seen, err, out)
			}
		}
		if seen != 2 {
			t.Errorf("%d document timestamps", seen)
		}
	})
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}

// TestMissingMaterial names the certificate that lacks something, and adds nothing.
func TestMissingMaterial(t *testing.T) {
	for name, test := range map[string]struct {
		down    []string
		prepare func(*world, *signtest.Identity)
		want    string
	}{
		"signer":              {[]string{"/signers/ocsp", "/signers/issuing.crl"}, nil, signtest.CompanyName},
		"signer's issuer":     {[]string{"/signers/root.crl"}, nil, "signers issuing CA"},
		"timestamp authority": {[]string{"/stamps/ocsp", "/stamps/issuing.crl"}, nil, "时间戳服务"},
		"timestamps' issuer":  {[]string{"/stamps/root.crl"}, nil, "stamps issuing CA"},
		"revoked before": {nil, func(w *world, id *signtest.Identity) {
			w.registers[0].Revoke(id.Certificate, signtest.Revocation{At: time.Now().Add(-time.Hour)})
		}, "is revoked"},
		"list where no answer": {[]string{"/signers/ocsp", "/stamps/ocsp"}, nil, ""},
	} {
		w := newWorld(t)
		id, err := w.ca.Organization(signtest.P256)
		must(t, err)
		sealed, order := w.seal(t, draft(t), id, "b")
		for _, path := range test.down {
			w.down[path] = true
		}
		if test.prepare != nil {
			test.prepare(w, id)
		}
		tail, err := w.collector().Tail(t.Context(), bytes.NewReader(sealed), int64(len(sealed)), order)
		if test.want == "" && err == nil {
			w.expect(t, name, append(sealed, tail...), "B-LT")
			continue
		}
		if err == nil || len(tail) > 0 || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %d bytes, %v", name, len(tail), err)
		}
	}
}

// TestNoTimestamp refuses long-term material for a signature of which nothing tells the time.
func TestNoTimestamp(t *testing.T) {
	w := newWorld(t)
	id, err := w.ca.Organization(signtest.P256)
	must(t, err)
	var out bytes.Buffer
	in := draft(t)
	result, err := signer.New(signer.Config{}).Seal(t.Context(), bytes.NewReader(in), int64(len(in)), &out, signer.Request{
		Key: id.Signer, Certificate: id.Certificate, Chain: id.Chain, Seals: []signer.Seal{{Kind: signer.Invisible}},
	})
	must(t, err)
	_, err = w.collector().Tail(t.Context(), bytes.NewReader(out.Bytes()), int64(out.Len()), strength.Order{Batch: result.BatchID, Values: [][32]byte{result.Signatures[0].Value}})
	if err == nil || !strings.Contains(err.Error(), "no timestamp") {
		t.Error(err)
	}
	_, err = w.collector().Tail(t.Context(), bytes.NewReader(out.Bytes()), int64(out.Len()), strength.Order{Batch: "b", Values: [][32]byte{sha256.Sum256(nil)}})
	if err == nil || !strings.Contains(err.Error(), "none of the signatures") {
		t.Error(err)
	}
}
