package verify_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/workflow"
)

var moment = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newLab(t testing.TB) *signtest.Lab {
	lab, err := signtest.NewLab(moment)
	if err != nil {
		t.Fatal(err)
	}
	return lab
}

func labOptions(lab *signtest.Lab, sent []byte) verify.Options {
	o := verify.Options{
		Roots: trust.NewAnchors(lab.CA.Root), Now: moment.Add(time.Hour),
		Ours: []workflow.Signer{
			{Role: workflow.RoleOrganization, Organization: signtest.CompanyName, Code: signtest.CompanyCode},
			{Role: workflow.RoleEmployee, Organization: signtest.CompanyName},
		},
	}
	if sent == nil {
		return o
	}
	o.Sent = &verify.Sent{Document: document(sent), Known: []workflow.Prefix{
		{Ref: document(signtest.Draft()).Ref, Kind: workflow.PrefixDraft},
	}}
	o.Required = []workflow.Role{workflow.RoleOrganization, workflow.RoleEmployee}
	for _, role := range o.Required {
		o.Theirs = append(o.Theirs, workflow.Signer{Role: role, Organization: signtest.SupplierName, Code: signtest.SupplierCode})
	}
	return o
}

func TestHonest(t *testing.T) {
	lab := newLab(t)
	samples, err := lab.Honest()
	if err != nil {
		t.Fatal(err)
	}
	judgeSamples(t, lab, samples)
}

func TestAttacks(t *testing.T) {
	lab := newLab(t)
	samples, err := lab.Attacks()
	if err != nil {
		t.Fatal(err)
	}
	judgeSamples(t, lab, samples)
}

func judgeSamples(t *testing.T, lab *signtest.Lab, samples []signtest.Sample) {
	for _, s := range samples {
		t.Run(s.Name, func(t *testing.T) {
			v, err := verify.Verify(context.Background(), document(s.File), labOptions(lab, s.Sent))
			if err != nil {
				t.Fatal(err)
			}
			if string(v.Verdict) != s.Outcome {
				t.Errorf("want %s, got %s: %s", s.Outcome, v.Verdict, explain(v))
			}
			if s.Reason != "" && !slices.ContainsFunc(v.AllCauses(), func(c workflow.Cause) bool {
				return string(c.Reason) == s.Reason && string(c.Weight) == s.Outcome
			}) {
				t.Errorf("want the reason %s, got %s", s.Reason, explain(v))
			}
			if s.Later != "" && string(v.Signatures[0].LaterChanges) != s.Later {
				t.Errorf("later changes: want %s, got %s", s.Later, v.Signatures[0].LaterChanges)
			}
		})
	}
}
