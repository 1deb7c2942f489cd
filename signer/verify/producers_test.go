package verify_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	digitorus "github.com/digitorus/pdf"
	"github.com/digitorus/pdfsign/sign"

	"contractd/signer"
	"contractd/signer/signtest"
	"contractd/signer/verify"
	"contractd/workflow"
)

// pdfsign signs with another implementation, which asks the clock for the time.
func pdfsign(file []byte, by *signtest.Identity, appearance sign.Appearance) ([]byte, error) {
	input := bytes.NewReader(file)
	reader, err := digitorus.NewReader(input, input.Size())
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = sign.Sign(input, &out, reader, input.Size(), sign.SignData{
		Signature:  sign.SignDataSignature{CertType: sign.ApprovalSignature, Info: sign.SignDataSignatureInfo{Date: time.Now()}},
		Appearance: appearance,
		Signer:     by.Signer, DigestAlgorithm: crypto.SHA256, Certificate: by.Certificate,
		CertificateChains: [][]*x509.Certificate{append([]*x509.Certificate{by.Certificate}, by.Chain...)},
	})
	return out.Bytes(), err
}

// sealBoth seals as the daemon does.
func sealBoth(t testing.TB, lab *signtest.Lab, draft []byte) []byte {
	t.Helper()
	sealer := signer.New(signer.Config{Now: func() time.Time { return lab.Now }})
	for _, by := range []*signtest.Identity{lab.Ours, lab.OurEmployee} {
		var out bytes.Buffer
		if _, err := sealer.Seal(t.Context(), bytes.NewReader(draft), int64(len(draft)), &out, signer.Request{
			Key: by.Signer, Certificate: by.Certificate, Chain: by.Chain, Seals: []signer.Seal{{Kind: signer.Invisible}},
		}); err != nil {
			t.Fatal(err)
		}
		draft = bytes.Clone(out.Bytes())
	}
	return draft
}

// TestProducers seals drafts of many producers, lets another implementation countersign, and expects the return to
// pass; and the sealed file alone, as our own check of it.
func TestProducers(t *testing.T) {
	lab, err := signtest.NewLab(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../testdata/pdf/*.pdf")
	if err != nil || len(files) == 0 {
		t.Fatalf("fixtures: %v, %v", files, err)
	}
	for _, file := range files {
		if filepath.Base(file) == "encrypted.pdf" {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			draft, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sent := sealBoth(t, lab, draft)
			selfCheck(t, lab, draft, sent)
			o := labOptions(lab, sent)
			o.Now = lab.Now.Add(time.Minute)
			for _, who := range []string{"ours", "pdfsign", "pdfsign-visible"} {
				returned := countersigned(t, lab, sent, who)
				if filepath.Base(file) == "form-direct.pdf" && who != "ours" {
					expectRefused(t, returned, o) // pdfsign drops the fields of such a form, ours among them.
					continue
				}
				expectPassed(t, who, returned, o)
			}
		})
	}
}

func countersigned(t *testing.T, lab *signtest.Lab, sent []byte, who string) []byte {
	t.Helper()
	for i, by := range []*signtest.Identity{lab.Supplier, lab.SupplierEmployee} {
		var err error
		switch who {
		case "ours":
			sent, err = lab.Sign(sent, signtest.Ink{By: by, Boxes: []signtest.Box{{Page: 1, X: 20, Y: 20, Width: 100, Height: 100}}})
		case "pdfsign":
			sent, err = pdfsign(sent, by, sign.Appearance{})
		default:
			sent, err = pdfsign(sent, by, sign.Appearance{Visible: true, Page: 1, LowerLeftX: float64(20 + 60*i), LowerLeftY: 20, UpperRightX: float64(70 + 60*i), UpperRightY: 60})
		}
		if err != nil {
			t.Skipf("%s cannot sign this file: %v", who, err)
		}
	}
	return sent
}

func expectPassed(t *testing.T, who string, file []byte, o verify.Options) {
	t.Helper()
	v, err := verify.Verify(context.Background(), document(file), o)
	if err != nil || v.Verdict != workflow.Passed {
		t.Errorf("%s: got %s: %s, %v", who, v.Verdict, explain(v), err)
	}
}

func expectRefused(t *testing.T, file []byte, o verify.Options) {
	t.Helper()
	v, err := verify.Verify(context.Background(), document(file), o)
	if err != nil || v.Verdict != workflow.Failed {
		t.Errorf("got %s: %s, %v", v.Verdict, explain(v), err)
	}
}

// selfCheck judges what we sealed as a return of the draft, with us as the counterparty.
func selfCheck(t *testing.T, lab *signtest.Lab, draft, sealed []byte) {
	t.Helper()
	o := labOptions(lab, sealed)
	o.Now, o.Theirs, o.Ours = lab.Now.Add(time.Minute), o.Ours, nil
	o.Sent = &verify.Sent{Document: document(draft)}
	expectPassed(t, "self-check", sealed, o)
}
