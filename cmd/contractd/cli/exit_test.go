package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/workflow"
)

func TestWrongUsageIsKnownByItsKindNotByItsWords(t *testing.T) {
	for _, args := range [][]string{
		{"nonsense"}, {"send"}, {"send", "a.pdf"}, {"supplier", "nonsense"}, {"show", "--nonsense"}, {"status", "a", "b"}, {"completion", "bash", "x"},
		{"archive", "query", "--limit", "-1"}, {"archive", "query", "--csv", "--json"},
	} {
		var out bytes.Buffer
		if code := Run(t.Context(), args, strings.NewReader(""), &out, &out); code != exitUsage || strings.Count(out.String(), "hint: ") != 1 {
			t.Errorf("%q ended with %d:\n%s", args, code, out.String())
		}
	}
	for _, words := range []string{"open arg(s).pdf: denied", "unknown command of the server", "required flag(s) missing in answer"} {
		if code := exitCode(errors.New(words)); code != exitFailed {
			t.Errorf("%q: %d", words, code)
		}
	}
}

func TestErrorsDoNotCommandTheTerminal(t *testing.T) {
	var out bytes.Buffer
	report(&out, workflow.WithHint(errors.New("title \x1b[31m\u202e: wrong"), "say \x1b[0m"))
	if strings.ContainsAny(out.String(), "\x1b\u202e") || strings.Count(out.String(), "\n") != 2 {
		t.Errorf("got %q", out.String())
	}
}

func TestVerdictsDoNotCommandTheTerminal(t *testing.T) {
	hostile := "\x1b[31m\r\u202e"
	verdict := workflow.Verdict{
		Verdict: workflow.Failed, Notes: []string{hostile},
		Signatures: []workflow.Signature{{Field: hostile, Signer: hostile, Issuer: hostile, Statement: []string{hostile}}},
		Causes:     []workflow.Cause{{Reason: workflow.ReasonDamaged, Weight: workflow.Failed, Detail: hostile}},
	}
	var out bytes.Buffer
	if err := (&verdictText{w: &out}).print("a.pdf", verdict); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\r\u202e") {
		t.Errorf("got %q", out.String())
	}
}

func TestAnInterruptionSaysHowToGoOn(t *testing.T) {
	var out bytes.Buffer
	report(&out, workflow.WithHint(fmt.Errorf("send: %w", context.Canceled), "`contractd seal A-1` goes on"))
	if out.String() != "error: interrupted\nhint: `contractd seal A-1` goes on\n" {
		t.Errorf("got %q", out.String())
	}
}

func TestADraftSaysHowToGoOn(t *testing.T) {
	story := api.Story{Contract: workflow.Contract{Number: "A-1", State: workflow.StateDraft}}
	if text := nextStep(story, time.UTC); !strings.Contains(text, "`contractd seal A-1`") {
		t.Errorf("got %q", text)
	}
}

func TestCSVHoldsNoFormulas(t *testing.T) {
	rows := table{heads: []string{"A", "B", "C", "D", "E"}}
	rows.add("=1+1", "+1", "-1", "@x", "a=b")
	var out bytes.Buffer
	if err := rows.csv(&out); err != nil {
		t.Fatal(err)
	}
	if out.String() != "\ufeffA,B,C,D,E\n'=1+1,'+1,'-1,'@x,a=b\n" {
		t.Errorf("got %q", out.String())
	}
}
