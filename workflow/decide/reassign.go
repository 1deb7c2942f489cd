package decide

import (
	"context"
	"fmt"
	"slices"

	"contractd/workflow"
)

// Reassign makes somebody else the owner of contracts: of those named, or of every one that is not closed. All change hands
// or none; the journal has an entry for each. Who created a contract, and so released its seals, stays on record.
func (d *Desk) Reassign(ctx context.Context, actor workflow.Actor, from, to string, numbers []string) ([]workflow.Contract, error) {
	if err := actor.Need(workflow.RightAdminister); err != nil {
		return nil, err
	}
	if err := d.checkOwners(from, to); err != nil {
		return nil, err
	}
	contracts, err := d.owned(ctx, actor, from, numbers)
	if err != nil {
		return nil, err
	}
	change := workflow.Change{Requests: workflow.RequestsFor(ctx, "", d.Now())}
	for _, contract := range contracts {
		if contract.Creator == "" {
			contract.Creator = contract.Owner
		}
		contract.Owner = to
		change.Contracts = append(change.Contracts, contract)
		change.Entries = append(change.Entries, workflow.Entry{
			Time: d.Now(), Actor: actor.Name, Action: workflow.ActReassigned, Subject: "contract/" + string(contract.ID),
			Details: map[string]string{"from": from, "to": to},
		})
	}
	if err := d.Ledger.Apply(ctx, change); err != nil {
		return nil, workflow.WithHint(fmt.Errorf("record %d contracts of %q as %q's: %w", len(contracts), from, to, err), "nothing changed hands; do it again")
	}
	for n := range change.Contracts {
		change.Contracts[n].Revision++
	}
	return change.Contracts, nil
}

func (d *Desk) checkOwners(from, to string) error {
	switch {
	case from == "" || to == "" || from == to:
		return fmt.Errorf("reassign from %q to %q: want two different names: %w", from, to, workflow.ErrUsage)
	case d.Knows != nil && !d.Knows(to):
		return workflow.WithHint(fmt.Errorf("reassign to %q: nobody is known by this name: %w", to, workflow.ErrNotFound), "name somebody who stands under [[users]] in the configuration")
	}
	return nil
}

// owned returns the contracts that change hands, each of which must be open, from's, and within the actor's scope; what lies
// outside does not exist for the actor.
func (d *Desk) owned(ctx context.Context, actor workflow.Actor, from string, numbers []string) ([]workflow.Contract, error) {
	if len(numbers) == 0 {
		return d.openOf(ctx, actor, from)
	}
	return d.named(ctx, actor, from, numbers)
}

func (d *Desk) openOf(ctx context.Context, actor workflow.Actor, from string) ([]workflow.Contract, error) {
	filter := workflow.ContractFilter{Owner: from}
	for _, state := range workflow.States {
		if !state.Final() {
			filter.States = append(filter.States, state)
		}
	}
	contracts, err := d.Library.Contracts(ctx, filter)
	contracts = slices.DeleteFunc(contracts, func(contract workflow.Contract) bool { return !actor.Sees(contract.Supplier) })
	if err == nil && len(contracts) == 0 {
		err = workflow.WithHint(fmt.Errorf("no open contract is theirs: %w", workflow.ErrNotFound), "`contractd archive query --owner NAME` lists what somebody owns")
	}
	if err != nil {
		return nil, fmt.Errorf("list contracts of %q: %w", from, err)
	}
	return contracts, nil
}

func (d *Desk) named(ctx context.Context, actor workflow.Actor, from string, numbers []string) ([]workflow.Contract, error) {
	var contracts []workflow.Contract
	seen := map[string]bool{}
	for _, number := range numbers {
		if seen[number] {
			continue
		}
		seen[number] = true
		contract, err := d.Ledger.ContractByNumber(ctx, number)
		if err == nil && !actor.Sees(contract.Supplier) {
			err = fmt.Errorf("contract %s: %w", number, workflow.ErrNotFound)
		}
		switch {
		case err != nil:
			return nil, fmt.Errorf("find contract %s: %w", number, err)
		case contract.State.Final():
			return nil, fmt.Errorf("reassign contract %s, which is %s: %w", number, contract.State, workflow.ErrState)
		case contract.Owner != from:
			return nil, fmt.Errorf("reassign contract %s from %q: it is %q's: %w", number, from, contract.Owner, workflow.ErrState)
		}
		contracts = append(contracts, contract)
	}
	return contracts, nil
}
