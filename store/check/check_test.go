package check_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"contractd/store/bolt"
	"contractd/store/check"
	"contractd/store/documents"
	"contractd/workflow"
)

// archive is a small store as the daemon leaves it: one contract was archived, one is being sealed.
type archive struct {
	*testing.T
	dir string
}

func document(content string) workflow.Document {
	return workflow.Document{
		Ref:      workflow.Ref{Hash: workflow.HashOf([]byte(content)), Size: int64(len(content))},
		ReaderAt: strings.NewReader(content),
	}
}

// Two of the documents are large enough to be files.
var (
	draft  = document("draft;")
	sealed = document("draft;seal;" + strings.Repeat("s", 5000))
	final  = document("draft;seal;" + strings.Repeat("s", 5000) + "countersigned")
	raw    = document("From: supplier")
	letter = document("From: us")
)

func newArchive(t *testing.T) archive {
	a := archive{t, t.TempDir()}
	l := a.open()
	contract := workflow.Contract{
		ID: "c1", Number: "NJ-1", Version: 1, Supplier: "huaxin", State: workflow.StateDraft, Draft: draft.Ref,
		Created: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
	}
	other := contract
	other.ID, other.Number = "c2", "NJ-2"
	about := func(subject string, acts ...workflow.Action) (entries []workflow.Entry) {
		for _, act := range acts {
			entries = append(entries, workflow.Entry{Actor: "wang", Action: act, Subject: subject})
		}
		return entries
	}
	a.apply(l, workflow.Change{
		Documents: []workflow.Document{draft},
		Suppliers: []workflow.Supplier{{ID: "huaxin", Addresses: []string{"a@example.com"}}},
		Contracts: []workflow.Contract{contract, other},
		Requests:  []workflow.Request{{Key: "k", Contract: "c1"}},
		Entries:   append(about("contract/c1", workflow.ActCreated), about("contract/c2", workflow.ActCreated)...),
	})
	contract.Revision, contract.State, contract.Letter = 1, workflow.StateSealed, "l1"
	contract.Batches = []workflow.Batch{{ID: "b", Before: draft.Ref, After: sealed.Ref, Values: []workflow.Hash{{1}}}}
	a.apply(l, workflow.Change{
		Documents:  []workflow.Document{sealed, letter},
		Contracts:  []workflow.Contract{contract},
		Letters:    []workflow.Letter{{ID: "l1", Contract: "c1", MessageID: "1@us", Raw: letter.Ref}},
		Deliveries: []workflow.Delivery{{ID: "d1", Letter: "l1", Contract: "c1", State: workflow.DeliveryAccepted}},
		Entries:    about("contract/c1", workflow.ActSealed, workflow.ActReady, workflow.ActSent),
	})
	contract.Revision, contract.State = 2, workflow.StateSent
	a.apply(l, workflow.Change{Contracts: []workflow.Contract{contract}})
	contract.Revision, contract.State, contract.Final, contract.Receipt = 3, workflow.StateArchived, final.Ref, "r1"
	a.apply(l, workflow.Change{
		Documents: []workflow.Document{raw, final},
		Contracts: []workflow.Contract{contract},
		Arrivals:  []workflow.Arrival{{ID: "r1", Raw: raw.Ref, State: workflow.ArrivalFiled}},
		Receipts: []workflow.Receipt{{ID: "r1", Raw: raw.Ref, Replies: []workflow.LetterID{"l1"}, Findings: []workflow.Finding{
			{Document: final.Ref, Match: workflow.Match{Contract: "c1"}, Outcome: workflow.Archived},
		}}},
		Entries: about("contract/c1", workflow.ActArchived),
	})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a archive) file() string { return filepath.Join(a.dir, "contractd.db") }

func (a archive) open() *bolt.Ledger {
	a.Helper()
	folder, err := documents.Open(filepath.Join(a.dir, "documents"))
	if err != nil {
		a.Fatal(err)
	}
	l, err := bolt.Open(a.Context(), bolt.Options{Path: a.file(), Blobs: folder, InlineMax: 1000})
	if err != nil {
		a.Fatal(err)
	}
	return l
}

func (a archive) apply(l *bolt.Ledger, change workflow.Change) {
	a.Helper()
	if err := l.Apply(a.Context(), change); err != nil {
		a.Fatal(err)
	}
}

func (a archive) check() check.Report {
	a.Helper()
	l := a.open()
	report, err := check.Check(a.Context(), l.Source())
	if err := errors.Join(err, l.Close()); err != nil {
		a.Fatal(err)
	}
	return report
}

// edit changes the database behind the ledger's back.
func (a archive) edit(change func(tx *bbolt.Tx) error) {
	a.Helper()
	db, err := bbolt.Open(a.file(), 0o600, nil)
	if err != nil {
		a.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		a.Fatal(err)
	}
}

func (a archive) blob(document workflow.Document) string {
	digits := document.Hash.String()
	return filepath.Join(a.dir, "documents", digits[:2], digits[2:])
}

