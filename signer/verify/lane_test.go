package verify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"contractd/signer/pdf"
	"contractd/signer/signtest"
	"contractd/signer/verify"
	"contractd/workflow"
)

// returned is a sent file and its return, signed by both of the supplier's roles.
func returned(t *testing.T, lab *signtest.Lab) (sent, file []byte) {
	t.Helper()
	sent, err := lab.Sent()
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []*signtest.Identity{lab.Supplier, lab.SupplierEmployee} {
		if file, err = lab.Sign(append(bytes.Clone(sent), file[min(len(sent), len(file)):]...), signtest.Ink{By: by}); err != nil {
			t.Fatal(err)
		}
	}
	return sent, file
}

func judge(t *testing.T, file []byte, o verify.Options) workflow.Verdict {
	t.Helper()
	v, err := verify.Verify(context.Background(), document(file), o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSidesAndRoles(t *testing.T) {
	lab := newLab(t)
	sent, file := returned(t, lab)
	v := judge(t, file, labOptions(lab, sent))
	want := []struct {
		side workflow.Side
		role workflow.Role
	}{
		{workflow.SideOurs, workflow.RoleOrganization}, {workflow.SideOurs, workflow.RoleEmployee},
		{workflow.SideTheirs, workflow.RoleOrganization}, {workflow.SideTheirs, workflow.RoleEmployee},
	}
	if len(v.Signatures) != len(want) {
		t.Fatalf("%d signatures: %s", len(v.Signatures), explain(v))
	}
	for i, s := range v.Signatures {
		if s.Side != want[i].side || s.Role != want[i].role {
			t.Errorf("signature %d: got %s %s, want %s %s", i, s.Side, s.Role, want[i].side, want[i].role)
		}
	}
	first, last := v.Signatures[0], v.Signatures[3]
	if first.Coverage != workflow.CoversRevision || last.Coverage != workflow.CoversFile {
		t.Errorf("coverage: %s, %s", first.Coverage, last.Coverage)
	}
	if first.LaterChanges != workflow.ChangeSigning || last.LaterChanges != workflow.ChangeNone {
		t.Errorf("later changes: %s, %s", first.LaterChanges, last.LaterChanges)
	}
	if first.Level != "B-T" || last.Level != "B-B" || !first.Time.Equal(moment) {
		t.Errorf("levels: %s at %v, %s", first.Level, first.Time, last.Level)
	}
	if len(first.Marks) != 1 || first.Marks[0].Page != 2 || first.Marks[0].Width < 39 || first.Marks[0].Width > 41 {
		t.Errorf("marks: %+v", first.Marks)
	}
}

// TestIdentity pins keys in place of names, and expects somebody else.
func TestIdentity(t *testing.T) {
	lab := newLab(t)
	sent, file := returned(t, lab)
	o := labOptions(lab, sent)
	keys := map[workflow.Role]workflow.Hash{
		workflow.RoleOrganization: workflow.HashOf(lab.Supplier.Certificate.RawSubjectPublicKeyInfo),
		workflow.RoleEmployee:     workflow.HashOf(lab.SupplierEmployee.Certificate.RawSubjectPublicKeyInfo),
	}
	o.Theirs = nil
	for role, key := range keys {
		o.Theirs = append(o.Theirs, workflow.Signer{Role: role, Keys: []workflow.Hash{key}})
	}
	if v := judge(t, file, o); v.Verdict != workflow.Passed {
		t.Errorf("pinned keys: %s: %s", v.Verdict, explain(v))
	}
	o.Theirs = o.Theirs[:1]
	if v := judge(t, file, o); v.Verdict != workflow.Indeterminate || !reasons(v, workflow.ReasonUnknown) {
		t.Errorf("one key unknown: %s: %s", v.Verdict, explain(v))
	}
	o.Theirs = nil
	if v := judge(t, file, o); v.Verdict != workflow.Indeterminate || !reasons(v, workflow.ReasonUnknown) {
		t.Errorf("nobody known yet: %s: %s", v.Verdict, explain(v))
	}
	o.Theirs = []workflow.Signer{{Role: workflow.RoleOrganization, Organization: "珠海别家贸易有限公司", Code: "91440400MA4WXYZT3P"}}
	if v := judge(t, file, o); v.Verdict != workflow.Failed || !reasons(v, workflow.ReasonWrongSigner) {
		t.Errorf("another company expected: %s: %s", v.Verdict, explain(v))
	}
	o.Theirs, o.Required = nil, nil
	if v := judge(t, file, o); v.Verdict != workflow.Passed {
		t.Errorf("identity not asked for: %s: %s", v.Verdict, explain(v))
	}
}

func reasons(v workflow.Verdict, reason workflow.Reason) bool {
	return slices.ContainsFunc(v.AllCauses(), func(c workflow.Cause) bool { return c.Reason == reason })
}

// TestSentBeyondOurSignature lets a client cut what stands behind our last signature.
func TestSentBeyondOurSignature(t *testing.T) {
	lab := newLab(t)
	sent, file := returned(t, lab)
	for name, longer := range map[string][]byte{"white space": append(bytes.Clone(sent), "\n\n"...), "a comment": append(bytes.Clone(sent), "% mailed\n"...)} {
		if v := judge(t, file, labOptions(lab, longer)); v.Verdict != workflow.Passed {
			t.Errorf("%s: %s: %s", name, v.Verdict, explain(v))
		}
	}
}

func TestSuperseded(t *testing.T) {
	lab := newLab(t)
	sent, file := returned(t, lab)
	other, err := lab.Sign(signtest.Draft(), signtest.Ink{By: lab.Ours})
	if err != nil {
		t.Fatal(err)
	}
	o := labOptions(lab, other)
	o.Sent.Known = append(o.Sent.Known, workflow.Prefix{Ref: document(sent).Ref, Kind: workflow.PrefixSuperseded})
	if v := judge(t, file, o); v.Verdict != workflow.Failed || !reasons(v, workflow.ReasonSuperseded) {
		t.Errorf("%s: %s", v.Verdict, explain(v))
	}
}

// TestTimeProves judges a certificate that ended meanwhile, with and without a proven time.
func TestTimeProves(t *testing.T) {
	lab := newLab(t)
	later := moment.AddDate(4, 0, 0)
	for _, stamped := range []bool{true, false} {
		ink := signtest.Ink{By: lab.Supplier}
		want := workflow.Indeterminate
		if stamped {
			ink.Stamp, want = lab.TSA, workflow.Passed
		}
		file, err := lab.Sign(signtest.Draft(), ink)
		if err != nil {
			t.Fatal(err)
		}
		o := labOptions(lab, nil)
		o.Now = later
		if v := judge(t, file, o); v.Verdict != want {
			t.Errorf("stamped %t: %s: %s", stamped, v.Verdict, explain(v))
		}
		o.At = moment
		if v := judge(t, file, o); v.Verdict != workflow.Passed {
			t.Errorf("stamped %t, as of then: %s: %s", stamped, v.Verdict, explain(v))
		}
	}
}

func TestJSONHasEmptyLists(t *testing.T) {
	v := judge(t, signtest.Draft(), verify.Options{Now: moment})
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"signatures":[]`, `"verdict":"failed"`, `"reasons":["no-signature"]`} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
}

func TestInspect(t *testing.T) {
	lab := newLab(t)
	sent, _ := returned(t, lab)
	broken := bytes.Replace(sent, []byte("100.00"), []byte("900.00"), 1)
	certified, err := lab.Sign(signtest.Draft(), signtest.Ink{By: lab.Ours, Permits: 1})
	if err != nil {
		t.Fatal(err)
	}
	form := func(more string) []byte {
		out, err := signtest.Patch{Objects: map[int]string{8: "<< /Fields [] " + more + " >>"}}.Apply(signtest.Draft())
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, c := range map[string]struct {
		file []byte
		want func(i verify.Inspection) bool
	}{
		"a draft": {signtest.Draft(), func(i verify.Inspection) bool {
			return i.Pages == 2 && len(i.Broken)+len(i.Refused)+len(i.Signatures) == 0
		}},
		"a sealed file":   {sent, func(i verify.Inspection) bool { return len(i.Signatures) == 2 && len(i.Broken) == 0 }},
		"a broken one":    {broken, func(i verify.Inspection) bool { return len(i.Broken) > 0 }},
		"a certified one": {certified, func(i verify.Inspection) bool { return i.NoChanges }},
		"XFA":             {form("/XFA []"), func(i verify.Inspection) bool { return i.XFA }},
		"to be redrawn":   {form("/NeedAppearances true"), func(i verify.Inspection) bool { return i.NeedAppearances }},
		"something else": {[]byte("hello"), func(i verify.Inspection) bool {
			return len(i.Refused) == 1 && i.Refused[0].Reason == workflow.ReasonNotPDF
		}},
		"junk before the header": {append([]byte("\n"), signtest.Draft()...), func(i verify.Inspection) bool { return len(i.Refused) > 0 }},
		"a header further on":    {headerFurtherOn(), func(i verify.Inspection) bool { return len(i.Refused) == 1 }},
		"a truncated file": {sent[:len(sent)-300], func(i verify.Inspection) bool {
			return len(i.Refused) == 1 && i.Refused[0].Reason == workflow.ReasonDamaged
		}},
	} {
		i, err := verify.Inspect(context.Background(), document(c.file), pdf.Limits{})
		if err != nil || !c.want(i) {
			t.Errorf("%s: %+v, %v", name, i, err)
		}
	}
}

// headerFurtherOn is a file with junk before its header whose offsets count from the file's beginning: readable, but not
// by everybody.
func headerFurtherOn() []byte {
	return bytes.Replace(oneObject("", "(x)"), []byte("%PDF-1.7\n"), []byte("\n%PDF-1.7"), 1)
}

// TestExtract finds our signature values in files that tools wrote anew.
func TestExtract(t *testing.T) {
	lab := newLab(t)
	sent, file := returned(t, lab)
	ours := extract(t, sent)
	if len(ours) != 2 {
		t.Fatalf("%d values on what was sent", len(ours))
	}
	name := filepath.Join(t.TempDir(), "in.pdf")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tool := range [][]string{{"qpdf", name, name + ".1"}, {"qpdf", "--object-streams=generate", name, name + ".2"}, {"mutool", "clean", name, name + ".3"}, {"mutool", "clean", "-gggg", "-z", name, name + ".4"}} {
		if _, err := exec.LookPath(tool[0]); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is missing", tool[0])
			}
			t.Skipf("%s is missing", tool[0])
		}
		if out, err := exec.Command(tool[0], tool[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", tool, err, out)
		}
		rewritten, err := os.ReadFile(tool[len(tool)-1])
		if err != nil {
			t.Fatal(err)
		}
		held := extract(t, rewritten)
		for _, value := range ours {
			if !slices.Contains(held, value) {
				t.Errorf("%v: our value %s is not among %d", tool, value.Short(), len(held))
			}
		}
		if v := judge(t, rewritten, labOptions(lab, sent)); v.Verdict != workflow.Failed || !reasons(v, workflow.ReasonRewritten) {
			t.Errorf("%v: %s: %s", tool, v.Verdict, explain(v))
		}
	}
	if held := extract(t, file[:len(file)-100]); len(held) < 2 {
		t.Errorf("a truncated file has %d values", len(held))
	}
}

func extract(t *testing.T, file []byte) []workflow.Hash {
	t.Helper()
	values, err := verify.Extract(context.Background(), document(file), pdf.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// TestContextEnds wants an error, not a verdict, when there is no time left.
func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	if v, err := verify.Verify(ctx, document(signtest.Draft()), verify.Options{}); err == nil {
		t.Errorf("got a verdict: %s", v.Verdict)
	}
}
