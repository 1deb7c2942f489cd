package powercut

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// run makes operations that follow each other: the n-th lasts from 10n to 10n+5.
func run(ops ...Op) []Op {
	for i := range ops {
		ops[i].Start, ops[i].End = int64(10*i), int64(10*i+5)
	}
	return ops
}

const end = 1 << 30

// after returns what a cut leaves, as path=content.
func after(t *testing.T, ops []Op, cut Cut) string {
	t.Helper()
	dir := t.TempDir()
	if err := NewDisk(ops).Write(dir, cut); err != nil {
		t.Fatal(err)
	}
	return list(t, dir)
}

// list returns what a folder holds.
func list(t *testing.T, dir string) string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		content := []byte("/")
		if entry.Type().IsRegular() {
			content, err = os.ReadFile(path)
		}
		name, _ := filepath.Rel(dir, path)
		found = append(found, fmt.Sprintf("%s=%s", name, content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(found, " ")
}

func create(path string) Op { return Op{Kind: Open, Path: path, Create: true} }
func add(path, text string) Op {
	return Op{Kind: Write, Path: path, Data: []byte(text), Offset: Append}
}
func synced(path string) Op      { return Op{Kind: Sync, Path: path} }
func renamed(from, to string) Op { return Op{Kind: Rename, Path: from, To: to} }
func at(path, text string, n int64) Op {
	return Op{Kind: Write, Path: path, Data: []byte(text), Offset: n}
}

func TestWhatIsSyncedIsThere(t *testing.T) {
	file := []Op{{Kind: Mkdir, Path: "d"}, create("d/a"), add("d/a", "one"), synced("d/a"), synced("d"), synced("."), add("d/a", "two")}
	for name, test := range map[string]struct {
		ops   []Op
		model Model
		want  map[Shape]string
	}{
		"all of it":           {file[:6], Strict, map[Shape]string{Dropped: "d=/ d/a=one", Kept: "d=/ d/a=one", Subset: "d=/ d/a=one", Noise: "d=/ d/a=one"}},
		"no sync of a file":   {[]Op{create("a"), add("a", "one"), synced(".")}, Strict, map[Shape]string{Dropped: "a=", Kept: "a=one"}},
		"no sync of a folder": {[]Op{create("a"), add("a", "one"), synced("a")}, Strict, map[Shape]string{Dropped: "", Kept: "a=one"}},
		"the file is enough":  {[]Op{create("a"), add("a", "one"), synced("a")}, Ordered, map[Shape]string{Dropped: "a=one"}},
		"no sync above":       {file[:5], Strict, map[Shape]string{Dropped: "", Kept: "d=/ d/a=one"}},
		"a later write":       {file, Strict, map[Shape]string{Dropped: "d=/ d/a=one", Kept: "d=/ d/a=onetwo"}},
		"a new size":          {[]Op{create("a"), add("a", "one"), synced("a"), synced("."), {Kind: Truncate, Path: "a", Size: 1}}, Strict, map[Shape]string{Dropped: "a=one", Kept: "a=o"}},
		"a rename":            {[]Op{create("a"), synced("."), renamed("a", "b")}, Strict, map[Shape]string{Dropped: "a=", Kept: "b="}},
		"a synced rename":     {[]Op{create("a"), synced("."), renamed("a", "b"), synced(".")}, Strict, map[Shape]string{Dropped: "b=", Kept: "b="}},
		"a removal":           {[]Op{create("a"), synced("."), {Kind: Remove, Path: "a"}}, Strict, map[Shape]string{Dropped: "a=", Kept: ""}},
		"an emptied file":     {[]Op{create("a"), add("a", "one"), synced("a"), synced("."), {Kind: Open, Path: "a", Clear: true}, add("a", "2")}, Strict, map[Shape]string{Dropped: "a=one", Kept: "a=2"}},
		"a hole":              {[]Op{create("a"), synced("."), at("a", "x", 2)}, Strict, map[Shape]string{Dropped: "a=", Kept: "a=\x00\x00x"}},
	} {
		for shape, want := range test.want {
			if got := after(t, run(test.ops...), Cut{At: end, Model: test.model, Shape: shape}); got != want {
				t.Errorf("%s, shape %d: %q, want %q", name, shape, got, want)
			}
		}
	}
}

// TestWriteDuringSync begins a write before a sync and ends it after: it is not known to be durable.
func TestWriteDuringSync(t *testing.T) {
	ops := run(create("a"), synced("."), at("a", "x", 0), synced("a"))
	ops[2].End = ops[3].Start + 1
	if got := after(t, ops, Cut{At: end}); got != "a=" {
		t.Errorf("left: %q", got)
	}
}

func TestCutBeforeSyncEnds(t *testing.T) {
	ops := run(create("a"), synced("."), at("a", "x", 0), synced("a"))
	for moment, want := range map[int64]string{0: "", 14: "", 15: "a=", 34: "a=", 35: "a=x"} {
		if got := after(t, ops, Cut{At: moment}); got != want {
			t.Errorf("at %d: %q, want %q", moment, got, want)
		}
	}
}

// TestMoveBetweenFolders may leave both names, or none, until both folders are synced; a journal leaves one.
func TestMoveBetweenFolders(t *testing.T) {
	ops := run(Op{Kind: Mkdir, Path: "d"}, Op{Kind: Mkdir, Path: "e"}, create("d/a"), synced("."), synced("d"), renamed("d/a", "e/a"))
	seen := [2]map[string]bool{{}, {}}
	for seed := range uint64(200) {
		for model := range seen {
			seen[model][after(t, ops, Cut{At: end, Model: Model(model), Shape: Subset, Seed: seed})] = true
		}
	}
	both, none, old, moved := "d=/ d/a= e=/ e/a=", "d=/ e=/", "d=/ d/a= e=/", "d=/ e=/ e/a="
	if s := seen[Strict]; len(s) != 4 || !s[both] || !s[none] || !s[old] || !s[moved] {
		t.Errorf("by POSIX: %v", s)
	}
	if s := seen[Ordered]; len(s) != 2 || !s[old] || !s[moved] {
		t.Errorf("by a journal: %v", s)
	}
}

// TestRenameWithinAFolder leaves one name or the other.
func TestRenameWithinAFolder(t *testing.T) {
	ops := run(create("a"), synced("."), renamed("a", "b"))
	seen := map[string]bool{}
	for seed := range uint64(50) {
		seen[after(t, ops, Cut{At: end, Shape: Noise, Seed: seed})] = true
	}
	if len(seen) != 2 || !seen["a="] || !seen["b="] {
		t.Errorf("left: %v", seen)
	}
}

// TestTornWrites expects every sector old or new, or one of noise, and each of these to happen.
func TestTornWrites(t *testing.T) {
	before, later := strings.Repeat("o", 4*page), strings.Repeat("n", 3*page)
	ops := run(create("a"), at("a", before, 0), synced("a"), synced("."), at("a", later, page/2))
	for _, shape := range []Shape{Torn, Noise} {
		mixed, noisy := 0, 0
		for seed := range uint64(100) {
			content := []byte(strings.TrimPrefix(after(t, ops, Cut{At: end, Shape: shape, Seed: seed}), "a="))
			kinds := map[byte]bool{}
			for i := 0; i < len(content); i += sector {
				piece := content[i : i+sector]
				if bytes.Count(piece, piece[:1]) != sector {
					noisy++
					continue
				}
				kinds[piece[0]] = true
			}
			if len(content) != 4*page || bytes.Count(content[:page/2], []byte("o")) != page/2 {
				t.Fatalf("%d bytes, or what was not written changed", len(content))
			}
			if len(kinds) == 2 {
				mixed++
			}
		}
		if mixed == 0 || (noisy > 0) != (shape == Noise) {
			t.Errorf("shape %d: %d files with old and new sectors, %d sectors of noise", shape, mixed, noisy)
		}
	}
}

func TestSameSeedLeavesTheSame(t *testing.T) {
	ops := run(create("a"), create("b"), at("a", "one", 0), at("b", "two", 5), create("c"), renamed("c", "d"), synced("a"), at("a", "three", 1))
	for _, cut := range Plan(ops, 50, 1) {
		if first, second := after(t, ops, cut), after(t, ops, cut); first != second {
			t.Fatalf("%+v leaves %q and %q", cut, first, second)
		}
	}
}

func TestPlan(t *testing.T) {
	ops := run(create("a"), synced("a"), synced("."), synced("a"))
	cuts := Plan(ops, 100, 7)
	seen := map[Cut]bool{}
	boundaries := map[int64]bool{}
	for i, cut := range cuts {
		if i > 0 && cut.At < cuts[i-1].At {
			t.Fatal("not in the order of time")
		}
		boundaries[cut.At] = true
		seen[Cut{Model: cut.Model, Shape: cut.Shape}] = true
	}
	for _, want := range []int64{14, 15, 24, 25, 34, 35} {
		if !boundaries[want] {
			t.Errorf("no cut at %d", want)
		}
	}
	if len(cuts) != 100 || len(seen) != 2*int(shapes) {
		t.Errorf("%d cuts of %d kinds", len(cuts), len(seen))
	}
	if Plan(run(create("a")), 10, 1) != nil {
		t.Error("cuts without a sync")
	}
}

func TestReplayRefuses(t *testing.T) {
	for name, ops := range map[string][]Op{
		"a file that is not there":   {at("a", "x", 0)},
		"a folder that is not there": {create("d/a")},
		"a file as a folder":         {create("a"), create("a/b")},
		"two ways of writing":        {create("a"), at("a", "x", 0), add("a", "y")},
		"writing after a seek":       {create("a"), {Kind: Seek, Path: "a"}, add("a", "x")},
		"writing into a folder":      {{Kind: Mkdir, Path: "a"}, add("a", "x")},
		"removing nothing":           {{Kind: Remove, Path: "a"}},
		"syncing nothing":            {synced("a")},
		"opening nothing":            {{Kind: Open, Path: "a", Clear: true}},
		"moving nothing":             {renamed("a", "b")},
		"what nobody knows":          {{Kind: "link"}},
	} {
		if err := NewDisk(run(ops...)).Advance(end); err == nil {
			t.Errorf("%s: replayed", name)
		}
	}
	d := NewDisk(nil)
	if err := d.Advance(2); err != nil {
		t.Fatal(err)
	}
	if err := d.Advance(1); err == nil {
		t.Error("it goes back")
	}
}

// TestLoad goes on from what a cut left: what is there is durable, and can be replaced.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	first := run(Op{Kind: Mkdir, Path: "d"}, create("d/a"), add("d/a", "one"), synced("d/a"), synced("d"), synced("."), Op{Kind: Socket, Path: "s"})
	if err := NewDisk(first).Write(dir, Cut{At: end, Shape: Kept}); err != nil {
		t.Fatal(err)
	}
	for shape, want := range map[Shape]string{Dropped: "d=/ d/a=one s=/", Kept: "d=/ d/b=Xne s=/"} {
		d, left := NewDisk(run(at("d/a", "X", 0), renamed("d/a", "d/b"))), t.TempDir()
		if err := errors.Join(d.Load(dir), d.Write(left, Cut{At: end, Shape: shape})); err != nil {
			t.Fatal(err)
		}
		if got := list(t, left); got != want {
			t.Errorf("shape %d: %q, want %q", shape, got, want)
		}
	}
	if err := NewDisk(nil).Load(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("nothing was loaded")
	}
}
