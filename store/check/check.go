// Package check re-derives what a store claims.
package check

import (
	"context"
	"errors"

	"contractd/workflow"
)

var errUnfinished = errors.New("being written")

// Source is everything that a store holds.
type Source interface {
	Records(ctx context.Context, visit func(kind, key string, record any, fault error) error) error
	Entries(ctx context.Context, visit func(sequence uint64, entry workflow.Entry, fault error) error) error
	Documents(ctx context.Context, visit func(document workflow.Document, fault error) error) error
}

// Kind is what a finding is about.
type Kind string

// Finding is one thing that is not as it must be.
type Finding struct {
	Kind    Kind   `json:"kind"`
	Subject string `json:"subject"`
	Detail  string `json:"detail"`
}

// Report is what Check saw.
type Report struct {
	Contracts int            `json:"contracts"`
	Records   int            `json:"records"`
	Entries   int            `json:"entries"`
	Documents int            `json:"documents"`
	Bytes     int64          `json:"bytes"` // Of documents that were hashed.
	Head      workflow.Entry `json:"head"`
	Findings  []Finding      `json:"findings"`
}

// Damaged reports whether anything but orphans was found.
func (r Report) Damaged() bool { return false }

// Check reads all of source. The error says that it could not be read; what is wrong is in the report.
func Check(ctx context.Context, source Source) (Report, error) { return Report{}, errUnfinished }
