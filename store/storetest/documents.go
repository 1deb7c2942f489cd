package storetest

import (
	"errors"
	"io"
	"strings"

	"contractd/workflow"
)

// testDocuments stores documents of sizes on both sides of where ledgers usually divide them.
func testDocuments(s *store) {
	contents := []string{"", "x", strings.Repeat("a", 100_000), strings.Repeat("合", 100_000), strings.Repeat("b", 3<<20)}
	var change workflow.Change
	for _, content := range contents {
		change.Documents = append(change.Documents, document(content), document(content))
	}
	s.must(change)
	s.reopen()
	for _, content := range contents {
		s.readBack(content)
	}
	unread := document(contents[2])
	unread.ReaderAt = failing{}
	s.must(workflow.Change{Documents: []workflow.Document{unread}}) // It is there: nobody reads it again.
	other := workflow.Ref{Hash: document("x").Hash, Size: 2}
	if has := got[bool](s)(s.HasDocument(s.Context(), other)); has {
		s.Errorf("has a document with a size that it has not")
	}
	if _, _, err := s.Document(s.Context(), other); !errors.Is(err, workflow.ErrNotFound) {
		s.Errorf("document with another size: %v", err)
	}
}

func (s *store) readBack(content string) {
	s.Helper()
	want := document(content)
	if has := got[bool](s)(s.HasDocument(s.Context(), want.Ref)); !has {
		s.Errorf("document of %d bytes is missing", want.Size)
	}
	found, closer, err := s.Document(s.Context(), want.Ref)
	if err != nil {
		s.Fatal(err)
	}
	text, err := io.ReadAll(found.Reader())
	if err != nil || string(text) != content || found.Ref != want.Ref {
		s.Errorf("document of %d bytes: read %d, %v", want.Size, len(text), err)
	}
	part := make([]byte, 10)
	if n, err := found.ReadAt(part, want.Size/2); string(part[:n]) != content[len(content)/2:min(len(content)/2+10, len(content))] {
		s.Errorf("part of a document of %d bytes: %q, %v", want.Size, part[:n], err)
	}
	if err := closer.Close(); err != nil {
		s.Error(err)
	}
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errors.New("was read") }

func testDocumentsRefused(s *store) {
	for _, size := range []int{10, 1 << 20} {
		good := document(strings.Repeat("c", size))
		for name, bad := range map[string]workflow.Document{
			"other content": {Ref: good.Ref, ReaderAt: strings.NewReader(strings.Repeat("d", size))},
			"shorter":       {Ref: good.Ref, ReaderAt: strings.NewReader("c")},
			"other size":    {Ref: workflow.Ref{Hash: good.Hash, Size: good.Size - 1}, ReaderAt: good},
			"negative size": {Ref: workflow.Ref{Hash: good.Hash, Size: -1}, ReaderAt: good},
			"no hash":       {Ref: workflow.Ref{Size: good.Size}, ReaderAt: good},
			"no content":    {Ref: good.Ref},
			"unreadable":    {Ref: good.Ref, ReaderAt: failing{}},
		} {
			change := created(newContract("D-1"))
			change.Documents = append(change.Documents, bad)
			if err := s.Apply(s.Context(), change); err == nil {
				s.Errorf("%s, %d bytes: accepted", name, size)
			}
			if has := got[bool](s)(s.HasDocument(s.Context(), good.Ref)); has {
				s.Errorf("%s, %d bytes: stored", name, size)
			}
		}
	}
	if _, err := s.Contract(s.Context(), "id-D-1"); !errors.Is(err, workflow.ErrNotFound) {
		s.Errorf("contract: %v", err)
	}
	s.must(created(newContract("D-1"))) // A refusal does not end the ledger.
}

func testDanglingReference(s *store) {
	change := created(newContract("D-1"))
	change.Documents = nil
	s.refused("a contract without its draft", change, workflow.ErrNotFound)
	s.refused("an arrival without its message", workflow.Change{Arrivals: []workflow.Arrival{{ID: "a", Raw: document("gone").Ref}}}, workflow.ErrNotFound)
	s.refused("a letter without its message", workflow.Change{Letters: []workflow.Letter{{ID: "l", Raw: document("gone").Ref}}}, workflow.ErrNotFound)
}
