package bolt_test

import (
	"path/filepath"
	"slices"
	"testing"

	"contractd/store/bolt"
	"contractd/store/check"
	"contractd/store/documents"
	"contractd/store/storetest"
)

// tested is a ledger as the suite wants it.
type tested struct{ *bolt.Ledger }

// Source implements storetest.Ledger.
func (l tested) Source() check.Source { return l.Ledger.Source() }

// checked is a ledger that is checked when it closes: whatever a test did, files, indexes, journal
// and documents must fit. (The suite's records need not make sense together.)
type checked struct {
	tested
	t *testing.T
}

func (c checked) Close() error {
	report, err := check.Check(c.t.Context(), c.Source())
	if err != nil {
		c.t.Errorf("check: %v", err)
	}
	internal := []check.Kind{check.KindFile, check.KindRecord, check.KindIndex, check.KindJournal, check.KindDocument, check.KindNumber}
	for _, finding := range report.Findings {
		if slices.Contains(internal, finding.Kind) {
			c.t.Errorf("check: %+v", finding)
		}
	}
	return c.Ledger.Close()
}

// modes are where documents are kept: a ledger passes the suite in each.
var modes = map[string]int64{"files only": bolt.NoInline, "default": 0, "database only": 1 << 30}

func openMode(t *testing.T, dir string, inlineMax int64) tested {
	t.Helper()
	options := bolt.Options{Path: filepath.Join(dir, "contractd.db"), InlineMax: inlineMax, Fatal: documents.ErrSync}
	if inlineMax != modes["database only"] {
		folder, err := documents.Open(filepath.Join(dir, "documents"))
		if err != nil {
			t.Fatal(err)
		}
		options.Blobs = folder
	}
	ledger, err := bolt.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	return tested{ledger}
}

// openQuick opens a ledger for stories, which check it themselves.
func openQuick(t *testing.T, dir string) storetest.Ledger {
	return openMode(t, dir, modes["database only"])
}

func TestLedger(t *testing.T) {
	for name, inlineMax := range modes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T, dir string) storetest.Ledger {
				return checked{openMode(t, dir, inlineMax), t}
			})
		})
	}
}

// TestStories tells more stories than the suite, where they are quickest; CONTRACTD_STORIES=10000 tells so many.
func TestStories(t *testing.T) {
	t.Parallel()
	storetest.Stories(t, openQuick, 250)
}

// FuzzStory looks for events after which the ledger is not as the rules say; storetest tells what a story is.
func FuzzStory(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(storetest.RandomStory(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		storetest.Story(t, openQuick, data)
	})
}
