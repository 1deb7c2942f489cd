package check

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"contractd/workflow"
)

// told lists what the journal must tell of a contract in each state: of each group one act. A contract can have come to
// review without being sent for good, when a server refused the letter and yet delivered it, and back to sent from there.
var told = map[workflow.State][][]workflow.Action{
	workflow.StateDraft:         {made},
	workflow.StateSealed:        {made, sealed},
	workflow.StateSent:          {made, sealed, sent},
	workflow.StateReview:        {made, sealed, {workflow.ActReview}},
	workflow.StateUndeliverable: {made, sealed, {workflow.ActBounced}},
	workflow.StateExpired:       {made, sealed, sent, {workflow.ActExpired}},
	workflow.StateArchived:      {made, sealed, {workflow.ActArchived}},
	workflow.StateWithdrawn:     {made, {workflow.ActWithdrawn, workflow.ActRevised}},
}

var (
	made   = []workflow.Action{workflow.ActCreated}
	sealed = []workflow.Action{workflow.ActReady}
	sent   = []workflow.Action{workflow.ActSent, workflow.ActResent, workflow.ActReturned}
)

// ends are acts after which a contract stays as it is: a record that says otherwise was set back.
var ends = map[workflow.Action]workflow.State{
	workflow.ActArchived:  workflow.StateArchived,
	workflow.ActWithdrawn: workflow.StateWithdrawn,
	workflow.ActRevised:   workflow.StateWithdrawn,
}

// entry follows the chain. It implements the visit of Source.Entries.
func (c *checker) entry(sequence uint64, entry workflow.Entry, fault error) error {
	subject := "journal/" + strconv.FormatUint(sequence, 10)
	if fault != nil {
		c.find(KindJournal, subject, "%v", fault)
		if c.last.Sequence < sequence {
			c.last = workflow.Entry{Sequence: sequence} // The next link cannot be checked; it is not to be blamed.
		}
		return nil
	}
	c.report.Entries++
	if entry.Sequence != c.last.Sequence+1 {
		c.find(KindJournal, subject, "entry %d follows entry %d", entry.Sequence, c.last.Sequence)
	}
	if entry.Digest() != entry.Hash {
		c.find(KindJournal, subject, "its content does not have the hash that it carries")
	}
	broken := c.last.Sequence > 0 && c.last.Hash.IsZero()
	if entry.Previous != c.last.Hash && !broken {
		c.find(KindJournal, subject, "it does not carry the hash of the entry before it")
	}
	if c.history[entry.Subject] == nil {
		c.history[entry.Subject] = map[workflow.Action]bool{}
	}
	c.history[entry.Subject][entry.Action] = true
	c.last, c.report.Head = entry, entry
	return nil
}

// state compares a contract with what the journal tells of it.
func (c *checker) state(contract claim) {
	history := c.history[contract.subject]
	for _, acts := range told[contract.state] {
		if !slices.ContainsFunc(acts, func(act workflow.Action) bool { return history[act] }) {
			c.find(KindState, contract.subject, "it is %s, and the journal does not tell of %s", contract.state, acts[0])
		}
	}
	for _, act := range slices.Sorted(maps.Keys(ends)) {
		if history[act] && contract.state != ends[act] {
			c.find(KindState, contract.subject, "the journal tells of %s, and it is %s", act, contract.state)
		}
	}
}

// mustExist reports whether the journal tells only of existing things of this kind: a key can be
// suspended without having a record, a contract cannot be archived so.
func mustExist(subject string) bool {
	return strings.HasPrefix(subject, "contract/") || strings.HasPrefix(subject, "supplier/") || strings.HasPrefix(subject, "appearance/")
}
