package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"contractd/workflow"
)

// shelf is a store of texts.
type shelf map[workflow.Hash]string

func (s shelf) add(text string) workflow.Ref {
	hash := workflow.HashOf([]byte(text))
	s[hash] = text
	return workflow.Ref{Hash: hash, Size: int64(len(text))}
}

func (s shelf) open(hash workflow.Hash) (io.ReadCloser, error) {
	text, ok := s[hash]
	if !ok {
		return nil, workflow.ErrNotFound
	}
	return io.NopCloser(strings.NewReader(text)), nil
}

// source is a shelf with one text as its database.
type source struct {
	shelf
	database workflow.Hash
}

func (s source) Database(context.Context) (io.ReadCloser, error) { return s.open(s.database) }
func (s source) Document(_ context.Context, ref workflow.Ref) (io.ReadCloser, error) {
	return s.open(ref.Hash)
}

// sink keeps what it is given.
type sink struct{ database, documents []string }

func (s *sink) Database(_ context.Context, _ workflow.Ref, content io.Reader) error {
	text, err := io.ReadAll(content)
	s.database = append(s.database, string(text))
	return err
}

func (s *sink) Document(_ context.Context, _ workflow.Ref, content io.Reader) error {
	text, err := io.ReadAll(content)
	s.documents = append(s.documents, string(text))
	return err
}

// sample is a source with a manifest for it.
func sample(documents int) (source, Manifest) {
	s := source{shelf: shelf{}}
	database := s.add("the database")
	s.database = database.Hash
	m := Manifest{Format: Format, Program: "test", Schema: 2, Made: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), Sequence: 7, Head: workflow.HashOf(nil), Database: database}
	for n := range documents {
		m.Documents = append(m.Documents, s.add(fmt.Sprintf("document %d %s", n, strings.Repeat("小山层", n*100))))
	}
	slices.SortFunc(m.Documents, func(a, b workflow.Ref) int { return bytes.Compare(a.Hash[:], b.Hash[:]) })
	return s, m
}

// packed writes the sample.
func packed(t testing.TB, documents int) []byte {
	t.Helper()
	s, m := sample(documents)
	var out bytes.Buffer
	if err := Write(t.Context(), &out, m, s); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	_, want := sample(3)
	var got sink
	manifest, err := Read(t.Context(), bytes.NewReader(packed(t, 3)), &got)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(manifest) != fmt.Sprint(want) || len(got.documents) != 3 || !slices.Equal(got.database, []string{"the database"}) {
		t.Errorf("read %v, %d documents, database %q", manifest, len(got.documents), got.database)
	}
	if _, err := Read(t.Context(), bytes.NewReader(append(packed(t, 1), make([]byte, 10240)...)), &got); err != nil {
		t.Errorf("padding of another tool: %v", err)
	}
}

func TestATruncatedBackupIsRefused(t *testing.T) {
	whole := packed(t, 2)
	content := len(bytes.TrimRight(whole, "\x00")) // Zeros fill the last block and end the file.
	for at := 0; at < content; at += 50 {
		_, err := Read(t.Context(), bytes.NewReader(whole[:at]), &sink{})
		if !errors.Is(err, workflow.ErrDamaged) && !errors.Is(err, workflow.ErrUsage) {
			t.Fatalf("cut at %d of %d: %v", at, len(whole), err)
		}
	}
}

func TestAChangedBackupIsRefused(t *testing.T) {
	whole := packed(t, 2)
	unnoticed := 0
	for at := range whole {
		changed := bytes.Clone(whole)
		changed[at] ^= 0x41
		var got sink
		manifest, err := Read(t.Context(), bytes.NewReader(changed), &got)
		if err != nil {
			continue
		}
		if whole[at] != 0 { // Zeros between the files are nobody's.
			unnoticed++
		}
		_, want := sample(2)
		if fmt.Sprint(manifest.Documents) != fmt.Sprint(want.Documents) || manifest.Database != want.Database {
			t.Fatalf("byte %d: other content was taken", at)
		}
	}
	if unnoticed > 200 { // What is told about it (time, version, head of the journal), which a check of the store compares.
		t.Errorf("%d changed bytes of %d went unnoticed", unnoticed, len(whole))
	}
}

