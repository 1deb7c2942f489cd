package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// BenchmarkProcess compares `contractd verify` as a whole process with pdfsig and mutool on the same file, and tells how much
// memory sealing and verifying take at most.
func BenchmarkProcess(b *testing.B) {
	pdfsig, mutool := needed(b, "pdfsig", "poppler-utils"), needed(b, "mutool", "mupdf-tools")
	w := newBenchWorld(b)
	ours := buildBench(b, w.folder, "contractd", ".")
	peak := buildBench(b, w.folder, "peak", "./testdata/peak/main.go")
	b.Setenv("HOME", w.folder) // pdfsig looks for its store of certificates there.
	key := []string{"--key", filepath.Join(w.folder, "key.pem"), "--image", filepath.Join(w.folder, "seal.png")}
	check(b, os.WriteFile(key[3], sealPNG(b), 0o600))
	t := newTable(b, "Whole processes on a file with two seals (medians of interleaved runs; peak resident memory)",
		"size\tverify --offline\tverify\tverify --against\tpdfsig\tmutool\t--offline ÷ pdfsig\tverify ÷ pdfsig\tpeak --offline\tpeak pdfsig\tpeak sign")
	keys := w.keys(b)[:2]
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			sealed := w.seal(b, size.name, keys...)
			// As users run it: it may ask authorities, for which a child stands ready; pages are another matter.
			asks := []string{ours, "verify", "--root", filepath.Join(w.folder, "root.pem"), sealed}
			against := append(asks[:len(asks):len(asks)], "--against", before(b, sealed), "--look=false")
			verify := append(asks[:len(asks):len(asks)], "--offline")
			theirs := []string{pdfsig, "-no-ocsp", sealed}
			sign := append([]string{ours, "sign", "--force", "-o", filepath.Join(w.folder, "out.pdf"), w.document[size.name]}, key...)
			m := race(b, process(b, verify), process(b, theirs), process(b, asks), answered(b, against), process(b, []string{mutool, "sign", "-v", sealed}))
			memory := []float64{peakOf(b, peak, verify), peakOf(b, peak, theirs), peakOf(b, peak, sign)}
			b.ReportMetric(float64(m[0])/1e6, "verify-ms")
			b.ReportMetric(float64(m[1])/1e6, "pdfsig-ms")
			b.ReportMetric(float64(m[0])/float64(m[1]), "x-pdfsig")
			b.ReportMetric(float64(m[2])/float64(m[1]), "asking-x-pdfsig")
			b.ReportMetric(memory[0], "verify-peak-MB")
			b.ReportMetric(memory[2], "sign-peak-MB")
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%.2f\t%.2f\t%.1f MB\t%.1f MB\t%.1f MB\t\n", size.name, ms(m[0]), ms(m[2]), ms(m[3]), ms(m[1]), ms(m[4]),
				float64(m[0])/float64(m[1]), float64(m[2])/float64(m[1]), memory[0], memory[1], memory[2])
		})
	}
}

// needed finds a program of a Debian package.
func needed(b *testing.B, name, debian string) string {
	b.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") != "" {
		b.Fatalf("%s is missing (Debian: %s)", name, debian)
	}
	if err != nil {
		b.Skipf("%s is missing (Debian: %s)", name, debian)
	}
	return path
}

// before writes the file as it stood before its last revision.
func before(b *testing.B, name string) string {
	b.Helper()
	data, err := os.ReadFile(name)
	check(b, err)
	marker := []byte("%%EOF\n")
	end := bytes.LastIndex(data[:len(data)-len(marker)], marker)
	check(b, os.WriteFile(name+".sent", data[:end+len(marker)], 0o600))
	return name + ".sent"
}

// answered runs a command that need not end with 0: a signer whom nobody expects is a question.
func answered(b *testing.B, args []string) func() error {
	run := process(b, args)
	return func() error {
		var exit *exec.ExitError
		if err := run(); err != nil && !errors.As(err, &exit) {
			return err
		}
		return nil
	}
}

// buildBench builds the program as it ships: the test binary, which also answers as contractd, is larger.
func buildBench(b *testing.B, folder, name, source string) string {
	b.Helper()
	path := filepath.Join(folder, name)
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-o", path, source)
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("go build %s: %v\n%s", source, err, out)
	}
	return path
}

// process returns a run of the command, from its start to its end.
func process(b *testing.B, args []string) func() error {
	return func() error {
		var said bytes.Buffer
		cmd := exec.CommandContext(b.Context(), args[0], args[1:]...)
		cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &said, &said, time.Second
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w\n%s", args[0], err, &said)
		}
		return nil
	}
}

// peakOf returns the largest peak of five runs, in megabytes.
func peakOf(b *testing.B, peak string, args []string) float64 {
	b.Helper()
	most := 0
	for range 5 {
		var said bytes.Buffer
		cmd := exec.CommandContext(b.Context(), peak, args...)
		cmd.Stderr = &said
		if err := cmd.Run(); err != nil {
			b.Fatalf("%s: %v: %s", args[0], err, &said)
		}
		kilobytes, err := strconv.Atoi(string(bytes.TrimSpace(said.Bytes())))
		check(b, err)
		most = max(most, kilobytes)
	}
	return float64(most) / 1024
}
