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
	traced := *h
	traced.binary = filepath.Join(r.traces, "contractd")
	script := fmt.Sprintf("#!/bin/sh\nexec strace %s -o '%s/trace.'$$ '%s' \"$@\"\n", quotedOptions(), r.traces, h.binary)
	check(t, os.WriteFile(traced.binary, []byte(script), 0o700))
	r.exchange = newExchange(t, &traced, "")
	r.inlineUpTo("24KiB")
	return r
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

func quotedOptions() string { return "'" + strings.Join(powercut.Options(), "' '") + "'" }

// load reads what was recorded.
func (r *recording) load() {
	r.Helper()
	root, err := filepath.EvalSymlinks(r.dir)
	check(r.T, err)
	files, err := filepath.Glob(filepath.Join(r.traces, "trace.*"))
	check(r.T, err)
	for _, name := range files {
		trace, err := os.Open(name)
		check(r.T, err)
		ops, err := powercut.Parse(trace, root)
		check(r.T, errors.Join(err, trace.Close()))
		r.ops = append(r.ops, ops...)
	}
	if len(files) < 5 || len(r.ops) < 500 {
		r.Fatalf("%d operations of %d processes were recorded", len(r.ops), len(files))
	}
}
