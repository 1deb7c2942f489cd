package storetest

import (
	"context"
	"errors"
	"slices"

	"contractd/workflow"
)

// errStopped is what a process that has died would see of its ledger, if it could see anything.
var errStopped = errors.New("the process has stopped")

// witness stands between the services and the ledger. It sees every change that was written and holds it to the rules,
// and it can let the process die before a transaction, or after one whose success nobody hears of.
type witness struct {
	Ledger
	scene   *scene
	left    int  // Transactions until the process dies; negative: it lives on.
	lost    bool // The transaction during which it dies is written.
	stopped bool
	claimed workflow.DeliveryID                           // The last one.
	wrote   bool                                          // Since it was last looked at everything.
	entries []workflow.Entry                              // What the journal must have got since it was last read.
	states  map[workflow.ContractID]workflow.State        // As last written.
	older   map[workflow.ContractID]workflow.Contract     // As they were before the last write.
	newer   map[workflow.ContractID]workflow.Contract     // As they were written last, with the revision that they were read with.
	stale   map[workflow.DeliveryID]workflow.Delivery     // Deliveries as they were before the last write.
	kinds   map[workflow.ContractID][]workflow.LetterKind // Letters since the last event.
}

func newWitness(s *scene, ledger Ledger) *witness {
	return &witness{
		Ledger: ledger, scene: s, left: -1, states: map[workflow.ContractID]workflow.State{}, older: map[workflow.ContractID]workflow.Contract{},
		newer: map[workflow.ContractID]workflow.Contract{}, stale: map[workflow.DeliveryID]workflow.Delivery{},
	}
}

// Apply writes what the process lives to write.
func (w *witness) Apply(ctx context.Context, change workflow.Change) error {
	if w.left == 0 {
		if w.stopped || !w.lost {
			w.stopped = true
			return errStopped
		}
	}
	err := w.Ledger.Apply(ctx, change)
	if err != nil {
		return err
	}
	w.wrote = true
	w.saw(change)
	if w.left == 0 {
		w.stopped = true
		return errStopped
	}
	w.left--
	return nil
}

// budget is how many transactions the book expects to be written before the process dies; negative: all.
type budget struct {
	left int
	lost bool // Nobody hears of the last one.
}

// budget returns how long the process lives.
func (w *witness) budget() *budget {
	if w.left >= 0 && w.lost {
		return &budget{w.left + 1, true}
	}
	return &budget{w.left, false}
}

// survives reports whether the next transaction will be written, and counts it; the book asks as often as it expects one.
func (b *budget) survives() bool {
	if b.left < 0 {
		return true
	}
	if b.left == 0 {
		return false
	}
	b.left--
	return true
}

// over reports whether the process died right after the last transaction, before it could do anything else.
func (b *budget) over() bool { return b.left == 0 && b.lost }

func (w *witness) saw(change workflow.Change) {
	w.entries = append(w.entries, change.Entries...)
	for _, letter := range change.Letters {
		w.scene.book.letters[letter.MessageID] = letter
		if p := w.scene.book.byID(letter.Contract); p != nil && letter.Kind == workflow.LetterContract {
			p.letter = letter.ID
		}
		if w.kinds == nil {
			w.kinds = map[workflow.ContractID][]workflow.LetterKind{}
		}
		w.kinds[letter.Contract] = append(w.kinds[letter.Contract], letter.Kind)
	}
	for _, delivery := range change.Deliveries {
		w.delivery(delivery)
	}
	for _, contract := range change.Contracts {
		w.contract(contract, change.Entries)
	}
}

// contract holds one written contract to the table: one move at a time, told in the same transaction by whoever made it.
func (w *witness) contract(contract workflow.Contract, entries []workflow.Entry) {
	before := w.states[contract.ID]
	w.states[contract.ID] = contract.State
	if previous, seen := w.newer[contract.ID]; seen {
		w.older[contract.ID] = previous
	}
	w.newer[contract.ID] = contract
	if before == contract.State {
		return
	}
	acts, allowed := table[before][contract.State]
	if !allowed {
		w.scene.blame("contract %s went from %q to %s, which the table does not have", contract.Number, before, contract.State)
	}
	told := slices.IndexFunc(entries, func(e workflow.Entry) bool {
		return e.Subject == "contract/"+string(contract.ID) && slices.Contains(acts, e.Action)
	})
	if told < 0 {
		w.scene.blame("contract %s went from %q to %s, and no entry of that transaction tells of it", contract.Number, before, contract.State)
		return
	}
	want := workflow.System.Name
	if slices.Contains(decided, entries[told].Action) {
		want = w.scene.actor.Name
	}
	if entries[told].Actor != want {
		w.scene.blame("contract %s went from %q to %s by %q, want %q", contract.Number, before, contract.State, entries[told].Actor, want)
	}
}
