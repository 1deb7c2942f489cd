package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"contractd/workflow"
)

// journal reads all entries and holds them to the chain.
func (s *store) journal(from uint64) []workflow.Entry {
	s.Helper()
	var all []workflow.Entry
	err := s.Journal(s.Context(), from, func(entry workflow.Entry) error {
		if entry.Digest() != entry.Hash {
			s.Errorf("entry %d does not have its hash", entry.Sequence)
		}
		if len(all) > 0 && (all[len(all)-1].Hash != entry.Previous || all[len(all)-1].Sequence+1 != entry.Sequence) {
			s.Errorf("entry %d does not follow", entry.Sequence)
		}
		all = append(all, entry)
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	return all
}

func testJournal(s *store) {
	ctx := s.Context()
	if head := got[workflow.Entry](s)(s.JournalHead(ctx)); head.Sequence != 0 || !head.Hash.IsZero() {
		s.Errorf("head of an empty journal: %+v", head)
	}
	s.add("J-1")
	s.add("J-2")
	s.must(workflow.Change{Entries: []workflow.Entry{
		{Actor: "wang", Action: workflow.ActReady, Subject: "contract/id-J-1", Sequence: 99, Hash: workflow.Hash{1}},
		{Actor: "li", Action: workflow.ActReleased, Subject: "contract/id-J-1", Details: map[string]string{"备注": "可以寄出"}},
	}})
	s.reopen()
	all := s.journal(0)
	if len(all) != 4 || all[0].Sequence != 1 || !all[0].Previous.IsZero() || all[3].Details["备注"] != "可以寄出" {
		s.Errorf("journal: %+v", all)
	}
	if all[2].Time.IsZero() {
		s.Errorf("an entry without a time: %+v", all[2])
	}
	if head := got[workflow.Entry](s)(s.JournalHead(ctx)); head.Hash != all[3].Hash {
		s.Errorf("head: %+v", head)
	}
	if tail := s.journal(3); len(tail) != 2 || tail[0].Sequence != 3 {
		s.Errorf("from the third entry: %+v", tail)
	}
	history := got[[]workflow.Entry](s)(s.History(ctx, "contract/id-J-1"))
	if len(history) != 3 || history[2].Action != workflow.ActReleased {
		s.Errorf("history: %+v", history)
	}
	stop := errors.New("enough")
	if err := s.Journal(ctx, 0, func(workflow.Entry) error { return stop }); !errors.Is(err, stop) {
		s.Errorf("visit's error: %v", err)
	}
}

// testJournalText hashes what a mail server said in GBK, and times of other zones.
func testJournalText(s *store) {
	beijing := time.FixedZone("CST", 8*3600)
	s.must(workflow.Change{Entries: []workflow.Entry{
		{Time: start().In(beijing), Actor: "\xce\xca", Action: workflow.ActRefused, Subject: "delivery/\xff", Details: map[string]string{"answer": "550 \xbe\xdc\xca\xd5", "\xfe": "<&>\u2028"}},
		{Time: start().Round(0), Actor: "x", Action: workflow.ActRefused, Subject: "s", Details: map[string]string{}},
	}})
	s.reopen()
	if all := s.journal(0); len(all) != 2 || !all[0].Time.Equal(start()) {
		s.Errorf("journal: %+v", all)
	}
}

func testLongJournal(s *store) {
	const entries = 1000
	var change workflow.Change
	for i := range entries {
		change.Entries = append(change.Entries, workflow.Entry{Time: start(), Action: workflow.ActArrived, Subject: fmt.Sprint("arrival/", i)})
	}
	s.must(change)
	if all := s.journal(0); len(all) != entries {
		s.Errorf("%d entries", len(all))
	}
	// A visitor may use the ledger, even write to it.
	err := s.Journal(s.Context(), entries, func(entry workflow.Entry) error {
		if entry.Sequence > entries {
			return nil
		}
		return s.Apply(s.Context(), workflow.Change{Entries: []workflow.Entry{{Time: start(), Action: workflow.ActArrived, Subject: "more"}}})
	})
	if err != nil {
		s.Error(err)
	}
}

func testReopening(s *store) {
	contract := s.add("R-1")
	s.must(workflow.Change{
		Suppliers:  []workflow.Supplier{{ID: "huaxin", Addresses: []string{"a@example.com"}}},
		Deliveries: []workflow.Delivery{{ID: "d", State: workflow.DeliveryQueued}},
	})
	s.reopen()
	if again := s.contract(contract.ID); again.Revision != 1 || !again.Created.Equal(contract.Created) {
		s.Errorf("contract: %+v", again)
	}
	if _, err := s.SupplierByAddress(s.Context(), "a@example.com"); err != nil {
		s.Error(err)
	}
	if due := got[[]workflow.Delivery](s)(s.Deliveries(s.Context(), workflow.DeliveryFilter{Due: start()})); len(due) != 1 {
		s.Errorf("deliveries: %v", due)
	}
	s.add("R-2")
	if all := s.journal(0); len(all) != 2 {
		s.Errorf("journal: %v", all)
	}
}

func testEndedContext(s *store) {
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	if err := s.Apply(ctx, created(newContract("E-1"))); !errors.Is(err, context.Canceled) {
		s.Errorf("apply: %v", err)
	}
	if _, err := s.Contracts(ctx, workflow.ContractFilter{}); !errors.Is(err, context.Canceled) {
		s.Errorf("read: %v", err)
	}
	s.add("E-1")
}
