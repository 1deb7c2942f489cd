package space

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"contractd/workflow"
)

// disks is a machine whose disks are what a test says.
type disks struct {
	usage  map[string]Usage
	fail   error
	probes int
	refuse error
	now    time.Time
}

func (d *disks) watch(folders ...string) *Watch {
	return New(Options{
		Folders: folders, Reserve: 800, Minimum: 80, Now: func() time.Time { return d.now },
		Usage: func(folder string) (Usage, error) { return d.usage[folder], d.fail },
		Probe: func(string) error { d.probes++; return d.refuse },
	})
}

func free(bytes int64) map[string]Usage { return map[string]Usage{"data": {Free: bytes, Files: -1}} }

func TestLevels(t *testing.T) {
	for name, test := range map[string]struct {
		usage Usage
		want  Level
		cause string
	}{
		"empty disk":        {Usage{1 << 40, 1 << 20, false}, Enough, ""},
		"at the reserve":    {Usage{800, -1, false}, Enough, ""},
		"below the reserve": {Usage{799, -1, false}, Low, "reserve"},
		"at the minimum":    {Usage{80, -1, false}, Low, "reserve"},
		"below the minimum": {Usage{79, -1, false}, None, "minimum"},
		"full":              {Usage{0, 0, false}, None, "minimum"},
		"few files":         {Usage{1 << 40, reserveFiles - 1, false}, Low, "files"},
		"no files":          {Usage{1 << 40, minimumFiles - 1, false}, None, "files"},
		"read-only":         {Usage{1 << 40, 1 << 20, true}, None, "read-only"},
	} {
		d := &disks{usage: map[string]Usage{"data": test.usage}}
		state := d.watch("data").State()
		if state.Level != test.want || !strings.Contains(state.Cause, test.cause) || (test.want == Enough) != (state.Cause == "") {
			t.Errorf("%s: %+v, want %s", name, state, test.want)
		}
	}
}

func TestErrorsNameTheCure(t *testing.T) {
	d := &disks{usage: free(1000)}
	w := d.watch("data")
	if err := errors.Join(w.Check(t.Context()), w.Writable()); err != nil {
		t.Error(err)
	}
	d.usage = free(500)
	if err := w.Check(t.Context()); !errors.Is(err, workflow.ErrSpace) || !errors.Is(err, workflow.ErrTemporary) || !strings.Contains(workflow.HintOf(err), "data") {
		t.Errorf("Check = %v, hint %q", err, workflow.HintOf(err))
	}
	if err := errors.Join(w.Fits(420), w.Fits(0)); err != nil {
		t.Errorf("what fits is refused: %v", err)
	}
	if err := w.Fits(421); !errors.Is(err, workflow.ErrSpace) {
		t.Errorf("what does not fit: %v", err)
	}
	if err := w.Writable(); err != nil {
		t.Errorf("below the reserve small writes must go on: %v", err)
	}
	d.usage = free(0)
	if err := w.Writable(); !errors.Is(err, workflow.ErrSpace) || workflow.HintOf(err) == "" {
		t.Errorf("Writable = %v", err)
	}
}

// TestRecoveryNeedsMoreThanTheEdge keeps a disk at the edge from alarming with every small file that comes and goes.
func TestRecoveryNeedsMoreThanTheEdge(t *testing.T) {
	d := &disks{usage: free(799), now: time.Unix(1000, 0)}
	w := d.watch("data")
	since := w.State().Since
	for _, step := range []struct {
		free int64
		want Level
	}{{800, Low}, {899, Low}, {79, None}, {80, None}, {89, None}, {90, Low}, {800, Low}, {900, Enough}, {800, Enough}} {
		d.usage, d.now = free(step.free), d.now.Add(time.Second)
		before := w.State()
		after := w.Look()
		if after.Level != step.want {
			t.Errorf("with %d free it is %s, want %s", step.free, after.Level, step.want)
		}
		if changed := !after.Since.Equal(before.Since); changed != (after.Level != before.Level) {
			t.Errorf("with %d free: since %v, before %v", step.free, after.Since, before.Since)
		}
	}
	if !w.State().Since.After(since) {
		t.Error("the time of the change is not told")
	}
}

func TestTheWorstFolderCounts(t *testing.T) {
	d := &disks{usage: map[string]Usage{"data": {Free: 5000, Files: -1}, "spool": {Free: 10, Files: -1}, "documents": {Free: 300, Files: -1}}}
	if state := d.watch("data", "spool", "documents").State(); state.Level != None || state.Folder != "spool" || state.Free != 10 {
		t.Errorf("%+v", state)
	}
	d.fail = syscall.EIO
	if state := d.watch("data").State(); state.Level != None || state.Cause == "" {
		t.Errorf("a disk that does not answer: %+v", state)
	}
}

// TestARefusedWriteIsProbed: a quota and an emergency read-only mount show themselves in nothing but refused writes.
func TestARefusedWriteIsProbed(t *testing.T) {
	d := &disks{usage: free(5000), now: time.Unix(1000, 0), refuse: syscall.EDQUOT}
	w := d.watch("data")
	w.Refused(&os.PathError{Op: "write", Err: syscall.ENOSPC}) // Is seen by looking, or was one file too large.
	if err := w.Writable(); err != nil {
		t.Errorf("after ENOSPC with room: %v", err)
	}
	w.Refused(&os.PathError{Op: "write", Err: syscall.EDQUOT})
	for range 3 {
		if err := w.Writable(); !errors.Is(err, workflow.ErrSpace) || !strings.Contains(err.Error(), "quota") {
			t.Errorf("after EDQUOT: %v", err)
		}
	}
	if d.probes != 0 {
		t.Errorf("%d probes at once", d.probes)
	}
	d.now = d.now.Add(probeRest)
	if err := errors.Join(w.Writable(), w.Writable()); !errors.Is(err, workflow.ErrSpace) || d.probes != 1 {
		t.Errorf("after a probe that failed: %v, %d probes", err, d.probes)
	}
	d.now, d.refuse = d.now.Add(probeRest), nil
	if err := w.Writable(); err != nil || d.probes != 2 {
		t.Errorf("after a probe that succeeded: %v, %d probes", err, d.probes)
	}
}

func TestRealDisk(t *testing.T) {
	dir := t.TempDir()
	w := New(Options{Folders: []string{dir}, Reserve: 1, Minimum: 1})
	if state := w.State(); state.Level != Enough || state.Free <= 0 {
		t.Errorf("%+v", state)
	}
	if err := probe(dir); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if err := probe(filepath.Join(dir, "missing")); err == nil {
		t.Error("a probe in no folder succeeds")
	}
	if state := New(Options{Folders: []string{filepath.Join(dir, "missing")}}).State(); state.Level != None {
		t.Errorf("%+v", state)
	}
}
