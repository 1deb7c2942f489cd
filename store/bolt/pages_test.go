package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"contractd/workflow"
)

// branches returns a closed store with branch pages, as bytes, and where one of these begins.
func branches(t testing.TB, path string) (data []byte, at int) {
	t.Helper()
	l, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	change := workflow.Change{}
	for i := range 60 {
		next := contract("C-" + strconv.Itoa(i))
		next.Contracts[0].Title = strings.Repeat("合同", 50)
		change.Documents = append(change.Documents, next.Documents...)
		change.Contracts = append(change.Contracts, next.Contracts...)
	}
	if err := errors.Join(l.Apply(t.Context(), change), l.Close()); err != nil {
		t.Fatal(err)
	}
	data, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last, _, err := lastMeta(bytes.NewReader(data), os.Getpagesize())
	if err != nil {
		t.Fatal(err)
	}
	walk := tree{file: bytes.NewReader(data), pageSize: uint64(os.Getpagesize()), count: last.count, seen: map[uint64]bool{}, next: []uint64{last.root}}
	for len(walk.next) > 0 {
		id := walk.next[0]
		walk.next = walk.next[1:]
		if err := walk.page(id); err != nil {
			t.Fatal(err)
		}
		if at = int(id) * os.Getpagesize(); data[at+8] == branchPage {
			return data, at
		}
	}
	t.Fatal("the store has no branch page")
	return nil, 0
}

// TestCheckEndsOnEveryTree damages a branch page so that bbolt's own check would run in circles, or into the void.
func TestCheckEndsOnEveryTree(t *testing.T) {
	order := binary.NativeEndian
	for name, test := range map[string]struct {
		damage func(page []byte)
		want   string
	}{
		"a circle":          {func(page []byte) { order.PutUint64(page[pageHeader+8:], order.Uint64(page)) }, "reached twice"},
		"beyond the file":   {func(page []byte) { order.PutUint64(page[pageHeader+8:], 1<<40) }, "beyond"},
		"a meta page":       {func(page []byte) { order.PutUint64(page[pageHeader+8:], 1) }, "beyond"},
		"another number":    {func(page []byte) { order.PutUint64(page, 3) }, "it says"},
		"a key beyond":      {func(page []byte) { order.PutUint32(page[pageHeader:], 1<<31) }, "key is beyond"},
		"too many elements": {func(page []byte) { order.PutUint16(page[10:], 60_000) }, "cannot hold"},
		"too many pages":    {func(page []byte) { order.PutUint32(page[12:], 1<<31) }, "further pages"},
		"no kind":           {func(page []byte) { order.PutUint16(page[8:], 0x40) }, "of kind"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "contractd.db")
			data, at := branches(t, path)
			test.damage(data[at : at+os.Getpagesize()])
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			l, err := Open(t.Context(), Options{Path: path})
			if err == nil {
				err = l.Source().Records(t.Context(), func(string, string, any, error) error { return nil })
				err = errors.Join(err, l.Close())
			}
			if !errors.Is(err, workflow.ErrDamaged) || workflow.HintOf(err) == "" || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Records = %v, want %q", err, test.want)
			}
		})
	}
}

// FuzzFollow changes bytes of a tree; following it must end.
func FuzzFollow(f *testing.F) {
	data, at := branches(f, filepath.Join(f.TempDir(), "contractd.db"))
	last, _, err := lastMeta(bytes.NewReader(data), os.Getpagesize())
	if err != nil {
		f.Fatal(err)
	}
	data = data[:int(last.count)*os.Getpagesize()]
	f.Add(uint(at), []byte{1})
	f.Add(uint(at+8), []byte{2, 0, 255, 255})
	f.Add(uint(at+pageHeader), bytes.Repeat([]byte{255}, 16))
	f.Fuzz(func(t *testing.T, at uint, change []byte) {
		changed := bytes.Clone(data)
		copy(changed[at%uint(len(changed)):], change)
		if err := follow(bytes.NewReader(changed), uint64(os.Getpagesize()), last); err != nil && bytes.Equal(changed, data) {
			t.Error(err)
		}
	})
}
