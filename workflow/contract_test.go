package workflow_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"contractd/workflow"
)

func ref(text string) workflow.Ref {
	return workflow.Ref{Hash: workflow.HashOf([]byte(text)), Size: int64(len(text))}
}

func TestPrefixesFollowTheContract(t *testing.T) {
	contract := workflow.Contract{
		ID: "c", Draft: ref("draft"), State: workflow.StateSent, Superseded: []workflow.Ref{ref("old seal")},
		Batches: []workflow.Batch{{After: ref("first seal")}, {After: ref("second seal")}},
	}
	check := func(want map[string]workflow.PrefixKind) {
		t.Helper()
		got := contract.Prefixes()
		if len(got) != len(want) {
			t.Errorf("got %d prefixes, want %d", len(got), len(want))
		}
		for text, kind := range want {
			found := false
			for _, prefix := range got {
				found = found || (prefix.Ref == ref(text) && prefix.Kind == kind && prefix.Contract == "c")
			}
			if !found {
				t.Errorf("%q is not known as %s in %v", text, kind, got)
			}
		}
	}
	check(map[string]workflow.PrefixKind{
		"draft": workflow.PrefixDraft, "first seal": workflow.PrefixIntermediate,
		"second seal": workflow.PrefixSealed, "old seal": workflow.PrefixSuperseded,
	})
	contract.State = workflow.StateWithdrawn
	check(map[string]workflow.PrefixKind{
		"draft": workflow.PrefixDraft, "first seal": workflow.PrefixIntermediate,
		"second seal": workflow.PrefixSuperseded, "old seal": workflow.PrefixSuperseded,
	})
	contract.State, contract.Pending = workflow.StateDraft, []string{"another key"}
	check(map[string]workflow.PrefixKind{
		"draft": workflow.PrefixDraft, "first seal": workflow.PrefixIntermediate,
		"second seal": workflow.PrefixIntermediate, "old seal": workflow.PrefixSuperseded,
	})
}

func TestOverdueIsDerived(t *testing.T) {
	deadline := time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
	contract := workflow.Contract{State: workflow.StateSent, Deadline: deadline}
	if contract.Overdue(deadline) || !contract.Overdue(deadline.Add(time.Second)) {
		t.Error("a contract is overdue right after its deadline, not before")
	}
	contract.State = workflow.StateArchived
	if contract.Overdue(deadline.Add(time.Hour)) {
		t.Error("an archived contract is never overdue")
	}
}

