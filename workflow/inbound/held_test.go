package inbound_test

import (
	"testing"
	"time"

	"contractd/workflow"
	"contractd/workflow/flowtest"
)

// waiting returns how many letters of a contract are held, and how many are not.
func waiting(stage *flowtest.Stage, contract workflow.Contract) (held, others int) {
	stage.Helper()
	deliveries, err := stage.Ledger.Deliveries(stage.Context(), workflow.DeliveryFilter{Contract: contract.ID})
	if err != nil {
		stage.Fatal(err)
	}
	for _, delivery := range deliveries {
		if delivery.State == workflow.DeliveryHeld {
			held++
		} else {
			others++
		}
	}
	return held, others
}

func TestObserveJudgesAndMovesNothingEver(t *testing.T) {
	stage := flowtest.New(t)
	contract := stage.Send("N-1")
	taken := len(stage.Post.Taken)
	stage.Switch(workflow.ModeObserve, "")
	receipt := stage.Receive(flowtest.From("a"), stage.Sealed(contract)+"\npassed")
	if receipt.Outcome != workflow.Archived || len(stage.Box.Filed) != 0 {
		t.Errorf("%s, filed %v", receipt.Outcome, stage.Box.Filed)
	}
	stage.Contract("N-1", workflow.StateArchived)
	if held, _ := waiting(stage, contract); held != 1 {
		t.Errorf("%d letters are held", held)
	}
	stage.Switch(workflow.ModeLive, "")
	stage.Clock = stage.Clock.Add(24 * time.Hour)
	if _, err := stage.Judge.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	stage.Dispatch()
	if len(stage.Box.Filed) != 0 || len(stage.Post.Taken) != taken {
		t.Errorf("going live filed %v and mailed %q", stage.Box.Filed, stage.Post.Taken[taken:])
	}
}

func TestAHeldStoreFilesNothingUntilItIsReleased(t *testing.T) {
	stage := flowtest.New(t)
	contract := stage.Send("N-1")
	stage.Clock = stage.Clock.Add(time.Hour)
	stage.Stop("restored")
	stage.Clock = stage.Clock.Add(time.Hour)
	stage.Receive(flowtest.From("a"), stage.Sealed(contract)+"\npassed")
	stage.Contract("N-1", workflow.StateArchived)
	for range 3 {
		stage.Clock = stage.Clock.Add(time.Hour)
		if _, err := stage.Judge.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(stage.Box.Filed) != 0 {
		t.Fatalf("filed %v", stage.Box.Filed)
	}
	stage.Lift()
	stage.Clock = stage.Clock.Add(time.Hour)
	if _, err := stage.Judge.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if stage.Box.Filed[1] != workflow.ShelfArchived {
		t.Errorf("filed %v", stage.Box.Filed)
	}
}

// A store that was restored believes a contract to be unsent; a return that came before the restoring proves otherwise.
func TestARestoredStoreTakesAReturnOfWhatItDidNotSend(t *testing.T) {
	stage := flowtest.New(t)
	contract, err := stage.Issue(flowtest.Order("N-1"))
	if err != nil {
		t.Fatal(err)
	}
	came := stage.Clock.Add(time.Hour)
	stage.Clock = stage.Clock.Add(2 * time.Hour)
	stage.Stop("restored")
	now := stage.Clock
	stage.Clock = came
	receipt := stage.Receive(flowtest.From("a"), stage.Sealed(contract)+"\npassed")
	stage.Clock = now
	if receipt.Outcome != workflow.Archived {
		t.Fatalf("outcome %s", receipt.Outcome)
	}
	stage.Contract("N-1", workflow.StateArchived)
	if held, _ := waiting(stage, contract); held != 1 {
		t.Errorf("%d letters are held, want the confirmation", held)
	}
	stage.Lift()
	stage.Dispatch()
	for _, taken := range stage.Post.Taken {
		if taken[:4] == "heto" && taken[len("hetong@huaxin.example: "):][:8] == "contract" {
			t.Errorf("an archived contract was mailed again: %q", taken)
		}
	}
	stage.Clock = stage.Clock.Add(time.Hour)
	other, err := stage.Issue(flowtest.Order("N-2"))
	if err != nil {
		t.Fatal(err)
	}
	if late := stage.Receive(flowtest.From("b"), stage.Sealed(other)+"\npassed"); late.Outcome != workflow.Alarm {
		t.Errorf("a return of what was never sent is %s", late.Outcome)
	}
}

func TestLettersAboutMailOlderThanTheStoreWait(t *testing.T) {
	stage := flowtest.New(t)
	contract := stage.Send("N-1")
	stage.Judge.Began = stage.Clock.Add(2 * time.Hour)
	stage.Receive(flowtest.From("a"), stage.Sealed(contract)+"\nindeterminate")
	if held, _ := waiting(stage, contract); held != 2 {
		t.Errorf("%d letters are held, want those to supplier and manager", held)
	}
	stage.Clock = stage.Judge.Began
	stage.Receive(flowtest.From("b"), stage.Sealed(contract)+"\nindeterminate")
	if held, others := waiting(stage, contract); held != 2 || others != 5 {
		t.Errorf("%d letters are held, %d not", held, others)
	}
}

func TestNoticesOfUnfetchedOldMailWait(t *testing.T) {
	stage := flowtest.New(t)
	stage.Intake.Began, stage.Box.TooLarge = stage.Clock, true
	stage.Box.Deliver("old", stage.Clock.AddDate(0, -1, 0))
	stage.Box.Deliver("new", stage.Clock)
	if _, err := stage.Intake.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	for state, want := range map[workflow.DeliveryState]int{workflow.DeliveryHeld: 1, workflow.DeliveryQueued: 1} {
		found, err := stage.Ledger.Deliveries(t.Context(), workflow.DeliveryFilter{States: []workflow.DeliveryState{state}})
		if err != nil || len(found) != want {
			t.Errorf("%d notices are %s, %v", len(found), state, err)
		}
	}
}

// What another daemon filed since the backup is found where it was filed; what is known stays as it is.
func TestFiledMailIsReadAgain(t *testing.T) {
	stage := flowtest.New(t)
	known, lost := stage.Send("N-1"), stage.Send("N-2")
	stage.Receive(flowtest.From("a"), stage.Sealed(known)+"\npassed")
	again := *stage.Intake
	filed := &flowtest.Mailbox{Validity: 7}
	filed.Deliver(stage.Box.Messages[0].Raw, stage.Clock)
	filed.Deliver(stage.Mails.Add(flowtest.From("b"), stage.Sealed(lost)+"\npassed"), stage.Clock)
	again.Mailbox, again.Again = filed, true
	if taken, err := again.Pass(t.Context()); err != nil || taken != 2 {
		t.Fatalf("took %d, %v", taken, err)
	}
	if _, err := stage.Judge.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	stage.Contract("N-2", workflow.StateArchived)
	arrivals, err := stage.Ledger.Arrivals(t.Context(), nil)
	if err != nil || len(arrivals) != 2 {
		t.Fatalf("%d arrivals, %v", len(arrivals), err)
	}
	for _, arrival := range arrivals {
		if len(arrival.Places) != 1 || arrival.State != workflow.ArrivalFiled {
			t.Errorf("arrival %+v", arrival)
		}
	}
}
