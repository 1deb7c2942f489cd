package bolt_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"contractd/store/bolt"
	"contractd/store/check"
	"contractd/store/documents"
	"contractd/workflow"
)

// writerFolder is set in the child process that TestKilled kills, and names its folder.
const writerFolder = "CONTRACTD_TEST_WRITER"

func openKilled(t *testing.T, dir string) *bolt.Ledger {
	t.Helper()
	folder, err := documents.Open(filepath.Join(dir, "documents"))
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := bolt.Open(t.Context(), bolt.Options{Path: filepath.Join(dir, "contractd.db"), Blobs: folder, InlineMax: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return ledger
}

// killedChange is the n-th contract, with a small document or a large one in turn.
func killedChange(n int) workflow.Change {
	content := bytes.Repeat([]byte{byte(n), byte(n >> 8)}, 100+n%2*50_000)
	ref := workflow.Ref{Hash: workflow.HashOf(content), Size: int64(len(content))}
	number := fmt.Sprintf("K-%d", n)
	return workflow.Change{
		Documents: []workflow.Document{{Ref: ref, ReaderAt: bytes.NewReader(content)}},
		Suppliers: []workflow.Supplier{{ID: workflow.SupplierID(number)}},
		Contracts: []workflow.Contract{{
			ID: workflow.ContractID(number), Number: number, Version: 1, Supplier: workflow.SupplierID(number), State: workflow.StateDraft, Draft: ref,
		}},
		Entries: []workflow.Entry{{Action: workflow.ActCreated, Subject: "contract/" + number}},
	}
}

// TestWriter is the process that is killed: it says a number when its change is applied.
func TestWriter(t *testing.T) {
	dir := os.Getenv(writerFolder)
	if dir == "" {
		t.Skip("only runs as the child of TestKilled")
	}
	ledger := openKilled(t, dir)
	head, err := ledger.JournalHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for n := int(head.Sequence); ; n++ {
		if err := ledger.Apply(t.Context(), killedChange(n)); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("applied %d\n", n)
	}
}

// TestKilled kills a writer again and again. Whatever it said was applied is there, nothing is there
// in part, and the next process goes on from it.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	for round := range 4 {
		last := runAndKill(t, dir, 5+7*round)
		ledger := openKilled(t, dir)
		for n := range last + 1 {
			want := killedChange(n).Contracts[0]
			if found, err := ledger.Contract(t.Context(), want.ID); err != nil || found.Draft != want.Draft {
				t.Errorf("round %d: contract %s: %v, %v", round, want.ID, found.Draft, err)
			}
		}
		report, err := check.Check(t.Context(), ledger.Source())
		if err != nil || report.Damaged() {
			t.Errorf("round %d: %+v, %v", round, report.Findings, err)
		}
		if err := ledger.Close(); err != nil {
			t.Error(err)
		}
	}
}

// runAndKill lets a writer apply some changes, kills it, and returns the last number it said.
func runAndKill(t *testing.T, dir string, changes int) int {
	t.Helper()
	writer := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWriter$", "-test.v")
	writer.Env = append(os.Environ(), writerFolder+"="+dir)
	output, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	last, said := -1, 0
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if n, err := fmt.Sscanf(lines.Text(), "applied %d", &last); n == 1 && err == nil {
			said++
		}
		if said == changes {
			if err := writer.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			changes = -1 // What it said before it died counts too.
		}
	}
	if err := writer.Wait(); err == nil || changes != -1 {
		t.Fatalf("the writer ended by itself after %d changes: %v", said, err)
	}
	return last
}