func TestParseAmount(t *testing.T) {
	for text, want := range map[string]string{
		"1200": "1200.00 CNY", "1,200.5": "1200.50 CNY", "￥1200.05": "1200.05 CNY", "0.1 USD": "0.10 USD", "12EUR": "12.00 EUR",
	} {
		got, err := workflow.ParseAmount(text)
		if err != nil || got.String() != want {
			t.Errorf("%q: got %v, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-1", "1.234", "1.2.3", "abc", "12 yuan", "99999999999999"} {
		if got, err := workflow.ParseAmount(text); !errors.Is(err, workflow.ErrUsage) {
			t.Errorf("%q: got %v, %v; want ErrUsage", text, got, err)
		}
	}
}

func TestCheckNumber(t *testing.T) {
	for _, number := range []string{"NJ-2026-014", "采购〔2026〕14号", "A/7_b.(1)", "X", strings.Repeat("合", 64)} {
		if err := workflow.CheckNumber(number); err != nil {
			t.Errorf("%q: %v", number, err)
		}
	}
	for _, number := range []string{"", " a", "a b", "../etc", "a..b", "-a", "a\n", "a*", strings.Repeat("合", 65)} {
		if err := workflow.CheckNumber(number); !errors.Is(err, workflow.ErrUsage) {
			t.Errorf("%q was taken for a number", number)
		}
	}
}

func TestEntryDigestSeesEveryField(t *testing.T) {
	entry := workflow.Entry{
		Sequence: 1, Time: time.Unix(1, 2), Actor: "a", Action: "b", Subject: "c",
		Details: map[string]string{"d": "e", "f": "g"}, Previous: workflow.HashOf(nil),
	}
	base := entry.Digest()
	changes := map[string]func(*workflow.Entry){
		"sequence": func(e *workflow.Entry) { e.Sequence++ },
		"time":     func(e *workflow.Entry) { e.Time = e.Time.Add(time.Nanosecond) },
		"actor":    func(e *workflow.Entry) { e.Actor = "ab"; e.Action = "" },
		"action":   func(e *workflow.Entry) { e.Action = "x" },
		"subject":  func(e *workflow.Entry) { e.Subject = "cd" },
		"value":    func(e *workflow.Entry) { e.Details = map[string]string{"d": "x", "f": "g"} },
		"key":      func(e *workflow.Entry) { e.Details = map[string]string{"x": "e", "f": "g"} },
		"shift":    func(e *workflow.Entry) { e.Details = map[string]string{"d": "ef", "": "g"} },
		"previous": func(e *workflow.Entry) { e.Previous[0]++ },
	}
	for name, change := range changes {
		changed := entry
		change(&changed)
		if changed.Digest() == base {
			t.Errorf("a changed %s leaves the digest as it was", name)
		}
	}
	entry.Time = entry.Time.In(time.FixedZone("CST", 8*3600))
	if entry.Digest() != base {
		t.Error("the zone in which a time is shown changes the digest")
	}
}

func TestVerdictOutranks(t *testing.T) {
	verdict := workflow.Verdict{Verdict: workflow.Passed}
	verdict.Blame(workflow.Cause{Reason: workflow.ReasonUntrusted, Weight: workflow.Indeterminate})
	verdict.Blame(workflow.Cause{Reason: workflow.ReasonChangedPage, Weight: workflow.Failed, Page: 2})
	verdict.Blame(workflow.Cause{Reason: workflow.ReasonChangedPage, Weight: workflow.Failed, Page: 3})
	verdict.Blame(workflow.Cause{Reason: workflow.ReasonStatement, Weight: workflow.Indeterminate})
	if verdict.Verdict != workflow.Failed || len(verdict.Reasons) != 3 {
		t.Errorf("got %s, %v", verdict.Verdict, verdict.Reasons)
	}
	causes := verdict.AllCauses()
	if len(causes) != 4 || causes[0].Page != 2 || causes[1].Page != 3 || causes[2].Reason != workflow.ReasonUntrusted {
		t.Errorf("causes are not gravest first, in order: %v", causes)
	}
}

func TestEveryReasonIsListedOnce(t *testing.T) {
	seen := map[workflow.Reason]bool{}
	for _, reason := range workflow.Reasons {
		if seen[reason] || reason == "" {
			t.Errorf("reason %q stands twice or is empty", reason)
		}
		seen[reason] = true
	}
}

func TestRights(t *testing.T) {
	viewer := workflow.Actor{Name: "v", Rights: []workflow.Right{workflow.RightView}}
	sender := workflow.Actor{Name: "s", Rights: []workflow.Right{workflow.RightSend}}
	nobody := workflow.Actor{Name: "n"}
	for _, test := range []struct {
		actor workflow.Actor
		right workflow.Right
		may   bool
	}{
		{viewer, workflow.RightView, true}, {viewer, workflow.RightSend, false}, {sender, workflow.RightView, true},
		{sender, workflow.RightDecide, false}, {nobody, workflow.RightView, false}, {workflow.System, workflow.RightDecide, true},
	} {
		if err := test.actor.Need(test.right); (err == nil) != test.may || (err != nil && !errors.Is(err, workflow.ErrRight)) {
			t.Errorf("%s, %s: %v", test.actor.Name, test.right, err)
		}
	}
}

func TestHints(t *testing.T) {
	err := workflow.WithHint(workflow.ErrPIN, "correct it")
	if !errors.Is(err, workflow.ErrPIN) || workflow.HintOf(errors.Join(errors.New("x"), err)) != "correct it" {
		t.Error("a hint hides its error, or is not found")
	}
	if workflow.WithHint(nil, "x") != nil || workflow.HintOf(nil) != "" {
		t.Error("nothing has no hint")
	}
}
