package trust_test

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"contractd/signer/signtest"
	"contractd/signer/trust"
)

// office is a CA with its register and one employee's certificate.
type office struct {
	testing.TB
	ca       *signtest.CA
	register *signtest.Register
	leaf     *signtest.Identity
	chain    trust.Result
}

func newOffice(t testing.TB, base string) *office {
	t.Helper()
	return openOffice(t, signtest.CAOptions{Base: base}, signtest.P256)
}

func openOffice(t testing.TB, options signtest.CAOptions, key signtest.KeyKind) *office {
	t.Helper()
	o := &office{TB: t, ca: newCA(t, options)}
	o.register = o.ca.Register()
	o.leaf = issue(t, o.ca, key, signtest.Ordinary)
	o.chain = trust.Path(o.leaf.Certificate, o.leaf.Chain, trust.NewAnchors(o.ca.Root), moment, trust.Sign)
	if !o.chain.Trusted() {
		t.Fatal(o.chain.Findings)
	}
	return o
}

func (o *office) list(options signtest.ListOptions) []byte {
	o.Helper()
	der, err := o.register.CRL(options)
	if err != nil {
		o.Fatal(err)
	}
	return der
}

func (o *office) says(options signtest.AnswerOptions) []byte {
	o.Helper()
	der, err := o.register.OCSP(o.leaf.Certificate, options)
	if err != nil {
		o.Fatal(err)
	}
	return der
}

// standing judges the employee's certificate.
func (o *office) standing(evidence trust.Evidence, at, now time.Time) trust.Status {
	o.Helper()
	all := trust.DefaultPolicy().Revocation(o.chain.Chain, evidence, at, now)
	if len(all) != 2 {
		o.Fatalf("%d standings", len(all))
	}
	return all[0]
}

func extension(t *testing.T, oid asn1.ObjectIdentifier, critical bool, value any, params string) pkix.Extension {
	t.Helper()
	der, err := asn1.MarshalWithParams(value, params)
	must(t, err)
	return pkix.Extension{Id: oid, Critical: critical, Value: der}
}