func TestCheckSound(t *testing.T) {
	a := newArchive(t)
	report := a.check()
	if len(report.Findings) != 0 || report.Damaged() {
		t.Errorf("findings: %+v", report.Findings)
	}
	bytes := draft.Size + sealed.Size + final.Size + raw.Size + letter.Size
	if report.Contracts != 2 || report.Entries != 6 || report.Documents != 5 || report.Bytes != bytes || report.Records != 8 || report.Head.Sequence != 6 {
		t.Errorf("report: %+v", report)
	}
}

// replace puts other text into a JSON record.
func replace(bucket, key, old, replacement string) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		data := string(tx.Bucket([]byte(bucket)).Get([]byte(key)))
		if !strings.Contains(data, old) {
			return fmt.Errorf("%s %q has no %q: %s", bucket, key, old, data)
		}
		return tx.Bucket([]byte(bucket)).Put([]byte(key), []byte(strings.Replace(data, old, replacement, 1)))
	}
}

func remove(bucket, key string) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		if tx.Bucket([]byte(bucket)).Get([]byte(key)) == nil {
			return fmt.Errorf("%s has no %q", bucket, key)
		}
		return tx.Bucket([]byte(bucket)).Delete([]byte(key))
	}
}

func put(bucket, key, value string) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error { return tx.Bucket([]byte(bucket)).Put([]byte(key), []byte(value)) }
}

func sequence(n byte) string { return "\x00\x00\x00\x00\x00\x00\x00" + string(n) }

// firstKey damages whatever comes first in an index.
func firstKey(index string, damage func(*bbolt.Bucket, []byte) error) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		bucket := tx.Bucket([]byte(index))
		key, _ := bucket.Cursor().First()
		return damage(bucket, key)
	}
}

func deleteKey(bucket *bbolt.Bucket, key []byte) error { return bucket.Delete(key) }

func misleadKey(bucket *bbolt.Bucket, key []byte) error { return bucket.Put(key, []byte("elsewhere")) }

func addKey(bucket *bbolt.Bucket, key []byte) error {
	return bucket.Put([]byte(string(key)+"x"), []byte("c1"))
}

// TestCheckDamaged damages each kind of thing in a real database and looks for the finding.
func TestCheckDamaged(t *testing.T) {
	hash := func(d workflow.Document) string { return string(d.Hash[:]) }
	for name, test := range map[string]struct {
		damage  func(*bbolt.Tx) error
		kind    check.Kind
		subject string
	}{
		"document changed":         {put("content", hash(raw), "From: Supplier"), check.KindDocument, "document/" + raw.Hash.String()},
		"document cut":             {put("content", hash(raw), "From"), check.KindDocument, "document/" + raw.Hash.String()},
		"document's content gone":  {remove("content", hash(raw)), check.KindDocument, "document/" + raw.Hash.String()},
		"document's place gone":    {remove("document", hash(raw)), check.KindReference, "arrival/r1"},
		"file's place gone":        {remove("document", hash(final)), check.KindReference, "contract/c1"},
		"document's place damaged": {put("document", hash(raw), "{"), check.KindDocument, "document/" + raw.Hash.String()},
		"document nobody names":    {replaceAll(put("content", hash(document("z")), "z"), put("document", hash(document("z")), `{"schema":1,"size":1}`)), check.KindOrphan, "document/" + document("z").Hash.String()},
		"journal entry changed":    {replace("journal", sequence(2), "wang", "li"), check.KindJournal, "journal/2"},
		"journal entry removed":    {remove("journal", sequence(2)), check.KindJournal, "journal/3"},
		"journal entry no JSON":    {put("journal", sequence(2), "{"), check.KindJournal, "journal/2"},
		"journal entry moved":      {put("journal", sequence(9), "{}"), check.KindJournal, "journal/9"},
		"journal's tail cut":       {remove("journal", sequence(6)), check.KindJournal, "journal/6"},
		"journal entry re-hashed":  {rehash, check.KindJournal, "journal/3"},
		"record no JSON":           {put("receipt", "r1", "{"), check.KindRecord, "receipt/r1"},
		"record under other key":   {replace("supplier", "huaxin", "huaxin", "yangzi"), check.KindRecord, "supplier/huaxin"},
		"supplier gone":            {remove("supplier", "huaxin"), check.KindReference, "contract/c1"},
		"letter gone":              {remove("letter", "l1"), check.KindReference, "delivery/d1"},
		"receipt gone":             {remove("receipt", "r1"), check.KindReference, "arrival/r1"},
		"arrival gone":             {remove("arrival", "r1"), check.KindReference, "receipt/r1"},
		"contract gone":            {remove("contract", "c1"), check.KindJournal, "contract/c1"},
		"requested contract gone":  {remove("contract", "c1"), check.KindReference, "request/k"},
		"state set back":           {replace("contract", "c1", "archived", "sent"), check.KindState, "contract/c1"},
		"state set ahead":          {replace("contract", "c2", `"draft",`, `"sealed",`), check.KindState, "contract/c2"},
		"state unknown":            {replace("contract", "c2", `"draft",`, `"lost",`), check.KindRecord, "contract/c2"},
		"archived without receipt": {replace("contract", "c1", `"receipt":"r1"`, `"receipt":""`), check.KindRecord, "contract/c1"},
		"final document changed":   {replace("contract", "c1", final.Hash.String(), raw.Hash.String()), check.KindReference, "contract/c1"},
		"draft changed":            {replace("contract", "c1", `"before":{"hash":"`+draft.Hash.String(), `"before":{"hash":"`+raw.Hash.String()), check.KindDocument, "contract/c1"},
		"number taken":             {replace("contract", "c2", "NJ-2", "NJ-1"), check.KindNumber, "contract/c2"},
		"version taken":            {replaceAll(replace("contract", "c2", "NJ-2", "NJ-1"), replace("contract", "c2", `"draft",`, `"withdrawn",`), replace("contract", "c1", "archived", "withdrawn")), check.KindNumber, "contract/c2"},
		"version without the next": {replace("contract", "c2", `"version":1`, `"next":"c1","version":1`), check.KindNumber, "contract/c2"},
		"index entry gone":         {firstKey("index/contract.number", deleteKey), check.KindIndex, "index/contract.number"},
		"index entry misled":       {firstKey("index/contract.prefix", misleadKey), check.KindIndex, "index/contract.prefix"},
		"index entry added":        {firstKey("index/contract.state", addKey), check.KindIndex, "index/contract.state"},
		"journal's index":          {firstKey("index/journal.subject", deleteKey), check.KindIndex, "index/journal.subject"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newArchive(t)
			a.edit(test.damage)
			report := a.check()
			if report.Damaged() == (test.kind == check.KindOrphan) {
				t.Errorf("Damaged = %v", report.Damaged())
			}
			for _, finding := range report.Findings {
				if finding.Kind == test.kind && finding.Subject == test.subject {
					return
				}
			}
			t.Errorf("no finding %s %s in %+v", test.kind, test.subject, report.Findings)
		})
	}
}

