package outbound_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"contractd/workflow"
	"contractd/workflow/decide"
	"contractd/workflow/flowtest"
)

// states returns the states of a contract's deliveries, by channel.
func states(stage *flowtest.Stage, contract workflow.Contract) map[workflow.Channel]workflow.DeliveryState {
	stage.Helper()
	deliveries, err := stage.Ledger.Deliveries(stage.Context(), workflow.DeliveryFilter{Contract: contract.ID})
	if err != nil {
		stage.Fatal(err)
	}
	found := map[workflow.Channel]workflow.DeliveryState{}
	for _, delivery := range deliveries {
		found[delivery.Channel] = delivery.State
	}
	return found
}

// told reports whether the journal tells of an act.
func told(stage *flowtest.Stage, act workflow.Action) bool {
	stage.Helper()
	deliveries, err := stage.Ledger.Deliveries(stage.Context(), workflow.DeliveryFilter{})
	if err != nil {
		stage.Fatal(err)
	}
	subjects := []string{"store"}
	for _, delivery := range deliveries {
		subjects = append(subjects, "delivery/"+string(delivery.ID))
	}
	for _, subject := range subjects {
		history, err := stage.Ledger.History(stage.Context(), subject)
		if err != nil {
			stage.Fatal(err)
		}
		if slices.ContainsFunc(history, func(entry workflow.Entry) bool { return entry.Action == act }) {
			return true
		}
	}
	return false
}

func TestObserveMailsNothingAndLiveMailsNothingByItself(t *testing.T) {
	stage := flowtest.New(t)
	stage.Switch(workflow.ModeObserve, "")
	if _, err := stage.Issue(flowtest.Order("N-1")); err != nil {
		t.Fatal(err)
	}
	stage.Dispatch()
	contract := stage.Contract("N-1", workflow.StateSealed)
	for channel, state := range states(stage, contract) {
		if state != workflow.DeliveryHeld {
			t.Errorf("%s is %s", channel, state)
		}
	}
	if len(stage.Post.Taken)+len(stage.Sent.Copies) != 0 || !told(stage, workflow.ActObserved) {
		t.Errorf("mailed %q, copied %q", stage.Post.Taken, stage.Sent.Copies)
	}
	if _, err := stage.Desk.Release(t.Context(), flowtest.Anna, "N-1"); !errors.Is(err, workflow.ErrPolicy) {
		t.Errorf("release while observing: %v", err)
	}
	if _, err := stage.Stopper.Lift(t.Context(), flowtest.Anna, decide.Lift{}); !errors.Is(err, workflow.ErrPolicy) {
		t.Errorf("release of everything while observing: %v", err)
	}
	stage.Switch(workflow.ModeLive, "")
	stage.Dispatch()
	if len(stage.Post.Taken) != 0 {
		t.Fatalf("going live mailed %q", stage.Post.Taken)
	}
	if outlook := stage.Lift(); outlook.Held || len(outlook.Letters) != 3 || outlook.Letters[0].Contract != "N-1" {
		t.Errorf("shown: %+v", outlook)
	}
	stage.Dispatch()
	stage.Contract("N-1", workflow.StateSent)
	if len(stage.Post.Taken) != 2 || len(stage.Sent.Copies) != 1 {
		t.Errorf("mailed %q, copied %q", stage.Post.Taken, stage.Sent.Copies)
	}
}

func TestWhatWasQueuedBeforeObservingStays(t *testing.T) {
	stage := flowtest.New(t)
	stage.Post.Fail = map[string]error{"hetong@huaxin.example": workflow.ErrTemporary}
	if _, err := stage.Issue(flowtest.Order("N-1")); err != nil {
		t.Fatal(err)
	}
	stage.Dispatch()
	stage.Post.Fail = nil
	stage.Switch(workflow.ModeObserve, "")
	stage.Clock = stage.Clock.AddDate(0, 0, 1)
	taken := len(stage.Post.Taken)
	stage.Dispatch()
	contract := stage.Contract("N-1", workflow.StateSealed)
	if state := states(stage, contract)[workflow.ChannelTo]; state != workflow.DeliveryHeld || len(stage.Post.Taken) != taken {
		t.Errorf("the delivery is %s, taken %q", state, stage.Post.Taken)
	}
	outlook, err := stage.Stopper.Look(t.Context(), flowtest.Anna)
	if err != nil || len(outlook.Letters) != 1 || !outlook.Letters[0].Maybe {
		t.Errorf("an attempted letter is not told as such: %+v, %v", outlook.Letters, err)
	}
	stage.Switch(workflow.ModeLive, "")
	if _, err := stage.Desk.Release(t.Context(), flowtest.Anna, "N-1"); err != nil {
		t.Fatal(err)
	}
	stage.Dispatch()
	stage.Contract("N-1", workflow.StateSent)
}

