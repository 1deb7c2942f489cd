package access_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"contractd/store/bolt"
	"contractd/workflow"
	"contractd/workflow/access"
)

var (
	start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	anna  = workflow.Actor{Name: "anna", Kind: workflow.KindPerson, Rights: []workflow.Right{workflow.RightAdminister}}
	view  = []workflow.Right{workflow.RightView}
)

// newGate returns a gate over a real ledger, and its clock.
func newGate(t testing.TB) (*access.Gate, *bolt.Ledger, *time.Time) {
	t.Helper()
	now := start
	ledger, err := bolt.Open(t.Context(), bolt.Options{Path: filepath.Join(t.TempDir(), "ledger.db"), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ledger.Close(); err != nil {
			t.Error(err)
		}
	})
	return &access.Gate{Ledger: ledger, People: []string{"王芳"}, Now: func() time.Time { return now }}, ledger, &now
}

func add(t testing.TB, gate *access.Gate, order access.Order) (workflow.APIKey, string) {
	t.Helper()
	key, text, err := gate.Add(t.Context(), anna, order)
	if err != nil {
		t.Fatal(err)
	}
	return key, text
}

func TestKeyLetsAProgramAct(t *testing.T) {
	gate, ledger, _ := newGate(t)
	key, text := add(t, gate, access.Order{Name: "erp", Rights: view})
	actor, err := gate.Admit(t.Context(), text)
	if err != nil || actor.Name != "erp" || actor.Kind != workflow.KindProgram || !actor.Has(workflow.RightView) || actor.Has(workflow.RightSend) || actor.Counts() {
		t.Errorf("admitted %+v, %v", actor, err)
	}
	_, secret, _ := strings.Cut(text, string(key.ID)+"_")
	if len(secret) != 64 || key.Secret != workflow.HashOf([]byte(secret)) {
		t.Errorf("text %q, key %+v", text, key)
	}
	history, err := ledger.History(t.Context(), "apikey/"+string(key.ID))
	if err != nil || len(history) != 1 || history[0].Actor != "anna" || history[0].Action != workflow.ActKeyAdded || strings.Contains(history[0].Details["rights"], secret) {
		t.Errorf("journal: %+v, %v", history, err)
	}
	if _, other := add(t, gate, access.Order{Name: "erp2", Rights: view}); other[len(other)-64:] == secret {
		t.Error("two keys have one secret")
	}
}

func TestRevokedAndExpiredKeysLetNobodyIn(t *testing.T) {
	gate, ledger, now := newGate(t)
	key, revoked := add(t, gate, access.Order{Name: "erp", Rights: view})
	_, expiring := add(t, gate, access.Order{Name: "kurz", Rights: view, Expires: start.Add(time.Hour)})
	ended, err := gate.Revoke(t.Context(), anna, key.ID)
	if err != nil || ended.RevokedBy != "anna" || ended.Revoked.IsZero() {
		t.Fatalf("%+v, %v", ended, err)
	}
	if _, err := gate.Revoke(t.Context(), anna, key.ID); !errors.Is(err, workflow.ErrState) {
		t.Errorf("revoked twice: %v", err)
	}
	if history, err := ledger.History(t.Context(), "apikey/"+string(key.ID)); err != nil || len(history) != 2 || history[1].Action != workflow.ActKeyRevoked {
		t.Errorf("journal: %+v, %v", history, err)
	}
	if _, err := gate.Admit(t.Context(), revoked); !errors.Is(err, workflow.ErrUnknown) {
		t.Errorf("revoked: %v", err)
	}
	if _, err := gate.Admit(t.Context(), expiring); err != nil {
		t.Errorf("before its end: %v", err)
	}
	*now = start.Add(time.Hour)
	if _, err := gate.Admit(t.Context(), expiring); !errors.Is(err, workflow.ErrUnknown) {
		t.Errorf("at its end: %v", err)
	}
	if _, text := add(t, gate, access.Order{Name: "kurz", Rights: view}); text == expiring { // The name is free again.
		t.Error("the same key")
	}
	if keys, err := gate.List(t.Context(), anna); err != nil || len(keys) != 3 || keys[2].Name != "kurz" {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	if _, err := gate.Revoke(t.Context(), anna, "x"); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
}

func TestOnlyPeopleWhoAdministerKeepKeys(t *testing.T) {
	gate, _, _ := newGate(t)
	key, _ := add(t, gate, access.Order{Name: "erp", Rights: view})
	for name, actor := range map[string]workflow.Actor{
		"program": {Name: "x", Kind: workflow.KindProgram, Rights: anna.Rights}, "nobody": {}, "clerk": {Name: "x", Kind: workflow.KindPerson, Rights: []workflow.Right{workflow.RightSend, workflow.RightDecide}},
	} {
		_, _, added := gate.Add(t.Context(), actor, access.Order{Name: "y", Rights: view})
		_, listed := gate.List(t.Context(), actor)
		_, revoked := gate.Revoke(t.Context(), actor, key.ID)
		_, found := gate.Find(t.Context(), actor, key.ID)
		for _, err := range []error{added, listed, revoked, found} {
			if !errors.Is(err, workflow.ErrRight) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestNamesMisleadNobody(t *testing.T) {
	gate, _, _ := newGate(t)
	add(t, gate, access.Order{Name: "erp", Rights: view})
	for name, want := range map[string]error{
		"erp": workflow.ErrExists, "王芳": workflow.ErrExists, "anna": workflow.ErrExists, "contractd": workflow.ErrExists,
		"": workflow.ErrUsage, " erp": workflow.ErrUsage, "a\nb": workflow.ErrUsage, "a\u202eb": workflow.ErrUsage, "\xff": workflow.ErrUsage, strings.Repeat("x", 65): workflow.ErrUsage,
	} {
		if _, _, err := gate.Add(t.Context(), anna, access.Order{Name: name, Rights: view}); !errors.Is(err, want) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// FuzzAdmit shows anything at the gate: nothing but a key's own text passes.
func FuzzAdmit(f *testing.F) {
	gate, _, _ := newGate(f)
	_, text, err := gate.Add(f.Context(), anna, access.Order{Name: "erp", Rights: view})
	if err != nil {
		f.Fatal(err)
	}
	flipped := []byte(text)
	flipped[len(flipped)-1] ^= 1
	for _, seed := range []string{text, string(flipped), text + "x", text[:len(text)-1], strings.ToUpper(text), "", "cd__", "cd_aaaaaaaaaaaaaaaaaaaa_", "_ _", "cd_\x00_"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, shown string) {
		if actor, err := gate.Admit(t.Context(), shown); (err == nil) != (shown == text) || err != nil && actor.Name != "" {
			t.Errorf("%q: %+v, %v", shown, actor, err)
		}
	})
}
