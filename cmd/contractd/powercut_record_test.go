package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/store/bolt"
	"contractd/store/powercut"
	"contractd/workflow"
)

// recording is an exchange whose every process is traced.
type recording struct {
	*exchange
	real    *hall // With the binary itself.
	traces  string
	scratch string
	ops     []powercut.Op

	mu   sync.Mutex // Guards told.
	told []told
}

// told is what somebody outside was told, and what the store must hold from then on.
type told struct {
	at    int64 // After it was told; on the clock of the traces.
	what  string
	holds func(context.Context, *bolt.Ledger) error
}

// newRecording puts strace between the test and the binary. Small documents stay in the database, sealed ones are files.
func newRecording(t *testing.T, h *hall) *recording {
	t.Helper()
	r := &recording{real: h, traces: t.TempDir(), scratch: memory(t)}
	traced := *h
	traced.binary = filepath.Join(r.traces, "contractd")
	script := fmt.Sprintf("#!/bin/sh\nexec strace %s -o '%s/trace.'$$ '%s' \"$@\"\n", quotedOptions(), r.traces, h.binary)
	check(t, os.WriteFile(traced.binary, []byte(script), 0o700))
	r.exchange = newExchange(t, &traced, "")
	r.inlineUpTo("24KiB")
	return r
}

// memory returns a folder for what cuts leave, where there is room for it a disk of memory: making folders takes time.
func memory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "contractd-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { check(t, os.RemoveAll(dir)) })
	return dir
}

func quotedOptions() string { return "'" + strings.Join(powercut.Options(), "' '") + "'" }

// load reads what was recorded.
func (r *recording) load() {
	r.Helper()
	root, err := filepath.EvalSymlinks(r.dir)
	check(r.T, err)
	files, err := filepath.Glob(filepath.Join(r.traces, "trace.*"))
	check(r.T, err)
	for _, name := range files {
		trace, err := os.Open(name)
		check(r.T, err)
		ops, err := powercut.Parse(trace, root)
		check(r.T, errors.Join(err, trace.Close()))
		r.ops = append(r.ops, ops...)
	}
	if len(files) < 5 || len(r.ops) < 500 {
		r.Fatalf("%d operations of %d processes were recorded", len(r.ops), len(files))
	}
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

// play is the run: every kind of transaction, with the daemon and without it.
func (r *recording) play() {
	r.Helper()
	ctx, stop := context.WithCancel(r.Context())
	var watching sync.WaitGroup
	for _, folder := range []string{"合同已归档", "合同待审核", "合同未通过"} {
		watching.Go(func() { r.watchFolder(ctx, folder) })
	}
	r.register()
	r.tell("the supplier is added", func(ctx context.Context, l *bolt.Ledger) error {
		_, err := l.Supplier(ctx, supplierName)
		return err
	})
	r.serve()
	r.playGoodReturn()
	r.playDecided()
	r.playTakenBack()
	r.stop()
	r.order("C-4")
	r.serve()
	r.show("C-4", workflow.StateSent)
	r.mail(supplierMail, "INBOX", 8)
	r.stop()
	stop()
	watching.Wait()
	r.tellOfLetters()
}

func (r *recording) playGoodReturn() {
	r.Helper()
	r.order("C-1")
	r.show("C-1", workflow.StateSent)
	l := r.receivedAbout("C-1", 1)
	r.answer(l, attached, r.countersign(l.pdf))
	r.show("C-1", workflow.StateArchived)
	r.receivedAbout("C-1", 2)
}

// playDecided has a bad return rejected, a good one refused, and a second good one approved.
func (r *recording) playDecided() {
	r.Helper()
	r.order("C-2", "--confirm")
	r.show("C-2", workflow.StateSent)
	l := r.receivedAbout("C-2", 1)
	r.answer(l, attached, r.overwrite(r.countersign(l.pdf)))
	r.judged("C-2", 1)
	r.answer(l, inline, r.countersign(l.pdf))
	r.show("C-2", workflow.StateReview)
	r.decide("C-2", workflow.ActReturned, "refuse", "C-2", "--reason", "日期不对")
	r.answer(l, attached, r.countersign(l.pdf))
	r.show("C-2", workflow.StateReview)
	r.decide("C-2", workflow.ActApproved, "approve", "C-2")
	r.show("C-2", workflow.StateArchived)
}

// playTakenBack unseals, seals again, releases and withdraws.
func (r *recording) playTakenBack() {
	r.Helper()
	r.order("C-3", "--hold")
	r.decide("C-3", workflow.ActUnsealed, "unseal", "C-3", "--yes")
	r.decide("C-3", workflow.ActReady, "seal", "C-3")
	r.decide("C-3", workflow.ActReleased, "release", "C-3")
	r.show("C-3", workflow.StateSent)
	r.decide("C-3", workflow.ActWithdrawn, "withdraw", "C-3", "--reason", "价格有误", "--yes")
	r.show("C-3", workflow.StateWithdrawn)
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
			_, closer, err := l.Document(ctx, workflow.Document{Ref: arrival.Raw}.Ref)
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
