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

// checked is a ledger that is checked when it closes: whatever a test did, files, indexes, journal
// and documents must fit. (The suite's records need not make sense together.)
type checked struct {
	*bolt.Ledger
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

func TestLedger(t *testing.T) {
	for name, inlineMax := range map[string]int64{"files only": bolt.NoInline, "default": 0, "database only": 1 << 30} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T, dir string) storetest.Ledger {
				folder, err := documents.Open(filepath.Join(dir, "documents"))
				if err != nil {
					t.Fatal(err)
				}
				ledger, err := bolt.Open(t.Context(), bolt.Options{
					Path: filepath.Join(dir, "contractd.db"), InlineMax: inlineMax, Blobs: folder, Fatal: documents.ErrSync,
				})
				if err != nil {
					t.Fatal(err)
				}
				return checked{ledger, t}
			})
		})
	}
}
