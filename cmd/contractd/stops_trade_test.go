package main_test

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"

	"contractd/cmd/contractd/api"
	"contractd/mailbox"
	"contractd/mailbox/smtp"
	"contractd/signer"
	testca "contractd/signer/signtest"
	"contractd/workflow"
	"contractd/workflow/outbound"
)

// trade is one contract on its way, and what must have become of it in the end.
type trade struct {
	*survivor
	number string
	way    string // Of trades.
	draft  []byte

	state   workflow.State
	final   workflow.Hash         // Of the archived document; zero where none may be.
	letters []workflow.LetterKind // All that are about it.
	mailed  int                   // Messages that the supplier sent.
	refused bool                  // A delivery was refused for good before.
	earlier int                   // Contract letters of an earlier version.
}

// order hands in the draft until the daemon knows the contract, and waits for its state.
func (t *trade) order(ctx context.Context, order outbound.Order, want workflow.State) error {
	order.Number, order.Title, order.Supplier, order.Request = t.number, "采购合同 "+t.number, supplierName, "order "+t.number
	err := t.insist(ctx, "send "+t.number, func(ctx context.Context) (bool, error) {
		contract, err := t.client.Send(ctx, order, bytes.NewReader(t.draft), func(string, string) {})
		return contract.ID != "", err
	})
	if err != nil {
		return err
	}
	return t.reachState(ctx, want)
}

// send orders a contract and waits until the supplier has it.
func (t *trade) send(ctx context.Context, order outbound.Order) (letter, error) {
	if err := t.order(ctx, order, workflow.StateSent); err != nil {
		return letter{}, err
	}
	return t.contractLetter(ctx)
}

// reachState waits for the state, and helps a draft on as a person would: a key rests when the daemon died while
// its PIN was tried.
func (t *trade) reachState(ctx context.Context, want workflow.State) error {
	return t.insist(ctx, fmt.Sprintf("contract %s becomes %s", t.number, want), func(ctx context.Context) (bool, error) {
		story, err := t.client.Story(ctx, t.number)
		if err != nil {
			return false, err
		}
		if story.Contract.State == workflow.StateDraft && want != workflow.StateDraft && story.Contract.Waiting != "" {
			return false, t.helpOn(ctx)
		}
		return story.Contract.State == want, fmt.Errorf("it is %s, waiting for %q", story.Contract.State, story.Contract.Waiting)
	})
}

func (t *trade) helpOn(ctx context.Context) error {
	keys, err := t.client.Keys(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if !key.Suspended.IsZero() {
			err = errors.Join(err, t.client.Resume(ctx, key.Name))
		}
	}
	_, sealing := t.client.Seal(ctx, t.number, "", func(string, string) {})
	return errors.Join(err, sealing)
}

// decide passes a decision until the contract is where it leads.
func (t *trade) decide(ctx context.Context, decision string, want workflow.State) error {
	return t.insist(ctx, decision+" "+t.number, func(ctx context.Context) (bool, error) {
		story, err := t.client.Story(ctx, t.number)
		if err != nil || story.Contract.State == want {
			return err == nil, err
		}
		_, err = t.client.Decide(ctx, t.number, decision, api.Act{Reason: "演习"})
		return false, err
	})
}

// told waits for one more letter of a kind in the supplier's mailbox.
func (t *trade) told(ctx context.Context, kind workflow.LetterKind) error {
	_, err := t.next(ctx, kind)
	return err
}

// contractLetter waits for the contract itself.
func (t *trade) contractLetter(ctx context.Context) (letter, error) {
	return t.next(ctx, workflow.LetterContract)
}

func (t *trade) next(ctx context.Context, kind workflow.LetterKind) (letter, error) {
	t.letters = append(t.letters, kind)
	return t.find(ctx, kind, countOf(t.letters, kind))
}

func countOf(kinds []workflow.LetterKind, kind workflow.LetterKind) int {
	n := 0
	for _, one := range kinds {
		if one == kind {
			n++
		}
	}
	return n
}

// find waits until the supplier has the n-th letter of a kind, from 1.
func (t *trade) find(ctx context.Context, kind workflow.LetterKind, n int) (letter, error) {
	var found letter
	err := t.insist(ctx, fmt.Sprintf("letter %s number %d about %s", kind, n, t.number), func(ctx context.Context) (bool, error) {
		story, err := t.client.Story(ctx, t.number)
		if err != nil {
			return false, err
		}
		left := n
		for _, one := range story.Letters {
			if one.Kind != kind {
				continue
			}
			if left--; left > 0 {
				continue
			}
			copies, err := t.box.find(ctx, one.MessageID)
			if err != nil || len(copies) == 0 {
				return false, err
			}
			found, err = t.open(ctx, copies[0])
			return err == nil, err
		}
		return false, fmt.Errorf("contract is %s with %d letters", story.Contract.State, len(story.Letters))
	})
	return found, err
}

// open reads a letter.
func (t *trade) open(ctx context.Context, raw []byte) (letter, error) {
	parser := mailbox.Parser{Spool: t.dir}
	message, closer, err := parser.Parse(ctx, inMemory(raw))
	if err != nil {
		return letter{}, err
	}
	l := letter{Message: message, raw: raw}
	if len(message.PDFs) > 0 {
		l.pdf = make([]byte, message.PDFs[0].Document.Size)
		_, err = message.PDFs[0].Document.ReadAt(l.pdf, 0)
	}
	return l, errors.Join(err, closer.Close())
}

// goodReturn sends back what will be archived, and waits for the confirmation.
func (t *trade) goodReturn(ctx context.Context, contract letter) error {
	returned := t.signQuietly(contract.pdf)
	t.state, t.final = workflow.StateArchived, workflow.HashOf(returned)
	return errors.Join(t.answerWith(ctx, contract, returned), t.told(ctx, workflow.LetterConfirmed))
}

// answerWith mails a file back in the thread of a letter.
func (t *trade) answerWith(ctx context.Context, l letter, file []byte) error {
	return t.mail(ctx, []byte(attached(l.Subject, l.MessageID, file)))
}

// mail sends one message to the company.
func (t *trade) mail(ctx context.Context, raw []byte) error {
	t.mailed++
	sender, err := smtp.New(smtp.Account{
		Host: "127.0.0.1", Port: t.post.smtp, Security: smtp.TLS, TLS: t.post.tls,
		User: supplierMail, Password: func() (string, error) { return mailSecret, nil },
	})
	if err != nil {
		return err
	}
	_, err = sender.Send(ctx, workflow.Envelope{From: supplierMail, To: houseMail}, inMemory(raw))
	return errors.Join(err, sender.Close())
}

// signQuietly countersigns without visible marks, which would have to be rendered.
func (t *trade) signQuietly(file []byte) []byte {
	for _, identity := range []*testca.Identity{t.hall.supplierEmployee, t.hall.supplier} {
		var out bytes.Buffer
		_, err := signer.New(signer.Config{}).Seal(t.Context(), bytes.NewReader(file), int64(len(file)), &out, signer.Request{
			Key: identity.Signer, Certificate: identity.Certificate, Chain: identity.Chain,
			Seals:     []signer.Seal{{Kind: signer.Invisible}},
			Timestamp: func(_ context.Context, imprint []byte, h crypto.Hash) ([]byte, error) { return t.tsa.Token(imprint, h) },
		})
		check(t.T, err)
		file = out.Bytes()
	}
	return file
}
