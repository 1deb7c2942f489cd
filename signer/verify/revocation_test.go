package verify_test

import (
	"testing"
	"time"

	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/workflow"
)

// lists signs what a verifier may know: the lists of the issuing CA and of its root.
func lists(t *testing.T, lab *signtest.Lab, revoked map[*signtest.Identity]signtest.Revocation) trust.Evidence {
	t.Helper()
	register, root := lab.CA.Register(), lab.CA.Register()
	for who, revocation := range revoked {
		register.Revoke(who.Certificate, revocation)
	}
	issuing, err := register.CRL(signtest.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	authorities, err := root.CRL(signtest.ListOptions{Root: true})
	if err != nil {
		t.Fatal(err)
	}
	return trust.Evidence{CRLs: [][]byte{issuing, authorities}}
}

func TestRevocation(t *testing.T) {
	lab := newLab(t)
	sent, file := returned(t, lab)
	hourAgo := signtest.Revocation{At: moment.Add(-time.Hour), Reason: 1}
	later := signtest.Revocation{At: moment.Add(time.Hour), Reason: 1}
	now := moment.Add(2 * time.Hour)
	for _, c := range []struct {
		name    string
		mode    trust.RevocationMode
		known   bool
		revoked map[*signtest.Identity]signtest.Revocation
		want    workflow.Outcome
		reason  workflow.Reason
	}{
		{"off", trust.RevocationOff, false, nil, workflow.Passed, ""},
		{"best effort, nothing known", trust.RevocationBestEffort, false, nil, workflow.Passed, ""},
		{"required, nothing known", trust.RevocationRequire, false, nil, workflow.Indeterminate, workflow.ReasonNotKnownGood},
		{"required, good", trust.RevocationRequire, true, nil, workflow.Passed, ""},
		{"revoked, without proof of time", trust.RevocationBestEffort, true,
			map[*signtest.Identity]signtest.Revocation{lab.Supplier: hourAgo}, workflow.Indeterminate, workflow.ReasonRevoked},
		{"revoked before the proven time", trust.RevocationBestEffort, true,
			map[*signtest.Identity]signtest.Revocation{lab.Ours: hourAgo}, workflow.Failed, workflow.ReasonRevoked},
		{"revoked after the proven time", trust.RevocationRequire, true,
			map[*signtest.Identity]signtest.Revocation{lab.Ours: later}, workflow.Passed, ""},
		{"revoked, but off", trust.RevocationOff, true,
			map[*signtest.Identity]signtest.Revocation{lab.Ours: hourAgo}, workflow.Passed, ""},
		{"on hold", trust.RevocationBestEffort, true,
			map[*signtest.Identity]signtest.Revocation{lab.Supplier: {At: hourAgo.At, Reason: 6}}, workflow.Indeterminate, workflow.ReasonRevoked},
		{"timestamp authority compromised since", trust.RevocationBestEffort, true,
			map[*signtest.Identity]signtest.Revocation{lab.TSA.Identity: later}, workflow.Indeterminate, workflow.ReasonRevoked},
		{"timestamp authority closed since", trust.RevocationRequire, true,
			map[*signtest.Identity]signtest.Revocation{lab.TSA.Identity: {At: later.At, Reason: 5}}, workflow.Passed, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := labOptions(lab, sent)
			o.Revocation, o.Now = c.mode, now
			if c.known {
				o.Evidence = lists(t, lab, c.revoked)
			}
			v := judge(t, file, o)
			if v.Verdict != c.want || c.reason != "" && !hasReason(v, c.reason) {
				t.Errorf("%s", explain(v))
			}
			if recorded := v.Signatures[0].Revocation; (c.mode == trust.RevocationOff) != (len(recorded) == 0) {
				t.Errorf("recorded: %+v", recorded)
			}
		})
	}
}

func hasReason(v workflow.Verdict, reason workflow.Reason) bool {
	for _, cause := range v.AllCauses() {
		if cause.Reason == reason {
			return true
		}
	}
	return false
}

// TestWants: only paths to an anchor make anybody ask, and a missing issuer only where its host is trusted.
func TestWants(t *testing.T) {
	lab := newLab(t)
	published, err := signtest.NewCA(signtest.CAOptions{Name: "公布", Now: moment, Base: "http://pki.example.cn"})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := published.Organization(signtest.P256)
	if err != nil {
		t.Fatal(err)
	}
	alone := *signer
	alone.Chain = nil
	for _, c := range []struct {
		name  string
		by    *signtest.Identity
		roots *trust.Anchors
		hosts []string
		want  []trust.WantKind
	}{
		{"trusted", signer, trust.NewAnchors(published.Root), nil, []trust.WantKind{trust.WantOCSP, trust.WantCRL, trust.WantCRL}},
		{"stranger", signer, trust.NewAnchors(lab.CA.Root), nil, nil},
		{"issuer missing", &alone, trust.NewAnchors(published.Root), nil, nil},
		{"issuer missing, host trusted", &alone, trust.NewAnchors(published.Root), []string{"pki.example.cn"}, []trust.WantKind{trust.WantIssuer}},
	} {
		t.Run(c.name, func(t *testing.T) {
			sent, err := lab.Sent()
			if err != nil {
				t.Fatal(err)
			}
			file, err := lab.Sign(sent, signtest.Ink{By: c.by})
			if err != nil {
				t.Fatal(err)
			}
			var wants []trust.WantKind
			judge(t, file, verify.Options{
				Roots: c.roots, Now: moment, Revocation: trust.RevocationRequire, Hosts: c.hosts,
				Want: func(w trust.Want) { wants = append(wants, w.Kind) },
			})
			if len(wants) != len(c.want) {
				t.Fatalf("wants %v, not %v", wants, c.want)
			}
			for i := range wants {
				if wants[i] != c.want[i] {
					t.Errorf("wants %v, not %v", wants, c.want)
				}
			}
		})
	}
}
