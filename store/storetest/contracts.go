package storetest

import (
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"contractd/workflow"
)

func testContracts(s *store) {
	contract := newContract("NJ-2026-001")
	contract.Amount = workflow.Amount{Minor: 120050, Currency: "CNY"}
	contract.Deadline = start().AddDate(0, 1, 0)
	contract.Pending = []string{"公章", "法人章"}
	s.must(created(contract))
	stored := s.contract(contract.ID)
	if stored.Revision != 1 || stored.Schema == 0 {
		s.Errorf("revision %d, schema %d", stored.Revision, stored.Schema)
	}
	contract.Revision, contract.Schema = stored.Revision, stored.Schema
	if !reflect.DeepEqual(stored, contract) {
		s.Errorf("stored %+v,\nwant   %+v", stored, contract)
	}
	stored.Title = "改名"
	if again := s.save(stored); again.Revision != 2 || again.Title != "改名" {
		s.Errorf("after a second write: %+v", again)
	}
	if byNumber, err := s.ContractByNumber(s.Context(), "NJ-2026-001"); err != nil || byNumber.ID != contract.ID {
		s.Errorf("by number: %v, %v", byNumber.ID, err)
	}
}

func testUnknown(s *store) {
	ctx := s.Context()
	reads := map[string]func() error{
		"contract":            func() error { _, err := s.Contract(ctx, "x"); return err },
		"contract by number":  func() error { _, err := s.ContractByNumber(ctx, "x"); return err },
		"supplier":            func() error { _, err := s.Supplier(ctx, "x"); return err },
		"supplier by address": func() error { _, err := s.SupplierByAddress(ctx, "x"); return err },
		"arrival":             func() error { _, err := s.Arrival(ctx, "x"); return err },
		"receipt":             func() error { _, err := s.Receipt(ctx, "x"); return err },
		"letter":              func() error { _, err := s.Letter(ctx, "x"); return err },
		"letter by id":        func() error { _, err := s.LetterByMessageID(ctx, "x"); return err },
		"delivery":            func() error { _, err := s.Delivery(ctx, "x"); return err },
		"cursor":              func() error { _, err := s.Cursor(ctx, "x", "y"); return err },
		"request":             func() error { _, err := s.Request(ctx, "x"); return err },
		"document":            func() error { _, _, err := s.Document(ctx, document("x").Ref); return err },
		"no id":               func() error { _, err := s.Contract(ctx, ""); return err },
	}
	for name, read := range reads {
		if err := read(); !errors.Is(err, workflow.ErrNotFound) {
			s.Errorf("%s: %v", name, err)
		}
	}
	if key, err := s.Key(ctx, "org"); err != nil || key.Revision != 0 || key.Name != "org" {
		s.Errorf("key: %+v, %v", key, err)
	}
}

func testConflict(s *store) {
	contract := s.add("C-1")
	first, second := contract, contract
	first.Title, second.Title = "first", "second"
	s.save(first)
	s.refused("a write from an old revision", workflow.Change{Contracts: []workflow.Contract{second}}, workflow.ErrConflict)
	s.same("title", s.contract(contract.ID).Title, "first")
	fresh := newContract("C-1")
	s.refused("a new contract under an old id", workflow.Change{Contracts: []workflow.Contract{fresh}}, workflow.ErrConflict)
	ahead := newContract("C-2")
	ahead.Revision = 1
	change := created(ahead)
	s.refused("a revision of what is not there", change, workflow.ErrConflict)
	s.refused("an arrival from the future", workflow.Change{Arrivals: []workflow.Arrival{{ID: "a", Revision: 3}}}, workflow.ErrConflict)
	s.refused("a record without an id", workflow.Change{Suppliers: []workflow.Supplier{{Name: "无名"}}}, workflow.ErrUsage)
}

// testConcurrentWriters lets many write from the same revision: exactly one may win.
func testConcurrentWriters(s *store) {
	contract := s.add("C-1")
	var won, lost atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			switch err := s.Apply(s.Context(), workflow.Change{Contracts: []workflow.Contract{contract}}); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, workflow.ErrConflict):
				lost.Add(1)
			default:
				s.Errorf("apply: %v", err)
			}
		})
	}
	group.Wait()
	if won.Load() != 1 || lost.Load() != 7 {
		s.Errorf("%d won, %d lost", won.Load(), lost.Load())
	}
}

// testConcurrentChanges lets many write different things, with readers beside them.
func testConcurrentChanges(s *store) {
	var group sync.WaitGroup
	for _, number := range []string{"C-1", "C-2", "C-3", "C-4", "C-5", "C-6", "C-7", "C-8"} {
		group.Go(func() {
			if err := s.Apply(s.Context(), created(newContract(number))); err != nil {
				s.Errorf("apply: %v", err)
			}
		})
		group.Go(func() {
			if _, err := s.Contracts(s.Context(), workflow.ContractFilter{Text: "c"}); err != nil {
				s.Errorf("read: %v", err)
			}
		})
	}
	group.Wait()
	if all := got[[]workflow.Contract](s)(s.Contracts(s.Context(), workflow.ContractFilter{})); len(all) != 8 {
		s.Errorf("%d contracts", len(all))
	}
	if head := got[workflow.Entry](s)(s.JournalHead(s.Context())); head.Sequence != 8 {
		s.Errorf("the journal ends with %d", head.Sequence)
	}
}

