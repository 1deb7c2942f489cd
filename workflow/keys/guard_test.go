package keys_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"contractd/workflow"
	"contractd/workflow/flowtest"
	"contractd/workflow/keys"
)

func guard(t *testing.T) *keys.Guard {
	stage := flowtest.New(t)
	return &keys.Guard{Ledger: stage.Ledger, Now: stage.Now}
}

func TestAWrongPINIsTriedOnce(t *testing.T) {
	g, tries := guard(t), 0
	wrong := func(bool) error { tries++; return fmt.Errorf("CKR_PIN_INCORRECT: %w", workflow.ErrPIN) }
	if err := g.Login(t.Context(), "org", wrong); !errors.Is(err, workflow.ErrPIN) || !strings.Contains(workflow.HintOf(err), "token resume org") {
		t.Fatalf("first: %v", err)
	}
	for range 10 { // Ten restarts: nothing is kept but the ledger.
		restarted := &keys.Guard{Ledger: g.Ledger, Now: g.Now}
		if err := restarted.Login(t.Context(), "org", wrong); !errors.Is(err, workflow.ErrSuspended) {
			t.Fatalf("again: %v", err)
		}
	}
	if tries != 1 {
		t.Fatalf("the token saw %d tries", tries)
	}
	viewer := workflow.Actor{Name: "v", Rights: []workflow.Right{workflow.RightView}}
	if err := g.Resume(t.Context(), viewer, "org"); !errors.Is(err, workflow.ErrRight) {
		t.Errorf("resumed by somebody without the right: %v", err)
	}
	if err := g.Resume(t.Context(), flowtest.Anna, "org"); err != nil {
		t.Fatal(err)
	}
	said := []bool{}
	for range 2 {
		if err := g.Login(t.Context(), "org", func(anyway bool) error { said = append(said, anyway); return nil }); err != nil {
			t.Errorf("after resuming: %v", err)
		}
	}
	if !slices.Equal(said, []bool{true, false}) {
		t.Errorf("a person resumed it: %v", said)
	}
}

func TestACrashWhileThePINIsTriedSuspends(t *testing.T) {
	g := guard(t)
	record := workflow.KeyRecord{Name: "org", Attempting: time.Unix(1, 0)}
	if err := g.Ledger.Apply(t.Context(), workflow.Change{Keys: []workflow.KeyRecord{record}}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := g.Login(t.Context(), "org", func(bool) error { t.Error("tried again"); return nil }); !errors.Is(err, workflow.ErrSuspended) {
			t.Fatal(err)
		}
	}
}

func TestOtherFailuresDoNotSuspend(t *testing.T) {
	g := guard(t)
	if err := g.Login(t.Context(), "org", func(bool) error { return workflow.ErrKeyMissing }); !errors.Is(err, workflow.ErrKeyMissing) {
		t.Fatal(err)
	}
	if err := g.Login(t.Context(), "org", func(bool) error { return nil }); err != nil {
		t.Error(err)
	}
	if err := g.Resume(t.Context(), flowtest.Anna, "org"); !errors.Is(err, workflow.ErrState) || !strings.Contains(workflow.HintOf(err), "token list") {
		t.Errorf("resumed a key that was not suspended: %v", err)
	}
}

func TestTheAttemptIsRecordedBeforeItIsMade(t *testing.T) {
	g := guard(t)
	err := g.Login(t.Context(), "org", func(bool) error {
		record, err := g.Ledger.Key(t.Context(), "org")
		if err != nil || record.Attempting.IsZero() {
			t.Errorf("during the attempt: %+v, %v", record, err)
		}
		return nil
	})
	record, after := g.Ledger.Key(t.Context(), "org")
	if err != nil || after != nil || !record.Attempting.IsZero() {
		t.Errorf("afterwards: %+v, %v, %v", record, err, after)
	}
}
