package main_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"contractd/store/bolt"
	archive "contractd/store/check"
	"contractd/store/documents"
	"contractd/store/powercut"
	"contractd/workflow"
)

// cutSeed makes every run cut at moments chosen alike.
const cutSeed = 20261123

// cuts returns how many cuts are tried: a sample, or as many as `make powercut` says.
func cuts(t *testing.T) int {
	t.Helper()
	said := os.Getenv("CONTRACTD_POWER_CUTS")
	if said == "" {
		return 72
	}
	n, err := strconv.Atoi(said)
	if err != nil || n < 1 {
		t.Fatalf("CONTRACTD_POWER_CUTS is %q", said)
	}
	return n
}

// playPowerCut records a whole exchange, then cuts the power at the boundaries of its syncs and between them. What remains
// must be clean, must have everything that anybody was told, and must go on.
func playPowerCut(t *testing.T, h *hall) {
	needPart(t, "strace")
	r := newRecording(t, h)
	r.play()
	r.load()
	planned := powercut.Plan(r.ops, cuts(t), cutSeed)
	disk, promises := powercut.NewDisk(r.ops), 0
	for _, cut := range planned {
		kept, err := r.resume(disk, cut, r.told)
		if err != nil {
			t.Errorf("cut %+v: %v", cut, err)
		}
		promises += kept
	}
	syncs := 0
	for _, op := range r.ops {
		if op.Kind == powercut.Sync {
			syncs++
		}
	}
	t.Logf("%d cuts among %d operations with %d syncs; %d promises kept of %d acknowledgements", len(planned), len(r.ops), syncs, promises, len(r.told))
	r.askAnEmptyStore()
	r.cutAgain(planned)
	r.playWithoutSyncs()
}

// resume looks at what a cut leaves, as the next start finds it, and returns how many of the promises made by then it keeps.
func (r *recording) resume(disk *powercut.Disk, cut powercut.Cut, promises []told) (kept int, err error) {
	dir, err := os.MkdirTemp(r.scratch, "cut-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir) // The test's folder goes in any case.
	if err := disk.Write(dir, cut); err != nil {
		return 0, err
	}
	ledger, err := openCut(r.Context(), filepath.Join(dir, "data"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, ledger.Close()) }()
	report, err := archive.Check(r.Context(), ledger.Source())
	if err != nil {
		return 0, err
	}
	if report.Damaged() {
		return 0, fmt.Errorf("%d findings: %+v", len(report.Findings), report.Findings[0])
	}
	for _, told := range promises {
		if told.at > cut.At {
			continue
		}
		if err := told.holds(r.Context(), ledger); err != nil {
			return kept, fmt.Errorf("%s: %w", told.what, err)
		}
		kept++
	}
	return kept, ledger.Apply(r.Context(), workflow.Change{
		Suppliers: []workflow.Supplier{{ID: "after-the-cut"}},
		Entries:   []workflow.Entry{{Action: workflow.ActSupplier, Subject: "supplier/after-the-cut"}},
	})
}

// openCut opens a data folder as the house does, and expects nothing unfinished in it then.
func openCut(ctx context.Context, data string) (*bolt.Ledger, error) {
	if err := bolt.MakeFolder(data); err != nil {
		return nil, err
	}
	folder, err := documents.Open(filepath.Join(data, "documents"))
	if err != nil {
		return nil, err
	}
	if _, err := documents.NewSpool(filepath.Join(data, "spool")); err != nil {
		return nil, err
	}
	ledger, err := bolt.Open(ctx, bolt.Options{Path: filepath.Join(data, "contractd.db"), Blobs: folder, Fatal: documents.ErrSync})
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"documents/tmp", "spool"} {
		left, err := os.ReadDir(filepath.Join(data, name))
		if err != nil || len(left) > 0 {
			return nil, errors.Join(fmt.Errorf("%s holds %d files after a start", name, len(left)), err, ledger.Close())
		}
	}
	return ledger, nil
}

// askAnEmptyStore expects it to break every promise: one that it kept would be none.
func (r *recording) askAnEmptyStore() {
	r.Helper()
	ledger, err := openCut(r.Context(), filepath.Join(r.TempDir(), "data"))
	check(r.T, err)
	for _, told := range r.told {
		if told.holds(r.Context(), ledger) == nil {
			r.Errorf("an empty store holds that %s", told.what)
		}
	}
	check(r.T, ledger.Close())
}