func TestCRL(t *testing.T) {
	ago := func(d time.Duration) time.Time { return moment.Add(-d) }
	distribution := asn1.ObjectIdentifier{2, 5, 29, 28}
	part := func(tag int) pkix.Extension {
		return extension(t, distribution, true, struct{ Flag asn1.RawValue }{asn1.RawValue{Class: 2, Tag: tag, Bytes: []byte{0xff}}}, "")
	}
	for _, c := range []struct {
		name    string
		list    signtest.ListOptions
		revoked *signtest.Revocation
		want    trust.Standing
	}{
		{"good", signtest.ListOptions{}, nil, trust.StandingGood},
		{"revoked before", signtest.ListOptions{}, &signtest.Revocation{At: ago(time.Hour), Reason: 1}, trust.StandingRevoked},
		{"revoked at that very moment", signtest.ListOptions{}, &signtest.Revocation{At: moment}, trust.StandingRevoked},
		{"revoked after", signtest.ListOptions{}, &signtest.Revocation{At: moment.Add(time.Hour)}, trust.StandingGood},
		{"on hold", signtest.ListOptions{}, &signtest.Revocation{At: ago(time.Hour), Reason: 6}, trust.StandingOnHold},
		{"forged", signtest.ListOptions{Forged: true}, nil, trust.StandingUnknown},
		{"forged revocation", signtest.ListOptions{Forged: true}, &signtest.Revocation{At: ago(time.Hour)}, trust.StandingUnknown},
		{"stale", signtest.ListOptions{This: ago(30 * 24 * time.Hour)}, nil, trust.StandingUnknown},
		{"stale, but revoked", signtest.ListOptions{This: ago(30 * 24 * time.Hour)}, &signtest.Revocation{At: ago(40 * 24 * time.Hour)}, trust.StandingRevoked},
		{"from the future", signtest.ListOptions{This: moment.Add(48 * time.Hour)}, nil, trust.StandingUnknown},
		{"users only", signtest.ListOptions{Extensions: []pkix.Extension{part(1)}}, nil, trust.StandingGood},
		{"authorities only", signtest.ListOptions{Extensions: []pkix.Extension{part(2)}}, nil, trust.StandingUnknown},
		{"some reasons", signtest.ListOptions{Extensions: []pkix.Extension{part(3)}}, nil, trust.StandingUnknown},
		{"indirect", signtest.ListOptions{Extensions: []pkix.Extension{part(4)}}, nil, trust.StandingUnknown},
		{"delta", signtest.ListOptions{Extensions: []pkix.Extension{extension(t, asn1.ObjectIdentifier{2, 5, 29, 27}, true, 1, "")}}, nil, trust.StandingUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, "")
			if c.revoked != nil {
				o.register.Revoke(o.leaf.Certificate, *c.revoked)
			}
			s := o.standing(trust.Evidence{CRLs: [][]byte{o.list(c.list)}}, moment, moment)
			if s.Standing != c.want || s.Standing == trust.StandingUnknown && s.Detail == "" {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestOCSP(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer signtest.AnswerOptions
		want   trust.Standing
	}{
		{"by the issuer", signtest.AnswerOptions{}, trust.StandingGood},
		{"delegated", signtest.AnswerOptions{Delegate: signtest.Delegated}, trust.StandingGood},
		{"delegate without usage", signtest.AnswerOptions{Delegate: signtest.DelegatedNoEKU}, trust.StandingUnknown},
		{"delegate of another CA of that name", signtest.AnswerOptions{Delegate: signtest.DelegatedForeign}, trust.StandingUnknown},
		{"delegate to be checked", signtest.AnswerOptions{Delegate: signtest.DelegatedChecked}, trust.StandingUnknown},
		{"unknown", signtest.AnswerOptions{Unknown: true}, trust.StandingUnknown},
		{"stale", signtest.AnswerOptions{This: moment.Add(-10 * 24 * time.Hour)}, trust.StandingUnknown},
		{"from the future", signtest.AnswerOptions{This: moment.Add(time.Hour)}, trust.StandingUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, "")
			s := o.standing(trust.Evidence{OCSPs: [][]byte{o.says(c.answer)}}, moment, moment)
			if s.Standing != c.want {
				t.Errorf("%+v", s)
			}
			o.register.Revoke(o.leaf.Certificate, signtest.Revocation{At: moment.Add(-time.Hour), Reason: 1})
			want := trust.StandingRevoked
			if c.want == trust.StandingUnknown && c.name != "stale" {
				want = trust.StandingUnknown
			}
			if s := o.standing(trust.Evidence{OCSPs: [][]byte{o.says(c.answer)}}, moment, moment); s.Standing != want {
				t.Errorf("revoked: %+v", s)
			}
		})
	}
}

// TestOCSPOfAnotherIssuer: a serial number says nothing without its issuer.
func TestOCSPOfAnotherIssuer(t *testing.T) {
	o := newOffice(t, "")
	answer := o.says(signtest.AnswerOptions{Issuer: o.ca.Root})
	if s := o.standing(trust.Evidence{OCSPs: [][]byte{answer}}, moment, moment); s.Standing != trust.StandingUnknown {
		t.Errorf("%+v", s)
	}
}

// TestCheckedDelegate: a responder without no-check counts when its issuer's list does not name it.
func TestCheckedDelegate(t *testing.T) {
	o := newOffice(t, "")
	evidence := trust.Evidence{
		OCSPs: [][]byte{o.says(signtest.AnswerOptions{Delegate: signtest.DelegatedChecked})}, CRLs: [][]byte{o.list(signtest.ListOptions{})},
	}
	o.register.Revoke(o.leaf.Certificate, signtest.Revocation{At: moment.Add(-time.Hour)})
	evidence.OCSPs = append(evidence.OCSPs, o.says(signtest.AnswerOptions{Delegate: signtest.DelegatedChecked}))
	if s := o.standing(evidence, moment, moment); s.Standing != trust.StandingRevoked || s.Source[:4] != "OCSP" {
		t.Errorf("%+v", s)
	}
}

