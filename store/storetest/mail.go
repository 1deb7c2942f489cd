package storetest

import (
	"fmt"
	"time"

	"contractd/workflow"
)

func testArrivals(s *store) {
	raw := document("message")
	add := func(id workflow.ArrivalID, state workflow.ArrivalState, fetched int, next time.Time) {
		s.Helper()
		s.must(workflow.Change{Documents: []workflow.Document{raw}, Arrivals: []workflow.Arrival{
			{ID: id, Raw: raw.Ref, State: state, Fetched: start().Add(time.Duration(fetched) * time.Minute), Next: next},
		}})
	}
	add("d", workflow.ArrivalQueued, 1, time.Time{})
	add("c", workflow.ArrivalQueued, 2, start().Add(time.Hour))
	add("b", workflow.ArrivalJudged, 3, start().Add(-time.Hour))
	add("a", workflow.ArrivalFiled, 4, time.Time{})
	due := func(now time.Time, limit int) string {
		return arrivalIDs(got[[]workflow.Arrival](s)(s.ArrivalsDue(s.Context(), now, limit)))
	}
	s.same("due", due(start(), 0), "d b ")
	s.same("one that is due", due(start(), 1), "d ")
	s.same("due later", due(start().Add(time.Hour), 0), "d b c ")
	list := func(states ...workflow.ArrivalState) string {
		return arrivalIDs(got[[]workflow.Arrival](s)(s.Arrivals(s.Context(), states)))
	}
	s.same("all", list(), "d c b a ")
	s.same("judged or queued", list(workflow.ArrivalJudged, workflow.ArrivalQueued), "d c b ")
	filed := got[workflow.Arrival](s)(s.Arrival(s.Context(), "b"))
	filed.State = workflow.ArrivalFiled
	s.must(workflow.Change{Arrivals: []workflow.Arrival{filed}})
	s.same("due after filing", due(start(), 0), "d ")
	s.same("filed", list(workflow.ArrivalFiled), "b a ")
}

func arrivalIDs(arrivals []workflow.Arrival) (text string) {
	for _, arrival := range arrivals {
		text += string(arrival.ID) + " "
	}
	return text
}

func testReceipts(s *store) {
	raw := document("message")
	s.must(workflow.Change{Documents: []workflow.Document{raw}})
	for i, contract := range []workflow.ContractID{"x", "y", "x"} {
		finding := workflow.Finding{Name: "合同.pdf", Match: workflow.Match{Rung: workflow.RungPrefix, Contract: contract}}
		s.must(workflow.Change{Receipts: []workflow.Receipt{{
			ID: workflow.ReceiptID(fmt.Sprint("r", i)), Raw: raw.Ref, Judged: start().Add(time.Duration(i) * time.Minute),
			Findings: []workflow.Finding{finding, finding, {Outcome: workflow.NoContract}},
		}}})
	}
	list := func(receipts []workflow.Receipt) (text string) {
		for _, receipt := range receipts {
			text += string(receipt.ID) + " "
		}
		return text
	}
	read := got[[]workflow.Receipt](s)
	s.same("of a contract", list(read(s.Receipts(s.Context(), "x"))), "r0 r2 ")
	s.same("of none", list(read(s.Receipts(s.Context(), ""))), "")
	s.same("recent", list(read(s.RecentReceipts(s.Context(), 2))), "r2 r1 ")
	s.same("all", list(read(s.RecentReceipts(s.Context(), 0))), "r2 r1 r0 ")
	stored := got[workflow.Receipt](s)(s.Receipt(s.Context(), "r1"))
	if len(stored.Findings) != 3 || stored.Findings[0].Name != "合同.pdf" {
		s.Errorf("stored %+v", stored)
	}
}

func testLetters(s *store) {
	raw := document("letter")
	for i, contract := range []workflow.ContractID{"x", "", "x"} {
		s.must(workflow.Change{Documents: []workflow.Document{raw}, Letters: []workflow.Letter{{
			ID: workflow.LetterID(fmt.Sprint("l", i)), Contract: contract, MessageID: fmt.Sprintf("%d@example.com", i),
			Raw: raw.Ref, Created: start().Add(-time.Duration(i) * time.Hour),
		}}})
	}
	list := got[[]workflow.Letter](s)(s.Letters(s.Context(), "x"))
	if len(list) != 2 || list[0].ID != "l2" || list[1].ID != "l0" {
		s.Errorf("letters of a contract: %+v", list)
	}
	letter := got[workflow.Letter](s)(s.LetterByMessageID(s.Context(), "1@example.com"))
	s.same("by Message-ID", string(letter.ID), "l1")
}

