package storetest

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"contractd/workflow"
	"contractd/workflow/flowtest"
)

// Who is mailed in every story.
const (
	firstAddress  = "hetong@huaxin.example"
	secondAddress = "falv@huaxin.example"
	copyAddress   = "cw@huaxin.example"
)

// rest is longer than any wait between two attempts of a dispatcher or a judge.
const rest = 7 * time.Hour

// scene is where a story plays: services over a ledger, people, and the book that knows what must come of it.
type scene struct {
	*testing.T
	open    Open
	dir     string
	stage   *flowtest.Stage
	witness *witness
	book    *book
	actor   workflow.Actor
	fault   error // The first thing that was not as it must be.
	stop    *event
	raws    []string
	heads   workflow.Entry // Up to where the journal was read.
	closed  map[workflow.ContractID]workflow.Contract

	releasing, cancelling workflow.ContractID // Whose deliveries the decision under way concerns.
	meanwhile             func()              // Happens within the next send.
}

var people = []workflow.Actor{
	{Name: "anna", Kind: workflow.KindPerson, Rights: []workflow.Right{workflow.RightAdminister}},
	{Name: "bo", Kind: workflow.KindPerson, Rights: []workflow.Right{workflow.RightAdminister}},
}

// play lets a story happen and returns the first thing that was not as it must be.
func play(t *testing.T, open Open, story []event) error {
	dir, err := os.MkdirTemp(t.TempDir(), "story")
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{T: t, open: open, dir: dir, book: newBook(), actor: people[0], closed: map[workflow.ContractID]workflow.Contract{}}
	s.witness = newWitness(s, open(t, dir))
	defer func() { s.witness.Close() }()
	s.stage = flowtest.On(t, s.witness)
	s.hooks()
	s.check("apply", s.witness.Apply(t.Context(), workflow.Change{Suppliers: []workflow.Supplier{{
		ID: flowtest.Supplier, Name: "华信", Language: workflow.Chinese, Addresses: []string{firstAddress, secondAddress}, Copies: []string{copyAddress},
		Required: []workflow.Role{workflow.RoleOrganization},
	}}}))
	for n, e := range story {
		s.happen(e)
		if s.fault != nil {
			return fmt.Errorf("event %d, %s: %w", n+1, e, s.fault)
		}
	}
	return nil
}

// happen plays one event and looks at everything afterwards.
func (s *scene) happen(e event) {
	s.stage.Clock = s.stage.Clock.Add(time.Minute)
	s.actor = people[int(e.slot>>2)%len(people)]
	s.witness.kinds = nil
	if e.act == actStop {
		s.stop = &e
		return
	}
	if s.stop != nil {
		arg := s.stop.arg
		s.witness.left, s.witness.lost = pick(&arg, 5), pick(&arg, 2) == 1
	}
	s.perform(e)
	s.releasing, s.cancelling = "", ""
	if s.stop != nil {
		s.stop = nil
		s.restart()
	}
	s.look()
}

// perform has the services do what the event says.
func (s *scene) perform(e event) {
	switch e.act {
	case actCreate:
		s.create(e)
	case actSeal:
		s.sealOn(e)
	case actRelease:
		s.release(e)
	case actUnseal:
		s.unseal(e)
	case actWithdraw:
		s.withdraw(e)
	case actDispatch:
		s.dispatch(e)
	case actReceive:
		s.receive(e)
	case actAgain:
		s.again(e)
	case actTime:
		s.pass(e)
	case actApprove:
		s.approve(e)
	case actRefuse:
		s.refuse(e)
	case actResend:
		s.resend(e)
	case actExtend:
		s.extend(e)
	case actRevise:
		s.revise(e)
	case actReassign:
		s.reassign(e)
	case actHold:
		s.hold()
	case actLift:
		s.lift()
	case actStale:
		s.staleWrite(e)
	case actForce:
		s.force(e)
	case actRestart:
		s.restart()
	}
}

// restart opens the ledger again and makes all services anew, as a new process does.
func (s *scene) restart() {
	if err := s.witness.Close(); err != nil {
		s.blame("close: %v", err)
	}
	s.witness.Ledger = s.open(s.T, s.dir)
	s.witness.left, s.witness.lost, s.witness.stopped = -1, false, false
	s.stage.Rewire(s.witness)
}

// blame keeps the first fault.
func (s *scene) blame(format string, args ...any) {
	if s.fault == nil {
		s.fault = fmt.Errorf(format, args...)
	}
}

func (s *scene) check(what string, err error) {
	if err != nil {
		s.blame("%s: %v", what, err)
	}
}

// want compares what a service answered with what the book expects; a process that died answers nothing.
func (s *scene) want(what string, err, sentinel error) {
	if s.witness.stopped {
		return
	}
	if sentinel == nil && err != nil || !errors.Is(err, sentinel) {
		s.blame("%s: %v, want: %v", what, err, sentinel)
	}
}
