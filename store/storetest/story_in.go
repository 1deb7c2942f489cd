package storetest

import (
	"fmt"

	"contractd/workflow"
)

// Forms of a returned file; other numbers are the file that was sent.
const (
	formDraft  = 2 + iota
	formUndone // A file whose last seal was taken back.
	formRewritten
	formReplaced // The file of a version that another one replaced.
	formForeign
	formUnknown
	forms
)

// What else a mail brings; other numbers are nothing else.
const (
	withOther   = 1 + iota // A return of another contract.
	withBad                // A failed return of the same contract.
	withRival              // A reference to a letter about another contract.
	withNothing            // No file at all.
	extras      = 8
)

// receive lets a mail arrive and be judged.
func (s *scene) receive(e event) {
	arg := e.arg
	p := s.book.page(e.number())
	verdict := []workflow.Outcome{workflow.Passed, workflow.Indeterminate, workflow.Failed}[pick(&arg, 3)]
	form, extra := pick(&arg, forms), pick(&arg, extras)
	message := workflow.Message{From: []string{firstAddress}, Subject: "回复", MessageID: fmt.Sprintf("mail-%d@huaxin.example", len(s.raws)+1)}
	if e.slot>>5 == 7 {
		message.Automatic = []workflow.Automatic{workflow.AutoReply, workflow.AutoBounce}[e.slot>>4&1]
	}
	papers := s.papers(p, form, verdict)
	other := s.book.page(slotNumber(e.slot + 1))
	switch extra {
	case withOther:
		papers = append(papers, paper{other.current(), workflow.Passed})
	case withBad:
		papers = append([]paper{{p.current(), workflow.Failed}}, papers...)
	case withRival:
		message.References = s.reference(other)
	case withNothing:
		papers = nil
	}
	if form == formForeign && extra != withRival {
		message.References = s.reference(p)
	}
	var pdfs []string
	for n := range papers {
		papers[n].text += " " + string(papers[n].verdict)
		pdfs = append(pdfs, papers[n].text)
	}
	raw := s.stage.Mails.Add(message, pdfs...)
	s.raws = append(s.raws, raw)
	s.stage.Box.Deliver(raw, s.stage.Clock)
	s.take()
	s.book.receipts++
	s.judged(message, papers, raw)
}

// papers returns the file that comes back.
func (s *scene) papers(p *page, form int, verdict workflow.Outcome) []paper {
	text := p.current()
	switch form {
	case formDraft:
		text = p.draft
	case formUndone:
		if len(p.undone) > 0 {
			text = p.undone[len(p.undone)-1]
		}
	case formReplaced:
		for _, old := range s.book.replaced {
			if old.number == p.number {
				text = old.current()
			}
		}
	case formRewritten:
		text = "saved anew by " + p.number + "\n"
		if len(p.seals) > 0 {
			text += p.seals[len(p.seals)-1].value + "\n"
		}
	case formForeign, formUnknown:
		text = "something else of " + p.number
	}
	return []paper{{text, verdict}}
}

// reference answers the current letter of a contract.
func (s *scene) reference(p *page) []string {
	for id, letter := range s.book.letters {
		if p.letter != "" && letter.ID == p.letter {
			return []string{id}
		}
	}
	return nil
}

// take has the mailbox read and what is there judged. A process that dies in between is started again and does the same.
func (s *scene) take() {
	for range 2 {
		_, err := s.stage.Intake.Pass(s.Context())
		s.want("take in", err, nil)
		_, err = s.stage.Judge.Pass(s.Context())
		s.want("judge", err, nil)
		if !s.witness.stopped {
			return
		}
		s.restart()
		s.stage.Clock = s.stage.Clock.Add(rest)
	}
}
