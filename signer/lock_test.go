package signer_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"contractd/signer"
	"contractd/signer/pdf"
	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/workflow"
)

// judged verifies a document under the world's roots.
func judged(t *testing.T, document []byte, roots *trust.Anchors) workflow.Verdict {
	t.Helper()
	doc, err := workflow.Identify(t.Context(), bytes.NewReader(document), int64(len(document)))
	if err != nil {
		t.Fatal(err)
	}
	verdict, err := verify.Verify(t.Context(), doc, verify.Options{Roots: roots})
	if err != nil {
		t.Fatal(err)
	}
	return verdict
}

// promised is a request of an identity with promises about what may follow.
func promised(t testing.TB, id *signtest.Identity, level signer.Certify, lock *signer.Lock) signer.Request {
	r := request(t, id)
	r.Certify, r.Lock = level, lock
	return r
}

// TestCertify certifies, lets a second key sign where the level allows it, and never certifies a second time.
func TestCertify(t *testing.T) {
	w := newWorld(t)
	s := signer.New(signer.Config{})
	roots := trust.NewAnchors(w.ca.Root)
	for _, level := range []signer.Certify{signer.CertifyFinal, signer.CertifyForms, signer.CertifyAnnotations} {
		certified, _ := seal(t, s, fixture(t, "libreoffice.pdf"), promised(t, w.rsa, level, nil))
		v := judged(t, certified, roots)
		if v.Verdict != workflow.Passed || v.Signatures[0].Kind != "certification" {
			t.Errorf("P=%d: %s, %s: %v", level, v.Verdict, v.Signatures[0].Kind, v.AllCauses())
		}
		pdfsigAgrees(t, certified, 1)
		var out bytes.Buffer
		_, err := s.Seal(t.Context(), bytes.NewReader(certified), int64(len(certified)), &out, request(t, w.p256))
		if level == signer.CertifyFinal {
			if !errors.Is(err, workflow.ErrPolicy) || out.Len() > 0 {
				t.Errorf("a signature after P=1: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if v := judged(t, out.Bytes(), roots); v.Verdict != workflow.Passed || len(v.Signatures) != 2 {
			t.Errorf("countersigned under P=%d: %s: %v", level, v.Verdict, v.AllCauses())
		}
		pdfsigAgrees(t, out.Bytes(), 2)
		_, err = s.Seal(t.Context(), bytes.NewReader(certified), int64(len(certified)), &bytes.Buffer{}, promised(t, w.p256, level, nil))
		if !errors.Is(err, workflow.ErrPolicy) || !strings.Contains(err.Error(), "only a file's first signature") {
			t.Errorf("a second certification: %v", err)
		}
	}
}

// TestLock locks fields, and respects the locks of others.
func TestLock(t *testing.T) {
	w := newWorld(t)
	s := signer.New(signer.Config{})
	roots := trust.NewAnchors(w.ca.Root)
	draft := fixture(t, "libreoffice.pdf")
	for name, test := range map[string]struct {
		lock    signer.Lock
		refused bool
	}{
		"all":             {signer.Lock{Action: signer.LockAll}, true},
		"their field":     {signer.Lock{Action: signer.LockInclude, Fields: []string{"Seal2"}}, true},
		"another":         {signer.Lock{Action: signer.LockInclude, Fields: []string{"Price"}}, false},
		"all but theirs":  {signer.Lock{Action: signer.LockExclude, Fields: []string{"Seal2"}}, false},
		"all but another": {signer.Lock{Action: signer.LockExclude, Fields: []string{"Price"}}, true},
	} {
		locked, _ := seal(t, s, draft, promised(t, w.rsa, signer.CertifyNone, &test.lock))
		if v := judged(t, locked, roots); v.Verdict != workflow.Passed {
			t.Errorf("%s: %s: %v", name, v.Verdict, v.AllCauses())
		}
		pdfsigAgrees(t, locked, 1)
		var out bytes.Buffer
		_, err := s.Seal(t.Context(), bytes.NewReader(locked), int64(len(locked)), &out, request(t, w.p256))
		if test.refused {
			if !errors.Is(err, workflow.ErrPolicy) || !strings.Contains(err.Error(), `locks the field "Seal2"`) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if v := judged(t, out.Bytes(), roots); v.Verdict != workflow.Passed {
			t.Errorf("%s, countersigned: %s: %v", name, v.Verdict, v.AllCauses())
		}
	}
}

// TestPromisesLeaveOthersTheirFields refuses what would take the right of whom a field is prepared for.
func TestPromisesLeaveOthersTheirFields(t *testing.T) {
	w := newWorld(t)
	s := signer.New(signer.Config{})
	prepared := revised(t, fixture(t, "libreoffice.pdf"), newField("Supplier", func(*pdf.File, *pdf.Update) pdf.Dict { return nil }))
	for name, test := range map[string]struct {
		level signer.Certify
		lock  *signer.Lock
		want  error
	}{
		"final":           {level: signer.CertifyFinal, want: workflow.ErrPolicy},
		"all locked":      {lock: &signer.Lock{Action: signer.LockAll}, want: workflow.ErrPolicy},
		"theirs excluded": {lock: &signer.Lock{Action: signer.LockExclude, Fields: []string{"Supplier"}}},
		"forms":           {level: signer.CertifyForms},
		"no such level":   {level: 4, want: workflow.ErrUsage},
		"names nothing":   {lock: &signer.Lock{Action: signer.LockInclude}, want: workflow.ErrUsage},
	} {
		_, err := s.Seal(t.Context(), bytes.NewReader(prepared), int64(len(prepared)), &bytes.Buffer{}, promised(t, w.rsa, test.level, test.lock))
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

// pdfsigAgrees asks Poppler.
func pdfsigAgrees(t *testing.T, document []byte, valid int) {
	t.Helper()
	pdfsig, err := exec.LookPath("pdfsig")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("pdfsig is missing")
		}
		t.Log("pdfsig is missing")
		return
	}
	file := t.TempDir() + "/file.pdf"
	if err := os.WriteFile(file, document, 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command(pdfsig, file).CombinedOutput() // Its exit code says nothing.
	if n := strings.Count(string(out), "Signature is Valid"); n != valid {
		t.Errorf("pdfsig finds %d of %d valid:\n%s", n, valid, out)
	}
}
