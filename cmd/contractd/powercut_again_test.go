package main_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"contractd/store/bolt"
	"contractd/store/powercut"
)

// cutAgain gives some of what is left to the real binary, which checks it and goes on, and cuts the power again meanwhile.
func (r *recording) cutAgain(planned []powercut.Cut) {
	r.Helper()
	disk, kept, tried := powercut.NewDisk(r.ops), 0, 0
	rounds := max(3, len(planned)/200)
	for i := range rounds {
		cut := planned[(i+1)*len(planned)/(rounds+1)]
		again, promises := r.recover(disk, cut)
		second := powercut.NewDisk(again)
		check(r.T, second.Load(filepath.Join(r.scratch, "first")))
		for _, next := range powercut.Plan(again, 10, cutSeed+uint64(i)) {
			held, err := r.resume(second, next, promises)
			if err != nil {
				r.Errorf("cut %+v, then %+v: %v", cut, next, err)
			}
			kept, tried = kept+held, tried+1
		}
		check(r.T, os.RemoveAll(filepath.Join(r.scratch, "first")))
	}
	r.Logf("%d second cuts after %d first ones; %d promises kept", tried, rounds, kept)
}

// recover runs two commands over what a cut leaves, which stays as it was in the folder "first". It returns what they did,
// and what must hold from then on.
func (r *recording) recover(disk *powercut.Disk, cut powercut.Cut) ([]powercut.Op, []told) {
	r.Helper()
	dir, first, traces := r.TempDir(), filepath.Join(r.scratch, "first"), r.TempDir()
	check(r.T, os.Mkdir(first, 0o700))
	check(r.T, disk.Write(first, cut))
	check(r.T, disk.Write(dir, cut))
	x := exchange{T: r.T, hall: traced(r.T, r.real, traces), dir: dir}
	for _, pattern := range []string{"*.toml", "*.pem", "*.p12", "*.secret", "*.png", "pin"} {
		files, err := filepath.Glob(r.path(pattern))
		check(r.T, err)
		for _, file := range files {
			content, err := os.ReadFile(file)
			check(r.T, err)
			x.write(filepath.Base(file), content)
		}
	}
	if said := x.do("archive", "check"); !strings.Contains(said, "journal head") {
		r.Errorf("archive check says %q", said)
	}
	x.do("supplier", "add", "again", "--name", "珠海别家贸易有限公司", "--mail", otherMail, "--certificate", "organization=other.pem", "--require", "organization")
	promises := []told{{time.Now().UnixNano(), "a supplier is added after the cut", func(ctx context.Context, l *bolt.Ledger) error {
		_, err := l.Supplier(ctx, "again")
		return err
	}}}
	for _, earlier := range r.told {
		if earlier.at <= cut.At {
			promises = append(promises, told{0, earlier.what, earlier.holds})
		}
	}
	return recorded(r.T, traces, dir), promises
}
