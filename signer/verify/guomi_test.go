package verify_test

import (
	"bytes"
	"testing"

	"github.com/emmansun/gmsm/sm3"

	"contractd/signer/pdf"
	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/workflow"
)

// TestNationalSignatures judges SM2 in the shapes that clients of the field write, beside a signature of another kind, and
// each of them altered.
func TestNationalSignatures(t *testing.T) {
	lab := newLab(t)
	ca, err := signtest.NewCA(signtest.CAOptions{Name: "国密", Now: moment, Key: signtest.SM2})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ca.Issue(signtest.Person{Organization: signtest.SupplierName, CreditCode: signtest.SupplierCode, Key: signtest.SM2})
	if err != nil {
		t.Fatal(err)
	}
	roots := trust.NewAnchors(lab.CA.Root, ca.Root)
	filter := func(filter, sub string) pdf.Dict {
		return pdf.Dict{"Filter": pdf.Name(filter), "SubFilter": pdf.Name(sub)}
	}
	bare := func(inside, national bool) func([]byte) ([]byte, error) {
		return func(covered []byte) ([]byte, error) {
			message, content := covered, []byte(nil)
			if inside {
				sum := sm3.Sum(covered)
				message, content = sum[:], sum[:]
			}
			return signtest.BareSM2(t, signer, message, content, national), nil
		}
	}
	maker, err := ca.Issue(signtest.Person{Organization: "制章中心", Key: signtest.SM2})
	if err != nil {
		t.Fatal(err)
	}
	sealed := func(by *signtest.Identity, old bool) func([]byte) ([]byte, error) {
		seal := signtest.ElectronicSeal{
			Maker: maker, Holders: []*signtest.Identity{signer}, Name: "合同专用章", From: moment.AddDate(-1, 0, 0), To: moment.AddDate(1, 0, 0), Old: old,
		}
		return func(covered []byte) ([]byte, error) {
			sum := sm3.Sum(covered)
			return seal.Use(t, by, sum[:], moment), nil
		}
	}
	for name, ink := range map[string]signtest.Ink{
		"signed attributes":       {By: signer},
		"CAdES":                   {By: signer, CAdES: true},
		"timestamp":               {By: signer, Stamp: lab.TSA},
		"no signed attributes":    {By: signer, Made: bare(false, false)},
		"GM.sm2cms.detached":      {By: signer, Made: bare(true, true), Value: filter("DJ.GMPkiLite", "GM.sm2cms.detached")},
		"digest inside, as pkcs7": {By: signer, Made: bare(true, false)},
		"GM.sm2seal":              {By: signer, Made: sealed(signer, false), Value: filter("Gomain.GMPkiLite", "GM.sm2seal")},
		"GM/T 0031":               {By: signer, Made: sealed(signer, true), Value: filter("Gomain.GMPkiLite", "GM.sm2seal")},
		"seal, as pkcs7":          {By: signer, Made: sealed(signer, false)},
		"GM content types":        {By: signer, Made: bare(false, true)},
	} {
		t.Run(name, func(t *testing.T) {
			sent, err := lab.Sent()
			if err != nil {
				t.Fatal(err)
			}
			file, err := lab.Sign(sent, ink)
			if err != nil {
				t.Fatal(err)
			}
			o := verify.Options{Roots: roots, TSARoots: trust.NewAnchors(lab.CA.Root), Intermediates: ca.Chain()[:1], Now: moment}
			v := judge(t, file, o)
			last := v.Signatures[len(v.Signatures)-1]
			if v.Verdict != workflow.Passed || !last.Intact || last.Signer != signtest.SupplierName {
				t.Errorf("%s", explain(v))
			}
			altered := bytes.Clone(file)
			altered[len(sent)/2] ^= 1
			altered = append(bytes.Clone(sent), altered[len(sent):]...)
			at := bytes.LastIndex(altered, []byte("/Rect"))
			if at < len(sent) {
				at = bytes.LastIndex(altered, []byte("/Filter"))
			}
			altered[at+1] ^= 2
			if v := judge(t, altered, o); v.Verdict != workflow.Failed {
				t.Errorf("altered: %s", explain(v))
			}
			o.Roots = trust.NewAnchors(lab.CA.Root)
			if v := judge(t, file, o); v.Verdict != workflow.Indeterminate || !hasReason(v, workflow.ReasonUntrusted) {
				t.Errorf("unknown root: %s", explain(v))
			}
		})
	}
}
