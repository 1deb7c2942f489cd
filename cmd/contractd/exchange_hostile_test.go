package main_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"contractd/signer/pdf"
	"contractd/signer/worker"
	"contractd/workflow"
)

// hostileReturns are files that are made to break their reader.
var hostileReturns = []badReturn{
	{"H-brackets", func(x *exchange, sealed []byte) []byte {
		return x.revision(sealed, "[ "+strings.Repeat("[", 10<<20))
	}, workflow.ReasonLimit, workflow.Rejected, workflow.StateSent, workflow.RungPrefix},
	{"H-bomb", func(x *exchange, sealed []byte) []byte { return x.bomb(sealed, 256<<20) },
		workflow.ReasonLimit, workflow.Rejected, workflow.StateSent, workflow.RungPrefix},
	{"H-circle", func(x *exchange, sealed []byte) []byte { return x.circle(sealed) },
		workflow.ReasonDamaged, workflow.Rejected, workflow.StateSent, workflow.RungPrefix},
	{"H-hang", func(x *exchange, sealed []byte) []byte {
		x.stopWorkers()
		return x.countersign(sealed)
	}, workflow.ReasonLimit, workflow.Rejected, workflow.StateSent, workflow.RungPrefix},
}

// playHostile sends back what should break a reader: each costs its own receipt and hinders no good return after it.
func playHostile(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	for _, bad := range hostileReturns {
		x.playBadReturn(bad)
	}
	workers := x.workers("\x00" + worker.Verb + "\x00")
	x.kill()
	for _, pid := range workers {
		x.until("a worker ends with its daemon", func(context.Context) bool { return !lives(pid) })
	}
	x.do("archive", "check")
}

// revision appends a new object, and a table for it.
func (x *exchange) revision(file []byte, body string) []byte {
	x.Helper()
	out := append(bytes.Clone(file), '\n')
	at := len(out)
	out = fmt.Appendf(out, "900 0 obj\n%s\nendobj\n", body)
	start := len(out)
	return fmt.Appendf(out, "xref\n900 1\n%010d 00000 n \ntrailer\n<< /Size 901 /Root 900 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n", at, x.lastTable(file), start)
}

// lastTable reads where the newest cross-reference section stands.
func (x *exchange) lastTable(file []byte) (at int64) {
	x.Helper()
	_, err := fmt.Sscanf(string(file[bytes.LastIndex(file, []byte("startxref")):]), "startxref\n%d", &at)
	check(x.T, err)
	return at
}

// bomb appends a cross-reference stream that unpacks to so many bytes.
func (x *exchange) bomb(file []byte, size int64) []byte {
	x.Helper()
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	_, err := io.CopyN(w, zeros{}, size)
	check(x.T, err)
	check(x.T, w.Close())
	out := append(bytes.Clone(file), '\n')
	start := len(out)
	out = fmt.Appendf(out, "900 0 obj\n<< /Type /XRef /Size 901 /W [1 4 1] /Root 1 0 R /Prev %d /Filter /FlateDecode /Length %d >>\nstream\n", x.lastTable(file), packed.Len())
	out = append(out, packed.Bytes()...)
	return fmt.Appendf(out, "\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n", start)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// circle appends a page tree that is its own child.
func (x *exchange) circle(file []byte) []byte {
	x.Helper()
	opened, err := pdf.Open(x.Context(), bytes.NewReader(file), int64(len(file)), pdf.Limits{})
	check(x.T, err)
	catalog, err := opened.Last().Catalog()
	check(x.T, err)
	pages, ok := catalog["Pages"].(pdf.Ref)
	if !ok {
		x.Fatalf("/Pages is %v", catalog["Pages"])
	}
	update := pdf.NewUpdate(opened)
	update.Set(pages, pdf.Dict{"Type": pdf.Name("Pages"), "Count": pdf.Integer(1), "Kids": pdf.Array{pages}})
	tail, err := update.Build()
	check(x.T, err)
	return append(bytes.Clone(file), tail.Bytes...)
}

// stopWorkers lets every worker of the daemon that judges hang, as at a file that no limit but time ends.
func (x *exchange) stopWorkers() {
	x.Helper()
	workers := x.workers("\x00" + worker.Verb + "\x00")
	if len(workers) == 0 {
		x.Fatal("the daemon has no worker")
	}
	for _, pid := range workers {
		check(x.T, syscall.Kill(pid, syscall.SIGSTOP))
	}
}

// workers returns the children of the daemon whose command line ends so.
func (x *exchange) workers(text string) (pids []int) {
	x.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*/cmdline")
	check(x.T, err)
	for _, path := range processes {
		line, err := os.ReadFile(path)
		if err != nil || !strings.HasSuffix(string(line), text) || !x.isOurs(filepath.Dir(path)) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		check(x.T, err)
		pids = append(pids, pid)
	}
	return pids
}

// lives reports whether a process is there; one that nobody waits for is not.
func lives(pid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return err == nil && !strings.Contains(string(status), "\nState:\tZ")
}

// isOurs reports whether a process is a child of this exchange's daemon.
func (x *exchange) isOurs(process string) bool {
	status, err := os.ReadFile(process + "/status")
	return err == nil && strings.Contains(string(status), fmt.Sprintf("\nPPid:\t%d\n", x.daemon.Process.Pid))
}
