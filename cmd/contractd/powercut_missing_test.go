package main_test

import (
	"path/filepath"
	"slices"

	"contractd/store/powercut"
)

// playWithoutSyncs takes one kind of sync out of the record at a time. A simulator that finds nothing then finds nothing.
func (r *recording) playWithoutSyncs() {
	within := func(folder string) func(powercut.Op) bool {
		return func(op powercut.Op) bool { return filepath.Dir(op.Path) == folder }
	}
	turn := 0
	ledger := func(op powercut.Op) bool { return op.Path == "data/contractd.db" }
	everySecond := func(which int) func(powercut.Op) bool { // A commit syncs its pages, then its meta page.
		return func(op powercut.Op) bool {
			if !ledger(op) || !op.DataOnly {
				return false
			}
			turn++
			return turn%2 == which
		}
	}
	for name, missing := range map[string]func(powercut.Op) bool{
		"of the documents":             within("data/documents/tmp"),
		"of the folders of documents":  within("data/documents"),
		"of the data folder's entries": func(op powercut.Op) bool { return op.Path == "data" },
		"of the folder above":          func(op powercut.Op) bool { return op.Path == "." },
		"of the ledger":                ledger,
		"of pages before their meta":   everySecond(1),
		"of meta pages":                everySecond(0),
	} {
		turn = 0
		ops := slices.DeleteFunc(slices.Clone(r.ops), func(op powercut.Op) bool { return op.Kind == powercut.Sync && missing(op) })
		if len(ops) == len(r.ops) {
			r.Errorf("no sync %s was recorded", name)
		}
		if found := r.search(ops); found == nil {
			r.Errorf("without the sync %s every cut is survived", name)
		} else {
			r.Logf("without the sync %s: %.200v", name, found)
		}
	}
}

// search tries cuts until one is not survived.
func (r *recording) search(ops []powercut.Op) error {
	disk := powercut.NewDisk(ops)
	for _, cut := range powercut.Plan(ops, 300, cutSeed) {
		if _, err := r.resume(disk, cut, r.told); err != nil {
			return err
		}
	}
	return nil
}
