package appearances_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"contractd/store/bolt"
	"contractd/workflow"
	"contractd/workflow/appearances"
)

var (
	start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	anna  = workflow.Actor{Name: "anna", Kind: workflow.KindPerson, Rights: []workflow.Right{workflow.RightAdminister}}
)

// copyist takes a picture as it is given.
type copyist struct{}

// Draw implements appearances.Artist.
func (copyist) Draw(_ context.Context, _ appearances.Order, given workflow.Document) (appearances.Drawn, error) {
	return appearances.Drawn{Picture: given, Source: "png"}, nil
}

func newCabinet(t *testing.T) (*appearances.Cabinet, *bolt.Ledger, *time.Time) {
	t.Helper()
	now := start
	clock := func() time.Time { return now }
	ledger, err := bolt.Open(t.Context(), bolt.Options{Path: filepath.Join(t.TempDir(), "ledger.db"), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ledger.Close(); err != nil {
			t.Error(err)
		}
	})
	return &appearances.Cabinet{Ledger: ledger, Artist: copyist{}, Keys: []string{"org", "employee"}, Now: clock}, ledger, &now
}

func picture(text string) workflow.Document {
	return workflow.Document{Ref: workflow.Ref{Hash: workflow.HashOf([]byte(text)), Size: int64(len(text))}, ReaderAt: strings.NewReader(text)}
}

// TestValidity asks for a seal before, within and after its time, with another key, and after it was retired.
func TestValidity(t *testing.T) {
	cabinet, _, now := newCabinet(t)
	order := appearances.Order{Name: "公章", Key: "org", From: start.AddDate(0, 0, 1), Until: start.AddDate(0, 0, 3)}
	if _, err := cabinet.Add(t.Context(), anna, order, picture("seal")); err != nil {
		t.Fatal(err)
	}
	use := func(key string) error { _, err := cabinet.Use(t.Context(), "公章", key); return err }
	for _, test := range []struct {
		days int
		want string
	}{{0, "签章尚未生效"}, {1, ""}, {2, ""}, {3, "签章已过期"}, {300, "签章已过期"}} {
		*now = start.AddDate(0, 0, test.days)
		err := use("org")
		if test.want == "" && err != nil || test.want != "" && (!errors.Is(err, workflow.ErrPolicy) || !strings.Contains(err.Error(), test.want) || workflow.HintOf(err) == "") {
			t.Errorf("after %d days: %v, want %q", test.days, err, test.want)
		}
	}
	*now = start.AddDate(0, 0, 2)
	if err := use("employee"); !errors.Is(err, workflow.ErrPolicy) {
		t.Errorf("another key: %v", err)
	}
	if _, err := cabinet.Retire(t.Context(), anna, "公章"); err != nil {
		t.Fatal(err)
	}
	if err := use("org"); !errors.Is(err, workflow.ErrPolicy) || !strings.Contains(err.Error(), "签章已停用") {
		t.Errorf("retired: %v", err)
	}
	if _, err := cabinet.Retire(t.Context(), anna, "公章"); !errors.Is(err, workflow.ErrState) {
		t.Errorf("retired twice: %v", err)
	}
}

// TestActsAreJournalled wants one entry for each act, with the hash of the picture, and the picture in the store.
func TestActsAreJournalled(t *testing.T) {
	cabinet, ledger, _ := newCabinet(t)
	seal, err := cabinet.Add(t.Context(), anna, appearances.Order{Name: "a", Key: "org"}, picture("seal"))
	if err != nil {
		t.Fatal(err)
	}
	if seal.Size != 40 || len(seal.Lines) != 3 || seal.CreatedBy != "anna" {
		t.Errorf("seal %+v", seal)
	}
	if _, err := cabinet.Retire(t.Context(), anna, "a"); err != nil {
		t.Fatal(err)
	}
	entries, err := ledger.History(t.Context(), "appearance/a")
	if err != nil || len(entries) != 2 || entries[0].Action != workflow.ActAppearance || entries[1].Action != workflow.ActLookEnded ||
		entries[0].Details["picture"] != workflow.HashOf([]byte("seal")).String() {
		t.Errorf("journal %+v, %v", entries, err)
	}
	document, closer, err := ledger.Document(t.Context(), seal.Picture)
	if err != nil || document.Size != 4 {
		t.Fatalf("picture: %v", err)
	}
	if err := closer.Close(); err != nil {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	cabinet, _, _ := newCabinet(t)
	if _, err := cabinet.Add(t.Context(), anna, appearances.Order{Name: "taken", Key: "org"}, picture("seal")); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		order appearances.Order
		want  error
	}{
		"a taken name":          {appearances.Order{Name: "taken", Key: "org"}, workflow.ErrExists},
		"a name with a slash":   {appearances.Order{Name: "a/b", Key: "org"}, workflow.ErrUsage},
		"an unknown key":        {appearances.Order{Name: "a", Key: "nobody"}, workflow.ErrUsage},
		"a size":                {appearances.Order{Name: "a", Key: "org", Size: 61}, workflow.ErrUsage},
		"an end in the past":    {appearances.Order{Name: "a", Key: "org", Until: start}, workflow.ErrUsage},
		"an end before it":      {appearances.Order{Name: "a", Key: "org", From: start.AddDate(2, 0, 0), Until: start.AddDate(1, 0, 0)}, workflow.ErrUsage},
		"an unknown line":       {appearances.Order{Name: "a", Key: "org", Lines: []workflow.SealLine{"x"}}, workflow.ErrUsage},
		"picture and generated": {appearances.Order{Name: "a", Key: "org", Generate: "company"}, workflow.ErrUsage},
		"a text with a picture": {appearances.Order{Name: "a", Key: "org", Text: "x"}, workflow.ErrUsage},
	} {
		if _, err := cabinet.Add(t.Context(), anna, test.order, picture("seal")); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	viewer := workflow.Actor{Name: "li", Rights: []workflow.Right{workflow.RightView}}
	if _, err := cabinet.Add(t.Context(), viewer, appearances.Order{Name: "a", Key: "org"}, picture("seal")); !errors.Is(err, workflow.ErrRight) {
		t.Errorf("without the right: %v", err)
	}
	if _, err := cabinet.Retire(t.Context(), viewer, "taken"); !errors.Is(err, workflow.ErrRight) {
		t.Errorf("without the right: %v", err)
	}
}