func replaceAll(steps ...func(*bbolt.Tx) error) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		var errs []error
		for _, step := range steps {
			errs = append(errs, step(tx))
		}
		return errors.Join(errs...)
	}
}

// TestCheckDamagedFiles damages documents that are files.
func TestCheckDamagedFiles(t *testing.T) {
	subject := "document/" + final.Hash.String()
	for name, test := range map[string]struct {
		damage func(path string) error
		kind   check.Kind
	}{
		"gone": {os.Remove, check.KindDocument},
		"cut":  {func(path string) error { return os.Truncate(path, 5) }, check.KindDocument},
		"one bit": {func(path string) error {
			data, err := os.ReadFile(path)
			data[len(data)-1] ^= 1
			return errors.Join(err, os.WriteFile(path, data, 0o600))
		}, check.KindDocument},
	} {
		t.Run(name, func(t *testing.T) {
			a := newArchive(t)
			path := a.blob(final)
			if err := errors.Join(os.Chmod(path, 0o600), test.damage(path)); err != nil {
				t.Fatal(err)
			}
			report := a.check()
			if len(report.Findings) != 1 || report.Findings[0].Kind != test.kind || report.Findings[0].Subject != subject {
				t.Errorf("findings: %+v", report.Findings)
			}
		})
	}
}

// TestCheckOrphanFile leaves what a crash between file and transaction leaves.
func TestCheckOrphanFile(t *testing.T) {
	a := newArchive(t)
	folder, err := documents.Open(filepath.Join(a.dir, "documents"))
	if err != nil {
		t.Fatal(err)
	}
	orphan := document("never recorded")
	if err := folder.Put(t.Context(), orphan.Hash, orphan.Size, orphan.Reader()); err != nil {
		t.Fatal(err)
	}
	report := a.check()
	if len(report.Findings) != 1 || report.Findings[0].Kind != check.KindOrphan || report.Damaged() {
		t.Errorf("findings: %+v", report.Findings)
	}
}

// failing is a source that cannot be read.
type failing struct{ err error }

func (f failing) Records(context.Context, func(string, string, any, error) error) error { return f.err }
func (f failing) Entries(context.Context, func(uint64, workflow.Entry, error) error) error {
	return f.err
}
func (f failing) Documents(context.Context, func(workflow.Document, error) error) error { return f.err }

func TestCheckUnreadable(t *testing.T) {
	broken := errors.New("disk gone")
	if _, err := check.Check(t.Context(), failing{broken}); !errors.Is(err, broken) {
		t.Errorf("Check = %v", err)
	}
}

func TestCheckEndsWithItsContext(t *testing.T) {
	a := newArchive(t)
	l := a.open()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := check.Check(ctx, l.Source()); !errors.Is(err, context.Canceled) {
		t.Errorf("Check = %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