func TestRedirectMailsOneAddressOnly(t *testing.T) {
	const probe = "probe@company.example"
	stage := flowtest.New(t)
	stage.Switch(workflow.ModeRedirect, probe)
	stage.Post.Fail = map[string]error{probe: workflow.ErrTemporary}
	if _, err := stage.Issue(flowtest.Order("N-1")); err != nil {
		t.Fatal(err)
	}
	stage.Dispatch()
	// What was written in a rehearsal does not reach the supplier when the mode changes.
	stage.Switch(workflow.ModeLive, "")
	stage.Post.Fail = nil
	stage.Clock = stage.Clock.AddDate(0, 0, 1)
	stage.Dispatch()
	contract := stage.Contract("N-1", workflow.StateSent)
	if len(stage.Post.Taken) != 2 || len(stage.Sent.Copies) != 0 {
		t.Fatalf("taken %q, copies %q", stage.Post.Taken, stage.Sent.Copies)
	}
	for _, taken := range stage.Post.Taken {
		if !strings.HasPrefix(taken, probe+": ") {
			t.Errorf("mailed %q", taken)
		}
	}
	deliveries, err := stage.Ledger.Deliveries(t.Context(), workflow.DeliveryFilter{Contract: contract.ID})
	if err != nil {
		t.Fatal(err)
	}
	for _, delivery := range deliveries {
		if delivery.Channel != workflow.ChannelSent && (delivery.Recipient == probe || !strings.Contains(delivery.Answer, "redirected to "+probe)) {
			t.Errorf("%s to %q: %q", delivery.Channel, delivery.Recipient, delivery.Answer)
		}
	}
	if state := states(stage, contract)[workflow.ChannelSent]; state != workflow.DeliveryCancelled {
		t.Errorf("the copy is %s", state)
	}
	if stage.Send("N-2"); len(stage.Sent.Copies) != 1 || strings.HasPrefix(stage.Post.Taken[2], probe) {
		t.Errorf("live again: %q", stage.Post.Taken)
	}
}

func TestAHeldStoreMailsNothingUntilItIsReleased(t *testing.T) {
	stage := flowtest.New(t)
	if _, err := stage.Issue(flowtest.Order("N-1")); err != nil {
		t.Fatal(err)
	}
	stage.Post.Fail = map[string]error{"cw@huaxin.example": workflow.ErrAmbiguous}
	stage.Dispatch()
	stage.Clock = stage.Clock.Add(time.Second) // Oldest first.
	if _, err := stage.Issue(flowtest.Order("N-2")); err != nil {
		t.Fatal(err)
	}
	held := flowtest.Order("N-3")
	held.Hold = true
	if _, err := stage.Issue(held); err != nil {
		t.Fatal(err)
	}
	stage.Stop("restored")
	stage.Post.Fail = nil
	stage.Clock = stage.Clock.AddDate(0, 0, 1)
	taken := len(stage.Post.Taken)
	stage.Dispatch()
	if len(stage.Post.Taken) != taken {
		t.Fatalf("a held store mailed %q", stage.Post.Taken[taken:])
	}
	outlook, err := stage.Stopper.Look(t.Context(), flowtest.Anna)
	if err != nil || len(outlook.Letters) != 4 || !outlook.Letters[0].Maybe || outlook.Letters[1].Maybe {
		t.Fatalf("shown: %+v, %v", outlook.Letters, err)
	}
	if !slices.Equal(outlook.Compare, []string{"N-1", "N-2"}) {
		t.Errorf("to compare: %q", outlook.Compare)
	}
	checkLiftIsRefused(stage, outlook)
	stage.Lift("N-1")
	stage.Dispatch()
	stage.Contract("N-2", workflow.StateSent)
	stage.Contract("N-3", workflow.StateSealed)
	if mailed := strings.Join(stage.Post.Taken[taken:], "\n"); strings.Contains(mailed, "cw@huaxin.example: contract <"+string(outlook.Letters[0].Delivery[:8])) || len(stage.Post.Taken) != taken+2 {
		t.Errorf("mailed %q", stage.Post.Taken[taken:])
	}
	if !told(stage, workflow.ActHeld) || !told(stage, workflow.ActLifted) {
		t.Error("the journal does not tell of the hold and its end")
	}
	if _, err := stage.Desk.Release(t.Context(), flowtest.Anna, "N-1"); err != nil { // What was excepted.
		t.Fatal(err)
	}
	stage.Dispatch()
	if len(stage.Post.Taken) != taken+3 {
		t.Errorf("mailed %q", stage.Post.Taken[taken:])
	}
}

// checkLiftIsRefused tries to release what was not seen, what is not there, and without the right.
func checkLiftIsRefused(stage *flowtest.Stage, outlook decide.Outlook) {
	stage.Helper()
	for want, one := range map[error]struct {
		actor workflow.Actor
		lift  decide.Lift
	}{
		workflow.ErrConflict: {flowtest.Anna, decide.Lift{Seen: workflow.HashOf(nil)}},
		workflow.ErrNotFound: {flowtest.Anna, decide.Lift{Seen: outlook.Seen, Except: []string{"N-9"}}},
		workflow.ErrRight:    {workflow.Actor{Name: "bo", Rights: []workflow.Right{workflow.RightSend, workflow.RightDecide}}, decide.Lift{Seen: outlook.Seen}},
	} {
		if _, err := stage.Stopper.Lift(stage.Context(), one.actor, one.lift); !errors.Is(err, want) {
			stage.Errorf("got %v, want %v", err, want)
		}
	}
	scoped := flowtest.Anna
	scoped.Suppliers = []workflow.SupplierID{"other"}
	if _, err := stage.Stopper.Lift(stage.Context(), scoped, decide.Lift{Seen: outlook.Seen}); !errors.Is(err, workflow.ErrRight) {
		stage.Errorf("somebody whose scope is one supplier: %v", err)
	}
}
