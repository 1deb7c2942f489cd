package second_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"contractd/signer"
	"contractd/signer/child"
	"contractd/signer/second"
	"contractd/signer/signtest"
)

// TestMain makes the test binary its own child.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == second.Verb {
		if err := second.Answer(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func sealed(t *testing.T, in []byte, id *signtest.Identity, change func(*signer.Request)) []byte {
	t.Helper()
	r := signer.Request{Key: id.Signer, Certificate: id.Certificate, Chain: id.Chain, Seals: []signer.Seal{{Kind: signer.Invisible}}, Reason: "小山层"}
	change(&r)
	var out bytes.Buffer
	if _, err := signer.New(signer.Config{}).Seal(t.Context(), bytes.NewReader(in), int64(len(in)), &out, r); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func ask(t *testing.T, file []byte) second.Opinion {
	t.Helper()
	opinion, err := second.Ask(t.Context(), bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return opinion
}

func TestOpinion(t *testing.T) {
	ca, err := signtest.NewCA(signtest.CAOptions{Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	organization, err := ca.Organization(signtest.RSA2048)
	if err != nil {
		t.Fatal(err)
	}
	employee, err := ca.Employee(signtest.P256)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"libreoffice.pdf", "qpdf-objstm.pdf", "qpdf-linearized.pdf", "form-direct.pdf", "boxes.pdf"} {
		draft, err := os.ReadFile(filepath.Join("..", "..", "testdata", "pdf", name))
		if err != nil {
			t.Fatal(err)
		}
		one := sealed(t, draft, organization, func(*signer.Request) {})
		two := sealed(t, one, employee, func(r *signer.Request) { r.Profile = "cades" })
		if o := ask(t, two); !o.Agrees(2) || o.Valid != 2 || o.Agrees(1) || o.Agrees(3) {
			t.Errorf("%s, two seals: %+v", name, o)
		}
		pss := sealed(t, one, organization, func(r *signer.Request) { r.PSS = true })
		if o := ask(t, pss); !o.Agrees(2) || o.NotJudged != 1 {
			t.Errorf("%s, a seal under PSS: %+v", name, o)
		}
		if o := ask(t, draft); o.Agrees(0) || o.Agrees(1) || o.Detail == "" {
			t.Errorf("%s, no seal: %+v", name, o)
		}
		broken := bytes.Clone(two)
		broken[20] ^= 0x01 // Every signature covers the header. The other reader crashes over some files then.
		o, err := second.Ask(t.Context(), bytes.NewReader(broken), int64(len(broken)))
		if err == nil && o.Agrees(2) || err != nil && !child.Hit(err, child.None) {
			t.Errorf("%s, tampered: %+v, %v", name, o, err)
		}
	}
}

// TestWhatItCannotReadIsSaid has a cross-reference stream with row filters that the other reader does not know.
func TestWhatItCannotReadIsSaid(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("..", "..", "testdata", "pdf", "form-indirect.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	if o := ask(t, file); !o.Unread || o.Agrees(1) {
		t.Errorf("%+v", o)
	}
}

func TestGarbageIsAnOpinionOrADeath(t *testing.T) {
	garbage := []byte("%PDF-1.7\n1 0 obj <</Kids [1 0 R]>> endobj\nstartxref\n9\n%%EOF\n")
	opinion, err := second.Ask(t.Context(), bytes.NewReader(garbage), int64(len(garbage)))
	if err == nil && opinion.Agrees(1) || err != nil && !child.Hit(err, child.None) {
		t.Fatalf("%+v, %v", opinion, err)
	}
}
