package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/store/bolt"
	"contractd/workflow"
)

// told is what somebody outside was told, and what the store must hold from then on.
type told struct {
	at    int64 // After it was told; on the clock of the traces.
	what  string
	holds func(context.Context, *bolt.Ledger) error
}

// tell notes what the outside knows from now on.
func (r *recording) tell(what string, holds func(context.Context, *bolt.Ledger) error) {
	r.tellAt(time.Now(), what, holds)
}

func (r *recording) tellAt(at time.Time, what string, holds func(context.Context, *bolt.Ledger) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, told{at.UnixNano(), what, holds})
}

// order sends a contract. Whoever was told so finds it sealed, over the very draft.
func (r *recording) order(number string, flags ...string) {
	r.Helper()
	draft := workflow.HashOf(r.draftOf(number))
	r.send(number, flags...)
	r.tell("contract "+number+" is sealed", func(ctx context.Context, l *bolt.Ledger) error {
		contract, err := l.ContractByNumber(ctx, number)
		if err == nil && (contract.Draft.Hash != draft || len(contract.Batches) == 0) {
			err = fmt.Errorf("draft %s with %d seals", contract.Draft.Hash, len(contract.Batches))
		}
		return errors.Join(err, happened(ctx, l, number, workflow.ActReady))
	})
}

// decide runs a verb; what it did stands in the journal.
func (r *recording) decide(number string, action workflow.Action, args ...string) {
	r.Helper()
	r.do(args...)
	r.tell(strings.Join(args, " "), func(ctx context.Context, l *bolt.Ledger) error { return happened(ctx, l, number, action) })
}

// happened looks for an action in the journal of a contract.
func happened(ctx context.Context, l *bolt.Ledger, number string, action workflow.Action) error {
	contract, err := l.ContractByNumber(ctx, number)
	if err != nil {
		return err
	}
	history, err := l.History(ctx, "contract/"+string(contract.ID))
	for _, entry := range history {
		if entry.Action == action {
			return nil
		}
	}
	return errors.Join(fmt.Errorf("contract %s has no %s in its journal", number, action), err)
}

// show waits for a state. All that the daemon shows then is a promise, too.
func (r *recording) show(number string, state workflow.State) {
	r.Helper()
	story := r.reach(number, state)
	r.tell(fmt.Sprintf("contract %s is shown as %s", number, state), func(ctx context.Context, l *bolt.Ledger) error { return holdsStory(ctx, l, story) })
}

func holdsStory(ctx context.Context, l *bolt.Ledger, story api.Story) error {
	var faults []error
	for _, entry := range story.Journal {
		err := l.Journal(ctx, entry.Sequence, func(found workflow.Entry) error {
			if found.Hash == entry.Hash {
				return errFound
			}
			return fmt.Errorf("journal entry %d is another one", entry.Sequence)
		})
		if !errors.Is(err, errFound) {
			faults = append(faults, fmt.Errorf("journal entry %d, %s: %w", entry.Sequence, entry.Action, errors.Join(errMissing, err)))
		}
	}
	if final := story.Contract.Final; !final.IsZero() {
		there, err := l.HasDocument(ctx, final)
		if !there {
			faults = append(faults, fmt.Errorf("the archived file: %w", errors.Join(errMissing, err)))
		}
	}
	return errors.Join(faults...)
}

var (
	errFound   = errors.New("found")
	errMissing = errors.New("it is missing")
)

// watchFolder notes when a message was moved: what was in it must be durable, and judged.
func (r *recording) watchFolder(ctx context.Context, folder string) {
	for n := 1; ; n++ {
		found, err := r.post.local.Await(ctx, houseMail, folder, n)
		if err != nil {
			return // The run is over.
		}
		id := workflow.ArrivalIDOf(workflow.HashOf(found[n-1].Raw))
		r.tell(fmt.Sprintf("message %d lies in %s", n, folder), func(ctx context.Context, l *bolt.Ledger) error {
			_, err := l.Receipt(ctx, workflow.ReceiptID(id))
			arrival, also := l.Arrival(ctx, id)
			if err := errors.Join(err, also); err != nil {
				return err
			}
			_, closer, err := l.Document(ctx, arrival.Raw)
			if err != nil {
				return err
			}
			return closer.Close()
		})
	}
}

// tellOfLetters takes the moments at which the mail server took letters: each is stored with its bytes, and what it says is true.
func (r *recording) tellOfLetters() {
	r.Helper()
	for _, message := range r.post.local.Messages(supplierMail, "INBOX") {
		l := r.read(message.Raw)
		r.tellAt(message.Internal, "letter "+l.Subject+" left", func(ctx context.Context, ledger *bolt.Ledger) error {
			return holdsLetter(ctx, ledger, l)
		})
	}
}

func holdsLetter(ctx context.Context, ledger *bolt.Ledger, l letter) error {
	stored, err := ledger.LetterByMessageID(ctx, l.MessageID)
	if err != nil {
		return err
	}
	document, closer, err := ledger.Document(ctx, stored.Raw)
	if err != nil {
		return err
	}
	defer closer.Close() // Only read from.
	var raw bytes.Buffer
	if _, err := raw.ReadFrom(document.Reader()); err != nil || !bytes.HasSuffix(l.raw, raw.Bytes()) {
		return errors.Join(errors.New("other bytes were sent than are stored"), err)
	}
	contract, err := ledger.Contract(ctx, stored.Contract)
	if err == nil && stored.Kind == workflow.LetterConfirmed && (contract.State != workflow.StateArchived || contract.Final.IsZero()) {
		err = fmt.Errorf("contract %s was confirmed and is %s", contract.Number, contract.State)
	}
	return err
}