// TestSM2Lists reads lists that SM2 authorities sign.
func TestSM2Lists(t *testing.T) {
	o := openOffice(t, signtest.CAOptions{Key: signtest.SM2}, signtest.SM2)
	if s := o.standing(trust.Evidence{CRLs: [][]byte{o.list(signtest.ListOptions{})}}, moment, moment); s.Standing != trust.StandingGood {
		t.Errorf("%+v", s)
	}
	o.register.Revoke(o.leaf.Certificate, signtest.Revocation{At: moment.Add(-time.Hour), Reason: 1})
	good := o.list(signtest.ListOptions{})
	if s := o.standing(trust.Evidence{CRLs: [][]byte{good}}, moment, moment); s.Standing != trust.StandingRevoked {
		t.Errorf("%+v", s)
	}
	other := openOffice(t, signtest.CAOptions{Key: signtest.SM2}, signtest.SM2)
	forged := o.standing(trust.Evidence{CRLs: [][]byte{other.list(signtest.ListOptions{})}}, moment, moment)
	if forged.Standing != trust.StandingUnknown {
		t.Errorf("a list of another CA of that name: %+v", forged)
	}
}

// TestPastRevocation judges at a proven time of the past: what was said since counts, and a revocation since then does not.
func TestPastRevocation(t *testing.T) {
	o := newOffice(t, "")
	signed := moment.Add(-90 * 24 * time.Hour)
	o.register.Revoke(o.leaf.Certificate, signtest.Revocation{At: moment.Add(-24 * time.Hour), Reason: 1})
	evidence := trust.Evidence{CRLs: [][]byte{o.list(signtest.ListOptions{})}}
	if s := o.standing(evidence, signed, moment); s.Standing != trust.StandingGood || s.Since.IsZero() {
		t.Errorf("%+v", s)
	}
	// After the certificate ended, a list that dropped it proves nothing.
	late := o.leaf.Certificate.NotAfter.Add(24 * time.Hour)
	forgetful := *o
	forgetful.register = o.ca.Register()
	dropped := trust.Evidence{CRLs: [][]byte{forgetful.list(signtest.ListOptions{This: late})}}
	if s := o.standing(dropped, signed, late); s.Standing != trust.StandingUnknown {
		t.Errorf("dropped: %+v", s)
	}
}

// TestFetch asks a register over HTTP; the guard and the cache stand between.
func TestFetch(t *testing.T) {
	var register *signtest.Register
	server := httptest.NewServer(nil)
	defer server.Close()
	o := newOffice(t, server.URL)
	register = o.register
	server.Config.Handler = register

	standings := trust.DefaultPolicy().Revocation(o.chain.Chain, trust.Evidence{}, moment, moment)
	wants := trust.RevocationWants(o.chain.Chain, standings)
	if len(wants) != 3 { // OCSP and CRL of the leaf, CRL of the intermediate.
		t.Fatalf("wants %+v", wants)
	}
	guarded := &trust.Fetcher{}
	defer guarded.Close()
	var nothing trust.Evidence
	if failures := guarded.Fetch(t.Context(), wants, &nothing); len(failures) != 3 || len(nothing.OCSPs)+len(nothing.CRLs) > 0 || register.Asked(signtest.PathOCSP) != 0 {
		t.Errorf("the guard let a private address through: %v", failures)
	}
	cache, err := trust.NewCache(t.TempDir())
	must(t, err)
	fetcher := &trust.Fetcher{Guard: trust.Guard{Private: []string{"127.0.0.1"}}, Cache: cache, Now: func() time.Time { return moment }}
	defer fetcher.Close()
	for range 2 {
		var evidence trust.Evidence
		if failures := fetcher.Fetch(t.Context(), wants, &evidence); len(failures) > 0 {
			t.Fatal(failures)
		}
		for _, s := range trust.DefaultPolicy().Revocation(o.chain.Chain, evidence, moment, moment) {
			if s.Standing != trust.StandingGood {
				t.Errorf("%+v", s)
			}
		}
	}
	for _, path := range []string{signtest.PathOCSP, signtest.PathCRL, signtest.PathRoot} {
		if n := register.Asked(path); n != 1 {
			t.Errorf("%s was asked %d times", path, n)
		}
	}
	// Where it failed once, nobody knocks again at once.
	server.Close()
	later := moment.Add(48 * time.Hour)
	fetcher.Now = func() time.Time { return later }
	var evidence trust.Evidence
	first := fetcher.Fetch(t.Context(), wants[:1], &evidence)
	second := fetcher.Fetch(t.Context(), wants[:1], &evidence)
	if len(first) != 1 || len(second) != 1 || first[0].Error() == second[0].Error() {
		t.Errorf("%v, %v", first, second)
	}
}

