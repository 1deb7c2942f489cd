package bolt

import (
	"fmt"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

func contractFacts(c *workflow.Contract) []fact {
	created := timeKey(c.Created)
	facts := []fact{
		about(byNumber, c.ID, textKey(c.Number), numberKey(c.Version)),
		about(byCreation, c.ID, created),
		about(bySupplier, c.ID, textKey(c.Supplier), created),
		about(byState, c.ID, textKey(c.State), created),
	}
	if c.State == workflow.StateSent && !c.Deadline.IsZero() {
		facts = append(facts, about(byDeadline, c.ID, timeKey(c.Deadline)))
	}
	for _, prefix := range c.Prefixes() {
		facts = append(facts,
			about(byPrefix, c.ID, prefix.Hash[:]),
			about(byPrefixSize, c.ID, numberKey(prefix.Size)))
	}
	for _, batch := range c.Batches {
		for _, value := range batch.Values {
			facts = append(facts, about(byValue, c.ID, value[:]))
		}
	}
	return facts
}

// contractRefs returns every document that the contract cannot do without. What a seal was added to
// is the beginning of what it made, so it need not be stored.
func contractRefs(c *workflow.Contract) []workflow.Ref {
	refs := []workflow.Ref{c.Draft, c.Final}
	for _, batch := range c.Batches {
		refs = append(refs, batch.After)
	}
	return append(refs, c.Superseded...)
}

// writeContracts stores contracts and holds them to the state table and to the rule about numbers.
func writeContracts(tx *bbolt.Tx, changed []workflow.Contract) error {
	for _, contract := range changed {
		before, after, err := contracts.write(tx, contract)
		if err != nil {
			return err
		}
		if err := checkMove(before, after); err != nil {
			return fmt.Errorf("contract %s: %w", after.Number, err)
		}
	}
	// Only now: one change may withdraw a version and create the next.
	for _, contract := range changed {
		if err := checkNumber(tx, contract.Number); err != nil {
			return err
		}
	}
	return nil
}

// checkMove refuses a state that the table does not lead to in one step: two moves are two decisions.
func checkMove(before, after *workflow.Contract) error {
	if before == nil {
		if after.State != workflow.StateDraft {
			return fmt.Errorf("begins as %q, not as a draft: %w", after.State, workflow.ErrState)
		}
		return workflow.CheckNumber(after.Number)
	}
	if before.Number != after.Number || before.Version != after.Version {
		return fmt.Errorf("number or version changed to %s, version %d: %w", after.Number, after.Version, workflow.ErrUsage)
	}
	if before.State == after.State {
		return nil
	}
	return workflow.CheckMove(before.State, after.State)
}

// checkNumber lets only the newest version of a number be other than withdrawn, and each version exist once.
func checkNumber(tx *bbolt.Tx, number string) error {
	versions, err := contracts.readAll(tx, idsUnder(tx, byNumber, textKey(number)))
	if err != nil {
		return err
	}
	for i := range len(versions) - 1 {
		held, next := versions[i], versions[i+1]
		if held.State != workflow.StateWithdrawn || held.Version == next.Version {
			return fmt.Errorf("contract number %s, version %d: %w", number, held.Version, workflow.ErrExists)
		}
	}
	return nil
}
