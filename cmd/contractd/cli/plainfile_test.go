//go:build unix

package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"contractd/workflow"
)

func TestOutputAppearsWholeOrNotAtAll(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "out.pdf")
	write := func(text string, force, commit bool) error {
		out, err := createOutput(path, force)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(out, text); err != nil {
			t.Fatal(err)
		}
		if commit {
			err = out.Commit()
		}
		return errors.Join(err, out.Close())
	}
	for _, step := range []struct {
		name          string
		text          string
		force, commit bool
		refused       error
		want          string
	}{
		{"given up", "one", false, false, nil, ""},
		{"new", "two", false, true, nil, "two"},
		{"came meanwhile", "three", false, true, workflow.ErrExists, "two"},
		{"by force, given up", "four", true, false, nil, "two"},
		{"by force", "five", true, true, nil, "five"},
	} {
		if err := write(step.text, step.force, step.commit); !errors.Is(err, step.refused) {
			t.Errorf("%s: %v, want %v", step.name, err, step.refused)
		}
		got, err := os.ReadFile(path)
		if string(got) != step.want || (err != nil && step.want != "") {
			t.Errorf("%s: holds %q, %v, want %q", step.name, got, err, step.want)
		}
		entries, err := os.ReadDir(folder)
		if err != nil || len(entries) > 1 {
			t.Errorf("%s: left behind: %v, %v", step.name, entries, err)
		}
	}
}

func TestOpenPlainDoesNotWaitForPipes(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := openPlain(pipe); err == nil {
		t.Error("a pipe was opened")
	}
}

func TestAnsweredGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never := make(chan string)
	defer close(never)
	if _, err := answered(ctx, func() (string, error) { return <-never, nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
