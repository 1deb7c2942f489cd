package verify_test

import (
	"testing"
	"time"

	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/workflow"
)

// TestSideBySide judges a file that one party signed twice, with RSA and with SM2, each with a timestamp of its own kind: each
// signature stands or falls by itself.
func TestSideBySide(t *testing.T) {
	lab := newLab(t)
	ca, err := signtest.NewCA(signtest.CAOptions{Name: "国密", Now: moment, Key: signtest.SM2})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := lab.CA.Issue(signtest.Person{Organization: signtest.SupplierName, CreditCode: signtest.SupplierCode, Key: signtest.RSA2048})
	if err != nil {
		t.Fatal(err)
	}
	national, err := ca.Issue(signtest.Person{Organization: signtest.SupplierName, CreditCode: signtest.SupplierCode, Key: signtest.SM2})
	if err != nil {
		t.Fatal(err)
	}
	clock, err := signtest.NewTSA(ca, signtest.SM2, func() time.Time { return moment })
	if err != nil {
		t.Fatal(err)
	}
	file := signtest.Draft()
	for _, ink := range []signtest.Ink{{By: plain, Stamp: lab.TSA}, {By: national, Stamp: clock, CAdES: true}, {Stamp: clock}} {
		if file, err = lab.Sign(file, ink); err != nil {
			t.Fatal(err)
		}
	}
	both := trust.NewAnchors(lab.CA.Root, ca.Root)
	for _, c := range []struct {
		name    string
		roots   *trust.Anchors
		revoked map[*signtest.Identity]signtest.Revocation
		rsa     workflow.Outcome
		sm2     workflow.Outcome
	}{
		{"both good", both, nil, workflow.Passed, workflow.Passed},
		{"SM2 root unknown", trust.NewAnchors(lab.CA.Root), nil, workflow.Passed, workflow.Indeterminate},
		{"RSA root unknown", trust.NewAnchors(ca.Root), nil, workflow.Indeterminate, workflow.Passed},
		{"SM2 revoked before", both, map[*signtest.Identity]signtest.Revocation{national: {At: moment.Add(-time.Hour), Reason: 1}}, workflow.Passed, workflow.Failed},
		{"RSA revoked before", both, map[*signtest.Identity]signtest.Revocation{plain: {At: moment.Add(-time.Hour), Reason: 1}}, workflow.Failed, workflow.Passed},
		{"SM2 revoked since", both, map[*signtest.Identity]signtest.Revocation{national: {At: moment.Add(time.Hour), Reason: 1}}, workflow.Passed, workflow.Passed},
	} {
		t.Run(c.name, func(t *testing.T) {
			material, err := signtest.Lists(signtest.ListOptions{}, c.revoked, lab.CA, ca)
			if err != nil {
				t.Fatal(err)
			}
			v := judge(t, file, verify.Options{
				Roots: c.roots, TSARoots: both, Now: moment.Add(2 * time.Hour), Revocation: trust.RevocationRequire, Evidence: trust.Evidence{CRLs: material.CRLs},
			})
			if len(v.Signatures) != 3 {
				t.Fatalf("%d signatures", len(v.Signatures))
			}
			first, second, stamp := v.Signatures[0], v.Signatures[1], v.Signatures[2]
			if first.Verdict != c.rsa || second.Verdict != c.sm2 || v.Verdict != c.rsa.Worse(c.sm2) || stamp.Verdict != workflow.Passed {
				t.Errorf("%s, %s, %s: %s", first.Verdict, second.Verdict, stamp.Verdict, explain(v))
			}
			if !first.Intact || !second.Intact || !first.Time.Equal(moment) || !second.Time.Equal(moment) {
				t.Errorf("intact %v %v, times %v %v", first.Intact, second.Intact, first.Time, second.Time)
			}
		})
	}
}

// TestNationalPast: what a file of SM2 signatures holds is enough years later, responses of delegates included.
func TestNationalPast(t *testing.T) {
	lab := newLab(t)
	ca, err := signtest.NewCA(signtest.CAOptions{Name: "国密", Now: moment, Key: signtest.SM2})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ca.Issue(signtest.Person{Organization: signtest.SupplierName, Key: signtest.SM2})
	if err != nil {
		t.Fatal(err)
	}
	clock, err := signtest.NewTSA(ca, signtest.SM2, func() time.Time { return moment })
	if err != nil {
		t.Fatal(err)
	}
	later := moment.Add(time.Hour)
	material, err := signtest.Lists(signtest.ListOptions{This: later}, nil, ca)
	if err != nil {
		t.Fatal(err)
	}
	material.CRLs = material.CRLs[1:]
	for _, who := range []*signtest.Identity{signer, clock.Identity} {
		answer, err := ca.Register().OCSP(who.Certificate, signtest.AnswerOptions{This: later, Delegate: signtest.Delegated, SM3: true})
		if err != nil {
			t.Fatal(err)
		}
		material.OCSPs = append(material.OCSPs, answer)
	}
	file, err := lab.Sign(signtest.Draft(), signtest.Ink{By: signer, Stamp: clock})
	if err != nil {
		t.Fatal(err)
	}
	if file, err = material.Keep(file); err != nil {
		t.Fatal(err)
	}
	if file, err = lab.Sign(file, signtest.Ink{Stamp: clock}); err != nil {
		t.Fatal(err)
	}
	v := judge(t, file, verify.Options{Roots: trust.NewAnchors(ca.Root), Now: moment.AddDate(4, 0, 0), Revocation: trust.RevocationRequire})
	if v.Verdict != workflow.Passed || v.Signatures[0].Level != "B-LTA" {
		t.Errorf("level %s: %s", v.Signatures[0].Level, explain(v))
	}
}