func testDeliveries(s *store) {
	add := func(id workflow.DeliveryID, letter workflow.LetterID, state workflow.DeliveryState, next time.Time) {
		s.Helper()
		s.must(workflow.Change{Deliveries: []workflow.Delivery{{
			ID: id, Letter: letter, Contract: workflow.ContractID("of-" + letter), State: state, Channel: workflow.ChannelTo, Next: next,
		}}})
	}
	add("a", "1", workflow.DeliveryQueued, start().Add(time.Minute))
	add("b", "1", workflow.DeliveryQueued, time.Time{})
	add("c", "2", workflow.DeliveryClaimed, start().Add(time.Hour))
	add("d", "2", workflow.DeliveryHeld, time.Time{})
	list := func(filter workflow.DeliveryFilter) (text string) {
		s.Helper()
		for _, delivery := range got[[]workflow.Delivery](s)(s.Deliveries(s.Context(), filter)) {
			text += string(delivery.ID) + " "
		}
		return text
	}
	s.same("all", list(workflow.DeliveryFilter{}), "a b c d ")
	s.same("limit", list(workflow.DeliveryFilter{Limit: 3}), "a b c ")
	s.same("of a letter", list(workflow.DeliveryFilter{Letter: "1"}), "a b ")
	s.same("of a contract", list(workflow.DeliveryFilter{Contract: "of-2"}), "c d ")
	held := []workflow.DeliveryState{workflow.DeliveryHeld, workflow.DeliveryClaimed}
	s.same("in states", list(workflow.DeliveryFilter{States: held}), "c d ")
	s.same("in states, of a letter", list(workflow.DeliveryFilter{States: held, Letter: "1"}), "")
	s.same("due", list(workflow.DeliveryFilter{Due: start()}), "b c ")
	s.same("due later", list(workflow.DeliveryFilter{Due: start().Add(time.Minute)}), "b c a ")
	s.same("due, of a letter", list(workflow.DeliveryFilter{Due: start(), Letter: "2"}), "c ")
	accepted := got[workflow.Delivery](s)(s.Delivery(s.Context(), "c"))
	accepted.State = workflow.DeliveryAccepted
	s.must(workflow.Change{Deliveries: []workflow.Delivery{accepted}})
	s.same("due after acceptance", list(workflow.DeliveryFilter{Due: start()}), "b ")
}

func testCursorsAndKeys(s *store) {
	read := func(account, folder string) uint32 {
		s.Helper()
		return got[workflow.Cursor](s)(s.Cursor(s.Context(), account, folder)).UID
	}
	s.must(workflow.Change{Cursors: []workflow.Cursor{
		{Account: "a", Folder: "INBOX", UID: 1}, {Account: "a", Folder: "其他/文件夹", UID: 2}, {Account: "aI", Folder: "NBOX", UID: 3},
	}})
	s.must(workflow.Change{Cursors: []workflow.Cursor{{Account: "a", Folder: "INBOX", UIDValidity: 5, UID: 4}}})
	if read("a", "INBOX") != 4 || read("a", "其他/文件夹") != 2 || read("aI", "NBOX") != 3 {
		s.Errorf("cursors: %v", got[[]workflow.Cursor](s)(s.Cursors(s.Context())))
	}
	if all := got[[]workflow.Cursor](s)(s.Cursors(s.Context())); len(all) != 3 {
		s.Errorf("cursors: %v", all)
	}
	key := got[workflow.KeyRecord](s)(s.Key(s.Context(), "公章"))
	key.Attempting = start()
	s.must(workflow.Change{Keys: []workflow.KeyRecord{key}})
	s.refused("a second attempt at the same time", workflow.Change{Keys: []workflow.KeyRecord{key}}, workflow.ErrConflict)
	if key = got[workflow.KeyRecord](s)(s.Key(s.Context(), "公章")); key.Revision != 1 || !key.Attempting.Equal(start()) {
		s.Errorf("key: %+v", key)
	}
}
