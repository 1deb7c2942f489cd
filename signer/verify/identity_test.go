package verify_test

import (
	"testing"

	"contractd/signer/signtest"
	"contractd/workflow"
)

// TestIdentityExtensions: a CA of its own puts the code where nobody else looks; the configuration names the place.
func TestIdentityExtensions(t *testing.T) {
	const oid = "1.3.6.1.4.1.55555.7.1"
	lab := newLab(t)
	signer, err := lab.CA.Issue(signtest.Person{Organization: signtest.SupplierName, Carried: map[string]string{oid: signtest.SupplierCode}})
	if err != nil {
		t.Fatal(err)
	}
	sent, err := lab.Sent()
	if err != nil {
		t.Fatal(err)
	}
	file, err := lab.Sign(sent, signtest.Ink{By: signer})
	if err != nil {
		t.Fatal(err)
	}
	o := labOptions(lab, sent)
	o.Required, o.Theirs = o.Required[:1], o.Theirs[:1]
	for _, c := range []struct {
		extensions []string
		want       workflow.Outcome
	}{{nil, workflow.Indeterminate}, {[]string{"1.2.3"}, workflow.Indeterminate}, {[]string{oid}, workflow.Passed}} {
		o.IdentityExtensions = c.extensions
		if v := judge(t, file, o); v.Verdict != c.want {
			t.Errorf("%v: %s", c.extensions, explain(v))
		}
	}
}
