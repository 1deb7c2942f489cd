// Package check re-derives what a store claims: the hash and size of every document, the chain of the
// journal, the references between records, the one live version of each number, and whether the
// journal tells how each contract came to its state.
//
// It promises to report whatever it finds instead of stopping at the first fault, and to change
// nothing. It judges the store, not the contracts: whether a signature is valid is for signer/verify.
// It may run beside writers; documents that they add meanwhile may be reported as orphans.
package check

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"contractd/workflow"
)

// Source is everything that a store holds. An error of visit ends a walk and is returned; any other
// error means that the store could not be read to the end.
type Source interface {
	// Records visits every record by value, as a type of package workflow. A fault says what is wrong with
	// the record, or with what the store derives from records (kind "index") or builds upon (kind "file").
	Records(ctx context.Context, visit func(kind, key string, record any, fault error) error) error
	// Entries visits the journal in order.
	Entries(ctx context.Context, visit func(sequence uint64, entry workflow.Entry, fault error) error) error
	// Documents visits what is stored; with a fault there is nothing to read. A fault wrapping
	// workflow.ErrNotFound means content that was never recorded.
	Documents(ctx context.Context, visit func(document workflow.Document, fault error) error) error
}

// Kind says what a finding is about.
type Kind string

const (
	KindFile      Kind = "file"      // The store's own pages.
	KindRecord    Kind = "record"    // A record that cannot be read, or misses what its state needs.
	KindReference Kind = "reference" // A record names something that is not there.
	KindDocument  Kind = "document"  // Content is missing, or is not what its hash and size say.
	KindIndex     Kind = "index"     // An index does not say what the records say.
	KindJournal   Kind = "journal"   // The chain is broken, has a gap, or lost its end.
	KindState     Kind = "state"     // The journal does not lead to the contract's state.
	KindNumber    Kind = "number"    // Two contracts claim one number.
	KindOrphan    Kind = "orphan"    // A document that no record names. A crash leaves such; harmless.
	KindTimestamp Kind = "timestamp" // One of our timestamps is not over what it is kept for, or is broken.
	KindTrust     Kind = "trust"     // One of our timestamps leads to no authority that is trusted now; a matter of the configuration.
)

// Finding is one thing that is not as it must be.
type Finding struct {
	Kind    Kind   `json:"kind"`
	Subject string `json:"subject"` // Such as "contract/ID", "document/HASH", "journal/7".
	Detail  string `json:"detail"`
}

// Report is what Check saw.
type Report struct {
	Contracts int            `json:"contracts"`
	Records   int            `json:"records"`
	Entries   int            `json:"entries"`
	Documents int            `json:"documents"`
	Bytes     int64          `json:"bytes"` // Of documents that were hashed.
	Head      workflow.Entry `json:"head"`  // The last entry of the journal.
	Findings  []Finding      `json:"findings"`
}

// Damaged reports whether anything but orphans and matters of trust was found.
func (r Report) Damaged() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Kind != KindOrphan && f.Kind != KindTrust })
}

// Stamps judges the token of a timestamp of ours. An error wrapping workflow.ErrPolicy says that its authority is not trusted;
// any other, that it does not prove what it is kept for.
type Stamps func(stamp workflow.Stamp, token []byte) error

// Check reads all of source. An error says that it could not be read to the end; what is wrong with
// the store stands in the report. Without stamps, timestamps are only known to be stored.
func Check(ctx context.Context, source Source, stamps ...Stamps) (Report, error) {
	c := newChecker()
	c.judges = stamps
	// What a record names exists before the record does, so records come first.
	if err := source.Records(ctx, c.record); err != nil {
		return c.report, fmt.Errorf("check records: %w", err)
	}
	if err := source.Entries(ctx, c.entry); err != nil {
		return c.report, fmt.Errorf("check journal: %w", err)
	}
	c.compareRecords()
	err := source.Documents(ctx, func(document workflow.Document, fault error) error {
		return c.document(ctx, document, fault)
	})
	if err != nil {
		return c.report, fmt.Errorf("check documents: %w", err)
	}
	c.missingDocuments()
	slices.SortStableFunc(c.report.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Subject, b.Subject))
	})
	return c.report, nil
}
