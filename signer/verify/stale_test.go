package verify_test

import (
	"strings"
	"testing"
	"time"

	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/workflow"
)

// kept is a file of one signer, whose CA publishes under an address, with a list in its DSS.
type kept struct {
	ca     *signtest.CA
	signer *signtest.Identity
	lab    *signtest.Lab
	file   []byte
}

// keepList signs, with a timestamp of the moment or without, and stores what the CA said then.
func keepList(t *testing.T, stamped bool, said time.Time) kept {
	t.Helper()
	k := kept{lab: newLab(t)}
	var err error
	if k.ca, err = signtest.NewCA(signtest.CAOptions{Name: "公布", Now: moment, Base: "http://pki.example.cn"}); err != nil {
		t.Fatal(err)
	}
	if k.signer, err = k.ca.Organization(signtest.P256); err != nil {
		t.Fatal(err)
	}
	ink := signtest.Ink{By: k.signer}
	if stamped {
		ink.Stamp = k.lab.TSA
	}
	if k.file, err = k.lab.Sign(signtest.Draft(), ink); err != nil {
		t.Fatal(err)
	}
	list := k.lists(t, said, nil, k.ca, k.lab.CA)
	if k.file, err = list.Keep(k.file); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k kept) lists(t *testing.T, said time.Time, revoked map[*signtest.Identity]signtest.Revocation, of ...*signtest.CA) signtest.Material {
	t.Helper()
	m, err := signtest.Lists(signtest.ListOptions{This: said}, revoked, of...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestOldListInTheFile: a thief of a key signs, and stores the CA's last list from before the revocation. It may not keep
// anybody from asking, and under require it is not enough. An honest signer stores such a list too.
func TestOldListInTheFile(t *testing.T) {
	const day = 24 * time.Hour
	now := moment.Add(10 * time.Minute)
	for _, c := range []struct {
		name     string
		mode     trust.RevocationMode
		stamped  bool          // At the moment; else judged now.
		said     time.Duration // The stored list, from the moment.
		fetched  bool          // The CA's present lists are had.
		revoked  time.Duration // In these, from the moment; 0: not.
		want     workflow.Outcome
		reason   workflow.Reason
		asks     bool
		standing trust.Standing // Of the signer.
	}{
		{"unreachable, required", trust.RevocationRequire, false, -3 * day, false, 0, workflow.Indeterminate, workflow.ReasonNotKnownGood, true, trust.StandingUnknown},
		{"unreachable, best effort", trust.RevocationBestEffort, false, -3 * day, false, 0, workflow.Passed, "", true, trust.StandingGood},
		{"revoked since, required", trust.RevocationRequire, false, -3 * day, true, -2 * day, workflow.Indeterminate, workflow.ReasonRevoked, false, trust.StandingRevoked},
		{"revoked since, best effort", trust.RevocationBestEffort, false, -3 * day, true, -2 * day, workflow.Indeterminate, workflow.ReasonRevoked, false, trust.StandingRevoked},
		{"good still, required", trust.RevocationRequire, false, -3 * day, true, 0, workflow.Passed, "", false, trust.StandingGood},
		{"stamped by the thief, unreachable", trust.RevocationRequire, true, -3 * day, false, 0, workflow.Indeterminate, workflow.ReasonNotKnownGood, true, trust.StandingUnknown},
		{"stamped by the thief", trust.RevocationRequire, true, -3 * day, true, -2 * day, workflow.Failed, workflow.ReasonRevoked, false, trust.StandingRevoked},
		{"honest long-term file, offline", trust.RevocationBestEffort, true, -time.Hour, false, 0, workflow.Passed, "", true, trust.StandingGood},
		{"honest long-term file, good still", trust.RevocationRequire, true, -time.Hour, true, 0, workflow.Passed, "", false, trust.StandingGood},
		{"said after the timestamp", trust.RevocationRequire, true, time.Minute, false, 0, workflow.Passed, "", false, trust.StandingGood},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := keepList(t, c.stamped, moment.Add(c.said))
			asked := 0
			o := verify.Options{
				Roots: trust.NewAnchors(k.ca.Root, k.lab.CA.Root), TSARoots: trust.NewAnchors(k.lab.CA.Root), Now: now, Revocation: c.mode,
				Want: func(w trust.Want) {
					if !strings.Contains(w.URLs[0], "pki.example.cn") {
						t.Errorf("asks %v", w.URLs)
					}
					asked++
				},
			}
			if c.fetched {
				revoked := map[*signtest.Identity]signtest.Revocation{}
				if c.revoked != 0 {
					revoked[k.signer] = signtest.Revocation{At: moment.Add(c.revoked), Reason: 1}
				}
				o.Evidence = trust.Evidence{CRLs: k.lists(t, now, revoked, k.ca, k.lab.CA).CRLs}
			}
			v := judge(t, k.file, o)
			if v.Verdict != c.want || c.reason != "" && !hasReason(v, c.reason) || asked > 0 != c.asks {
				t.Errorf("%s, asked %d: %s", v.Verdict, asked, explain(v))
			}
			known := v.Signatures[0].Revocation[0]
			if known.Standing != string(c.standing) {
				t.Errorf("known: %+v", known)
			}
			age := map[time.Duration]string{-3 * day: "3 days older", -time.Hour: "1h0m0s older"}[c.said]
			if c.asks && !strings.Contains(known.Detail, age) {
				t.Errorf("its age is not told: %q", known.Detail)
			}
		})
	}
}