func TestWhatDoesNotBelongIsRefused(t *testing.T) {
	s, m := sample(1)
	text, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	type file struct {
		header tar.Header
		text   string
	}
	regular := func(name, text string) file {
		return file{tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(text)), Mode: 0o600}, text}
	}
	manifest, database := regular(manifestName, string(text)), regular(databaseName, "the database")
	document := regular(documentName(m.Documents[0]), s.shelf[m.Documents[0].Hash])
	outside := document
	outside.header.Name = "../" + document.header.Name
	absolute := document
	absolute.header.Name = "/etc/passwd"
	link := file{tar.Header{Typeflag: tar.TypeSymlink, Name: document.header.Name, Linkname: "/etc/passwd"}, ""}
	for name, one := range map[string]struct {
		want  error
		files []file
	}{
		"whole":            {nil, []file{manifest, database, document}},
		"no manifest":      {workflow.ErrUsage, []file{database, document}},
		"another order":    {workflow.ErrDamaged, []file{manifest, document, database}},
		"missing document": {workflow.ErrDamaged, []file{manifest, database}},
		"further file":     {workflow.ErrDamaged, []file{manifest, database, document, regular("documents/x", "y")}},
		"twice":            {workflow.ErrDamaged, []file{manifest, database, database, document}},
		"outside":          {workflow.ErrDamaged, []file{manifest, database, outside}},
		"absolute":         {workflow.ErrDamaged, []file{manifest, database, absolute}},
		"symbolic link":    {workflow.ErrDamaged, []file{manifest, database, link}},
		"other content":    {workflow.ErrDamaged, []file{manifest, regular(databaseName, "the databose"), document}},
		"other size":       {workflow.ErrDamaged, []file{manifest, regular(databaseName, "the database "), document}},
		"newer form":       {workflow.ErrPolicy, []file{regular(manifestName, strings.Replace(string(text), `"format":1`, `"format":2`, 1)), database, document}},
		"two manifests":    {workflow.ErrUsage, []file{regular(manifestName, string(text)+string(text)), database, document}},
		"negative size":    {workflow.ErrDamaged, []file{regular(manifestName, strings.Replace(string(text), `"size":`, `"size":-`, 2)), database, document}},
	} {
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		for _, f := range one.files {
			if err := errors.Join(w.WriteHeader(&f.header), ignore(w.Write([]byte(f.text)))); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(t.Context(), &out, &sink{}); !errors.Is(err, one.want) || one.want != nil && workflow.HintOf(err) == "" {
			t.Errorf("%s: got %v, hint %q", name, err, workflow.HintOf(err))
		}
	}
	if _, err := Read(t.Context(), bytes.NewReader(append(packed(t, 1), "more"...)), &sink{}); !errors.Is(err, workflow.ErrDamaged) {
		t.Errorf("something behind the end: %v", err)
	}
}

func ignore(_ int, err error) error { return err }

func TestContentThatChangedIsNotBackedUp(t *testing.T) {
	for name, text := range map[string]string{"shorter": "the data", "other": "the databose", "missing": ""} {
		s, m := sample(1)
		s.shelf[m.Database.Hash] = text
		if err := Write(t.Context(), io.Discard, m, s); !errors.Is(err, workflow.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnEndedReadingIsNoDamage(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, bytes.NewReader(packed(t, 1)), &sink{}); !errors.Is(err, context.Canceled) || errors.Is(err, workflow.ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

// FuzzRead reads anything: it must end, never claim more than the hashes prove, and be written again as it was.
func FuzzRead(f *testing.F) {
	whole := packed(f, 2)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(packed(f, 0))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		var got sink
		manifest, err := Read(t.Context(), bytes.NewReader(data), &got)
		if err != nil {
			return
		}
		s := source{shelf: shelf{}, database: manifest.Database.Hash}
		for _, text := range append(got.documents, got.database...) {
			s.add(text)
		}
		if err := Write(t.Context(), io.Discard, manifest, s); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}