// TestPrune removes what nobody uses any more, and nothing else.
func TestPrune(t *testing.T) {
	dir := t.TempDir()
	cache, err := trust.NewCache(dir)
	must(t, err)
	for name, at := range map[string]time.Time{"old": moment.Add(-time.Hour), "new": moment.Add(time.Hour)} {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, nil, 0o600))
		must(t, os.Chtimes(path, at, at))
	}
	must(t, cache.Prune(moment))
	left, err := os.ReadDir(dir)
	must(t, err)
	if len(left) != 1 || left[0].Name() != "new" {
		t.Errorf("left %v", left)
	}
}

func TestIssuerWants(t *testing.T) {
	o := newOffice(t, "http://pki.example.cn/ca")
	if wants := trust.IssuerWants(o.leaf.Certificate, nil, nil); len(wants) != 0 {
		t.Errorf("a stranger's address is followed: %+v", wants)
	}
	if wants := trust.IssuerWants(o.leaf.Certificate, nil, []string{"PKI.example.cn"}); len(wants) != 1 || wants[0].Kind != trust.WantIssuer {
		t.Errorf("wants %+v", wants)
	}
	if wants := trust.IssuerWants(o.leaf.Certificate, o.leaf.Chain, nil); len(wants) != 1 {
		t.Errorf("the authority's own host: %+v", wants)
	}
}

func FuzzRevocation(f *testing.F) {
	o := newOffice(f, "")
	f.Add(o.says(signtest.AnswerOptions{}), o.list(signtest.ListOptions{}))
	f.Add(o.says(signtest.AnswerOptions{Delegate: signtest.Delegated}), o.list(signtest.ListOptions{Root: true}))
	o.register.Revoke(o.leaf.Certificate, signtest.Revocation{At: moment.Add(-time.Hour), Reason: 1})
	f.Add(o.says(signtest.AnswerOptions{}), o.list(signtest.ListOptions{}))
	clean := newOffice(f, "")
	f.Fuzz(func(t *testing.T, answer, list []byte) {
		// Nothing that others made may say anything about a certificate of this office.
		said := trust.Evidence{OCSPs: [][]byte{answer}, CRLs: [][]byte{list}}
		for _, s := range trust.DefaultPolicy().Revocation(clean.chain.Chain, said, moment, moment) {
			if s.Standing != trust.StandingUnknown {
				t.Errorf("%+v", s)
			}
		}
	})
}

// TestSM2Answers reads responses of SM2 authorities and their delegates.
func TestSM2Answers(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer signtest.AnswerOptions
		want   trust.Standing
	}{
		{"by the issuer", signtest.AnswerOptions{}, trust.StandingGood},
		{"named by SM3", signtest.AnswerOptions{SM3: true}, trust.StandingGood},
		{"delegated", signtest.AnswerOptions{Delegate: signtest.Delegated}, trust.StandingGood},
		{"delegate without usage", signtest.AnswerOptions{Delegate: signtest.DelegatedNoEKU}, trust.StandingUnknown},
		{"delegate of another CA of that name", signtest.AnswerOptions{Delegate: signtest.DelegatedForeign}, trust.StandingUnknown},
		{"delegate to be checked", signtest.AnswerOptions{Delegate: signtest.DelegatedChecked}, trust.StandingUnknown},
		{"unknown", signtest.AnswerOptions{Unknown: true}, trust.StandingUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := openOffice(t, signtest.CAOptions{Key: signtest.SM2}, signtest.SM2)
			answer := o.says(c.answer)
			if s := o.standing(trust.Evidence{OCSPs: [][]byte{answer}}, moment, moment); s.Standing != c.want {
				t.Errorf("%+v", s)
			}
			if c.want == trust.StandingGood {
				answer[len(answer)/3] ^= 1
				if s := o.standing(trust.Evidence{OCSPs: [][]byte{answer}}, moment, moment); s.Standing != trust.StandingUnknown {
					t.Errorf("altered: %+v", s)
				}
			}
			o.register.Revoke(o.leaf.Certificate, signtest.Revocation{At: moment.Add(-time.Hour), Reason: 1})
			want := trust.StandingRevoked
			if c.want == trust.StandingUnknown {
				want = trust.StandingUnknown
			}
			if s := o.standing(trust.Evidence{OCSPs: [][]byte{o.says(c.answer)}}, moment, moment); s.Standing != want {
				t.Errorf("revoked: %+v", s)
			}
		})
	}
}
