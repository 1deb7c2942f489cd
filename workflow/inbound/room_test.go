package inbound_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"contractd/workflow"
	"contractd/workflow/flowtest"
)

// room is a disk that a test fills.
type room struct{ full bool }

// Check implements inbound.Room.
func (r *room) Check(context.Context) error {
	if r.full {
		return workflow.ErrSpace
	}
	return nil
}

// TestWithoutRoomNothingIsFetched leaves the mailbox as it is, and goes on where it stood.
func TestWithoutRoomNothingIsFetched(t *testing.T) {
	stage := flowtest.New(t)
	disk := &room{}
	stage.Intake.Room = disk
	for _, id := range []string{"m1", "m2"} {
		stage.Box.Deliver(stage.Mails.Add(flowtest.From(id)), stage.Clock)
	}
	stage.Intake.Arrived = func() { disk.full = true } // Between the first message and the second.
	if taken, err := stage.Intake.Pass(t.Context()); taken != 1 || !errors.Is(err, workflow.ErrSpace) {
		t.Errorf("took in %d messages, %v", taken, err)
	}
	if taken, err := stage.Intake.Pass(t.Context()); taken != 0 || !errors.Is(err, workflow.ErrSpace) {
		t.Errorf("without room it took in %d messages, %v", taken, err)
	}
	disk.full = false
	if taken, err := stage.Intake.Pass(t.Context()); taken != 1 || err != nil {
		t.Errorf("then it took in %d messages, %v", taken, err)
	}
}

// TestFilingNeedsNoRoom judges nothing, and still moves what was judged before.
func TestFilingNeedsNoRoom(t *testing.T) {
	stage := flowtest.New(t)
	stage.Box.FailFile = errors.New("not now")
	stage.Receive(flowtest.From("m1"))
	stage.Box.FailFile = nil
	stage.Box.Deliver(stage.Mails.Add(flowtest.From("m2")), stage.Clock)
	if _, err := stage.Intake.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	stage.Judge.Room = &room{full: true}
	stage.Clock = stage.Clock.Add(time.Hour)
	if _, err := stage.Judge.Pass(t.Context()); !errors.Is(err, workflow.ErrSpace) {
		t.Errorf("Pass = %v", err)
	}
	if len(stage.Box.Filed) != 1 || stage.Box.Filed[1] == "" {
		t.Errorf("filed: %v", stage.Box.Filed)
	}
}

// TestAFullDiskIsNoFaultOfTheMessage runs out of room within each judgement, more often than a message is tried.
func TestAFullDiskIsNoFaultOfTheMessage(t *testing.T) {
	for name, fill := range map[string]func(*flowtest.Stage){
		"taking it apart": func(s *flowtest.Stage) { s.Mails.Fail = workflow.ErrSpace },
		"the answer":      func(s *flowtest.Stage) { s.Judge.Clerk.Composer = fullComposer{} },
	} {
		t.Run(name, func(t *testing.T) {
			stage := flowtest.New(t)
			contract := stage.Send("N-1")
			raw := stage.Mails.Add(flowtest.From("m1"), stage.Sealed(contract)+" passed")
			stage.Box.Deliver(raw, stage.Clock)
			if _, err := stage.Intake.Pass(t.Context()); err != nil {
				t.Fatal(err)
			}
			composer := stage.Judge.Clerk.Composer
			fill(stage)
			for range 20 {
				if _, err := stage.Judge.Pass(t.Context()); !errors.Is(err, workflow.ErrSpace) {
					t.Fatalf("Pass = %v", err)
				}
				stage.Clock = stage.Clock.Add(time.Minute)
			}
			stage.Mails.Fail, stage.Judge.Clerk.Composer = nil, composer
			if _, err := stage.Judge.Pass(t.Context()); err != nil {
				t.Fatal(err)
			}
			stage.Contract("N-1", workflow.StateArchived)
		})
	}
}

// fullComposer has no room for the letter.
type fullComposer struct{ flowtest.Composer }

// Compose implements post.Composer.
func (fullComposer) Compose(context.Context, workflow.Notice) (workflow.Letter, workflow.Document, io.Closer, error) {
	return workflow.Letter{}, workflow.Document{}, nil, workflow.ErrSpace
}