func testMoves(s *store) {
	early := newContract("C-0")
	early.State = workflow.StateSent
	s.refused("a contract that begins as sent", created(early), workflow.ErrState)
	contract := s.add("C-1")
	try := func(to workflow.State, sentinel error) {
		s.Helper()
		moved := contract
		moved.State = to
		if sentinel != nil {
			s.refused("from "+string(contract.State)+" to "+string(to), workflow.Change{Contracts: []workflow.Contract{moved}}, sentinel)
			return
		}
		contract = s.save(moved)
	}
	try(workflow.StateArchived, workflow.ErrState)
	try("lost", workflow.ErrState)
	try(workflow.StateSealed, nil)
	try(workflow.StateSealed, nil)                // Staying is allowed.
	try(workflow.StateExpired, workflow.ErrState) // Two moves of the table are two decisions.
	try(workflow.StateSent, nil)
	try(workflow.StateExpired, nil)
	try(workflow.StateArchived, workflow.ErrState)
	try(workflow.StateSealed, workflow.ErrState)
	try(workflow.StateWithdrawn, nil)
	try(workflow.StateSent, workflow.ErrState)
	renamed := contract
	renamed.Number = "C-9"
	s.refused("another number", workflow.Change{Contracts: []workflow.Contract{renamed}}, workflow.ErrUsage)
}

func testNumbers(s *store) {
	first := s.add("C-1")
	rival := newContract("C-1")
	rival.ID, rival.Version, rival.Previous = "rival", 2, first.ID
	s.refused("a number that is held", created(rival), workflow.ErrExists)
	first.State, first.Next = workflow.StateWithdrawn, rival.ID
	revision := created(rival)
	revision.Contracts = append(revision.Contracts, first) // In either order within one change.
	s.must(revision)
	newest := got[workflow.Contract](s)(s.ContractByNumber(s.Context(), "C-1"))
	s.same("newest version", string(newest.ID), "rival")
	repeated := newContract("C-1")
	repeated.ID, repeated.Version = "repeated", 2
	newest.State = workflow.StateWithdrawn
	newest = s.save(newest)
	s.refused("a version that is taken", created(repeated), workflow.ErrExists)
	repeated.ID, repeated.Version = "older", 0
	s.refused("an older version", created(repeated), workflow.ErrExists)
	if other := s.add("C-10"); other.Number != "C-10" { // "C-1" is its beginning, not its number.
		s.Errorf("stored %+v", other)
	}
	bad := newContract("a b")
	s.refused("a number that is none", created(bad), workflow.ErrUsage)
}

func testWrittenOnce(s *store) {
	change := workflow.Change{
		Documents: []workflow.Document{document("raw")},
		Receipts:  []workflow.Receipt{{ID: "r", Raw: document("raw").Ref, Judged: start()}},
	}
	s.must(change)
	s.refused("a second receipt", change, workflow.ErrExists)
	letter := workflow.Letter{ID: "l", MessageID: "1@example.com", Raw: document("raw").Ref}
	s.must(workflow.Change{Letters: []workflow.Letter{letter}})
	s.refused("a second letter", workflow.Change{Letters: []workflow.Letter{letter}}, workflow.ErrExists)
	letter.ID = "other"
	s.refused("a Message-ID that is taken", workflow.Change{Letters: []workflow.Letter{letter}}, workflow.ErrExists)
}

// testRequests repeats a command that was answered already.
func testRequests(s *store) {
	change := created(newContract("C-1"))
	change.Requests = []workflow.Request{{Key: "k", Contract: "id-C-1", At: start()}}
	s.must(change)
	again := created(newContract("C-2"))
	again.Requests = []workflow.Request{{Key: "k", Contract: "id-C-2", At: start().Add(time.Second)}}
	s.refused("a repeated key", again, workflow.ErrExists)
	if _, err := s.Contract(s.Context(), "id-C-2"); !errors.Is(err, workflow.ErrNotFound) {
		s.Errorf("a second contract: %v", err)
	}
	answered := got[workflow.Request](s)(s.Request(s.Context(), "k"))
	s.same("the first answer", string(answered.Contract), "id-C-1")
}

// testAtomicity puts one bad record at the end of a change that is good otherwise.
func testAtomicity(s *store) {
	s.must(created(newContract("C-0")))
	change := created(newContract("C-1"))
	change.Suppliers = []workflow.Supplier{{ID: "huaxin", Addresses: []string{"a@example.com"}}}
	change.Keys = []workflow.KeyRecord{{Name: "org", Revision: 7}} // Was never written.
	change.Cursors = []workflow.Cursor{{Account: "a", Folder: "INBOX", UID: 9}}
	s.refused("a change with one bad record", change, workflow.ErrConflict)
	s.reopen()
	ctx := s.Context()
	if _, err := s.Contract(ctx, "id-C-1"); !errors.Is(err, workflow.ErrNotFound) {
		s.Errorf("contract: %v", err)
	}
	if _, err := s.SupplierByAddress(ctx, "a@example.com"); !errors.Is(err, workflow.ErrNotFound) {
		s.Errorf("supplier: %v", err)
	}
	if _, err := s.Cursor(ctx, "a", "INBOX"); !errors.Is(err, workflow.ErrNotFound) {
		s.Errorf("cursor: %v", err)
	}
	if head := got[workflow.Entry](s)(s.JournalHead(ctx)); head.Sequence != 1 {
		s.Errorf("the journal ends with %d", head.Sequence)
	}
	if known := got[[]workflow.Prefix](s)(s.PrefixesOf(ctx, document("C-1").Ref)); len(known) != 0 {
		s.Errorf("prefixes: %v", known)
	}
}
