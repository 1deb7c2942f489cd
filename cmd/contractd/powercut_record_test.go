package main_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"contractd/store/powercut"
)

// recording is an exchange whose every process is traced.
type recording struct {
	*exchange
	real    *hall // With the binary itself.
	traces  string
	scratch string
	ops     []powercut.Op

	mu   sync.Mutex // Guards told.
	told []told
}

// newRecording puts strace between the test and the binary. Small documents stay in the database, sealed ones are files.
func newRecording(t *testing.T, h *hall) *recording {
	t.Helper()
	r := &recording{real: h, traces: t.TempDir(), scratch: memory(t)}
	r.exchange = newExchange(t, traced(t, h, r.traces), "")
	r.inlineUpTo("24KiB")
	return r
}

// traced is a hall whose binary leaves a trace of each process in a folder.
func traced(t *testing.T, h *hall, traces string) *hall {
	t.Helper()
	other := *h
	other.binary = filepath.Join(traces, "contractd")
	script := fmt.Sprintf("#!/bin/sh\nexec strace '%s' -o '%s/trace.'$$ '%s' \"$@\"\n", strings.Join(powercut.Options(), "' '"), traces, h.binary)
	check(t, os.WriteFile(other.binary, []byte(script), 0o700))
	return &other
}

// memory returns a folder for what cuts leave, where there is room for it a disk of memory: making folders takes time.
func memory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "contractd-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { check(t, os.RemoveAll(dir)) })
	return dir
}

// load reads what was recorded.
func (r *recording) load() {
	r.Helper()
	r.ops = recorded(r.T, r.traces, r.dir)
	if len(r.ops) < 500 {
		r.Fatalf("%d operations were recorded", len(r.ops))
	}
}

// recorded returns what the processes did below a folder.
func recorded(t *testing.T, traces, dir string) (ops []powercut.Op) {
	t.Helper()
	root, err := filepath.EvalSymlinks(dir)
	check(t, err)
	files, err := filepath.Glob(filepath.Join(traces, "trace.*"))
	check(t, err)
	for _, name := range files {
		trace, err := os.Open(name)
		check(t, err)
		found, err := powercut.Parse(trace, root)
		check(t, errors.Join(err, trace.Close()))
		ops = append(ops, found...)
	}
	return ops
}
