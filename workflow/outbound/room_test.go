package outbound_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"contractd/workflow"
	"contractd/workflow/flowtest"
)

// disk is a ledger on a disk that a test fills.
type disk struct {
	flowtest.Ledger
	full bool
}

// Apply implements flowtest.Ledger.
func (d *disk) Apply(ctx context.Context, change workflow.Change) error {
	if d.full {
		return workflow.ErrSpace
	}
	return d.Ledger.Apply(ctx, change)
}

// TestAcceptedOnAFullDiskIsNotSentTwice fills the disk between the server's acceptance and its record.
func TestAcceptedOnAFullDiskIsNotSentTwice(t *testing.T) {
	stage := flowtest.New(t)
	ledger := &disk{Ledger: stage.Ledger}
	stage.Rewire(ledger)
	if _, err := stage.Issue(flowtest.Order("N-1")); err != nil {
		t.Fatal(err)
	}
	stage.Post.During = func() { ledger.full = true }
	for range 3 {
		if _, err := stage.Dispatcher.Pass(t.Context()); !errors.Is(err, workflow.ErrSpace) {
			t.Fatalf("Pass = %v", err)
		}
	}
	if len(stage.Post.Taken) != 1 {
		t.Errorf("sent %d times while the disk was full", len(stage.Post.Taken))
	}
	stage.Post.During, ledger.full = nil, false
	stage.Dispatch()
	stage.Contract("N-1", workflow.StateSent)
	if len(stage.Post.Taken) != 2 { // The supplier's address and the copy's.
		t.Errorf("sent: %q", stage.Post.Taken)
	}
}

// TestAFullDiskIsNoFailedSelfCheck lets a contract that could not be made ready go on without a person.
func TestAFullDiskIsNoFailedSelfCheck(t *testing.T) {
	stage := flowtest.New(t)
	contract, err := stage.Issuer.Create(t.Context(), flowtest.Anna, flowtest.Order("N-1"), flowtest.Draft("draft"))
	if err != nil {
		t.Fatal(err)
	}
	working := stage.Issuer.Clerk.Composer
	stage.Issuer.Clerk.Composer = fullComposer{}
	if _, err := stage.Issuer.Continue(t.Context(), flowtest.Anna, contract.ID, flowtest.Quiet); !errors.Is(err, workflow.ErrSpace) {
		t.Errorf("Continue = %v", err)
	}
	if waits := stage.Contract("N-1", workflow.StateDraft).Waiting; waits != "" {
		t.Errorf("it waits for a person: %q", waits)
	}
	stage.Issuer.Clerk.Composer = working
	if _, err := stage.Issuer.Continue(t.Context(), workflow.System, contract.ID, flowtest.Quiet); err != nil {
		t.Error(err)
	}
	stage.Contract("N-1", workflow.StateSealed)
}

// fullComposer has no room for the letter.
type fullComposer struct{ flowtest.Composer }

// Compose implements post.Composer.
func (fullComposer) Compose(context.Context, workflow.Notice) (workflow.Letter, workflow.Document, io.Closer, error) {
	return workflow.Letter{}, workflow.Document{}, nil, workflow.ErrSpace
}
