package main_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/workflow"
)

// tally is what was counted after all stops.
type tally struct {
	letters, resent int // Different letters that arrived, and further copies of them.
	copies, doubled int // The same of our Sent folder.
	receipts        int
	kept            int // Letters whose copy the Sent folder took, by our own records.
}

// settle waits until nothing is under way any more: every delivery ended, every message filed.
func (s *survivor) settle(ctx context.Context) error {
	return s.insist(ctx, "everything is settled", func(ctx context.Context) (bool, error) {
		health, err := s.client.Status(ctx)
		if err != nil {
			return false, err
		}
		for _, state := range []workflow.DeliveryState{workflow.DeliveryHeld, workflow.DeliveryQueued, workflow.DeliveryClaimed} {
			if health.Outbox[state] > 0 {
				return false, fmt.Errorf("outbox %v, inbox %v", health.Outbox, health.Inbox)
			}
		}
		for _, state := range []workflow.ArrivalState{workflow.ArrivalQueued, workflow.ArrivalJudged} {
			if health.Inbox[state] > 0 {
				return false, fmt.Errorf("outbox %v, inbox %v", health.Outbox, health.Inbox)
			}
		}
		return true, nil
	})
}

// checkAll compares the store and every mailbox with what the trades expect. The daemon is stopped: whoever asks opens the
// store as any command does.
func (s *survivor) checkAll(all []*trade) tally {
	s.Helper()
	var counted tally
	mailed := 0
	for _, t := range all {
		mailed += t.mailed
		counted.kept += t.earlier
		var story api.Story
		s.record(&story, "show", t.number)
		s.checkTrade(t, story)
		for _, delivery := range story.Deliveries {
			if delivery.Channel == workflow.ChannelSent && delivery.State == workflow.DeliveryAccepted {
				counted.kept++
			}
		}
		counted.receipts += len(story.Receipts)
	}
	if counted.receipts != mailed {
		s.Errorf("%d receipts about %d messages of the supplier", counted.receipts, mailed)
	}
	s.checkLetters(&counted)
	s.checkFolders(mailed)
	s.checkSentCopies(&counted)
	s.do("archive", "check")
	return counted
}

// checkTrade expects the contract where it would have been without any stop, and nothing decided twice.
func (s *survivor) checkTrade(t *trade, story api.Story) {
	s.Helper()
	contract := story.Contract
	if contract.State != t.state || contract.Final.Hash != t.final {
		s.Errorf("contract %s is %s with final document %s, want %s and %s", t.number, contract.State, contract.Final.Hash.Short(), t.state, t.final.Short())
	}
	if len(story.Receipts) != t.mailed {
		s.Errorf("contract %s has %d receipts, the supplier wrote %d times", t.number, len(story.Receipts), t.mailed)
	}
	done := map[string]int{}
	for _, entry := range story.Journal {
		switch entry.Action {
		case workflow.ActCreated, workflow.ActSent, workflow.ActArchived, workflow.ActWithdrawn, workflow.ActJudged, workflow.ActAccepted:
			done[string(entry.Action)+" "+entry.Subject]++
		}
	}
	for what, times := range done {
		if times != 1 {
			s.Errorf("contract %s: %s %d times", t.number, what, times)
		}
	}
	var kinds []workflow.LetterKind
	for _, one := range story.Letters {
		if one.Kind != workflow.LetterNotice {
			kinds = append(kinds, one.Kind)
		}
	}
	slices.Sort(kinds)
	want := slices.Sorted(slices.Values(t.letters))
	if !slices.Equal(kinds, want) {
		s.Errorf("contract %s: letters %v, want %v", t.number, kinds, want)
	}
	s.checkDeliveries(t, story)
}

// checkDeliveries expects every letter that was not cancelled at the supplier's, at least once.
func (s *survivor) checkDeliveries(t *trade, story api.Story) {
	s.Helper()
	ids := map[workflow.LetterID]string{}
	for _, one := range story.Letters {
		ids[one.ID] = one.MessageID
	}
	for _, delivery := range story.Deliveries {
		switch {
		case delivery.State == workflow.DeliveryCancelled:
			continue
		case delivery.State == workflow.DeliveryFailed && t.refused:
			continue
		case delivery.State != workflow.DeliveryAccepted:
			s.Errorf("contract %s: delivery to %q is %s: %s", t.number, delivery.Recipient, delivery.State, delivery.Answer)
		case delivery.Channel == workflow.ChannelTo && delivery.Recipient == supplierMail:
			if copies, err := s.box.find(s.Context(), ids[delivery.Letter]); err != nil || len(copies) == 0 {
				s.Errorf("contract %s: a letter was accepted and did not arrive: %v", t.number, err)
			}
		}
	}
}

// checkLetters expects copies of one letter to have the same bytes.
func (s *survivor) checkLetters(counted *tally) {
	s.Helper()
	for id, copies := range s.box.byID {
		counted.letters++
		counted.resent += len(copies) - 1
		for _, raw := range copies[1:] {
			if hashWithout(raw) != hashWithout(copies[0]) {
				s.Errorf("letter %s came with different bytes", id)
			}
		}
	}
}

// checkFolders expects each message of the supplier filed once.
func (s *survivor) checkFolders(mailed int) {
	s.Helper()
	filed := 0
	for _, folder := range []string{"合同已归档", "合同待审核", "合同未通过", "合同无关"} {
		filed += len(s.mail(houseMail, folder, 0))
	}
	if left := len(s.mail(houseMail, "INBOX", 0)); filed != mailed || left != 0 {
		s.Errorf("of %d messages %d are filed and %d lie in INBOX", mailed, filed, left)
	}
}

// checkSentCopies expects a copy of every contract letter that left.
func (s *survivor) checkSentCopies(counted *tally) {
	s.Helper()
	seen := map[workflow.Hash]bool{}
	for _, raw := range s.mail(houseMail, "Sent", 0) {
		hash := hashWithout(raw)
		if seen[hash] {
			counted.doubled++
		}
		seen[hash] = true
	}
	counted.copies = len(seen)
	if counted.copies != counted.kept {
		s.Errorf("%d letters have a copy in the Sent folder, want %d", counted.copies, counted.kept)
	}
}

// stopDeadline bounds a whole run.
const stopDeadline = 3 * time.Hour
