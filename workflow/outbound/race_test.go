package outbound_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"contractd/workflow"
	"contractd/workflow/flowtest"
)

const (
	first  = "hetong@huaxin.example"
	second = "ban@huaxin.example"
)

// withTwo is a stage whose supplier has two main recipients.
func withTwo(t *testing.T) *flowtest.Stage {
	t.Helper()
	stage := flowtest.New(t)
	supplier, err := stage.Ledger.Supplier(t.Context(), flowtest.Supplier)
	if err != nil {
		t.Fatal(err)
	}
	supplier.Addresses = []string{first, second}
	stage.Apply(workflow.Change{Suppliers: []workflow.Supplier{supplier}})
	return stage
}

// issue takes contracts as far as the letter.
func issue(stage *flowtest.Stage, numbers ...string) {
	stage.Helper()
	for _, number := range numbers {
		if _, err := stage.Issue(flowtest.Order(number)); err != nil {
			stage.Fatal(err)
		}
	}
}

// delivered returns the states of a contract letter's deliveries by recipient; our own copy is "".
func delivered(stage *flowtest.Stage, number string) map[string]workflow.DeliveryState {
	stage.Helper()
	contract, err := stage.Ledger.ContractByNumber(stage.Context(), number)
	if err != nil {
		stage.Fatal(err)
	}
	all, err := stage.Ledger.Deliveries(stage.Context(), workflow.DeliveryFilter{Letter: contract.Letter})
	if err != nil {
		stage.Fatal(err)
	}
	states := map[string]workflow.DeliveryState{}
	for _, one := range all {
		states[one.Recipient] = one.State
	}
	return states
}

// takenBy counts what a recipient's server took.
func takenBy(stage *flowtest.Stage, recipient string) int {
	n := 0
	for _, taken := range stage.Post.Taken {
		if strings.HasPrefix(taken, recipient+": ") {
			n++
		}
	}
	return n
}

func TestSentMeansThatEveryMainRecipientWasAccepted(t *testing.T) {
	stage := withTwo(t)
	issue(stage, "N-1")
	stage.Post.Fail = map[string]error{second: workflow.ErrTemporary}
	stage.Dispatch()
	stage.Contract("N-1", workflow.StateSealed)
	stage.Post.Fail = nil
	stage.Clock = stage.Clock.Add(2 * time.Minute)
	stage.Dispatch()
	stage.Contract("N-1", workflow.StateSent)
	if takenBy(stage, first) != 1 || takenBy(stage, second) != 1 {
		t.Errorf("taken %q: who was accepted gets nothing again", stage.Post.Taken)
	}
}

func TestOneRefusedRecipientOfTwo(t *testing.T) {
	for name, refused := range map[string]string{"the first": first, "the second": second} {
		t.Run(name, func(t *testing.T) {
			stage := withTwo(t)
			issue(stage, "N-1")
			stage.Post.Fail = map[string]error{refused: workflow.ErrFinal}
			stage.Dispatch()
			stage.Contract("N-1", workflow.StateUndeliverable)
			states := delivered(stage, "N-1")
			if states[refused] != workflow.DeliveryFailed || takenBy(stage, first)+takenBy(stage, second) != 1 {
				t.Errorf("deliveries %v: the other recipient gets the letter nevertheless", states)
			}
		})
	}
}

func TestSilenceAfterTheFinalDotSendsTheSameBytesAgain(t *testing.T) {
	stage := flowtest.New(t)
	issue(stage, "N-1")
	var seen []string // What the server may have taken before it fell silent.
	stage.Post.During = func() { seen = append(seen, stage.Clock.String()) }
	stage.Post.Fail = map[string]error{first: workflow.ErrAmbiguous}
	for range 3 {
		stage.Dispatch()
		stage.Clock = stage.Clock.Add(10 * time.Minute)
	}
	if states := delivered(stage, "N-1"); states[first] != workflow.DeliveryQueued || len(seen) < 3 {
		t.Fatalf("deliveries %v after %d attempts", states, len(seen))
	}
	stage.Post.Fail = nil
	stage.Clock = stage.Clock.Add(4 * time.Hour)
	stage.Dispatch()
	contract := stage.Contract("N-1", workflow.StateSent)
	letter, err := stage.Ledger.Letter(t.Context(), contract.Letter)
	if err != nil {
		t.Fatal(err)
	}
	raw, closer, err := stage.Ledger.Document(t.Context(), letter.Raw)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	stored := make([]byte, raw.Size)
	if _, err := raw.ReadAt(stored, 0); err != nil {
		t.Fatal(err)
	}
	if got := stage.Post.Taken[len(stage.Post.Taken)-1]; got != first+": "+string(stored) {
		t.Errorf("sent again: %q, stored %q", got, stored)
	}
}

func TestOurCopyIsADeliveryOfItsOwn(t *testing.T) {
	stage := flowtest.New(t)
	stage.Sent.Fail = errors.New("folder is full")
	contract := stage.Send("N-1") // It keeps nobody from being told that the contract was sent.
	if states := delivered(stage, "N-1"); states[""] != workflow.DeliveryQueued {
		t.Fatalf("deliveries %v", states)
	}
	stage.Sent.Fail = nil
	stage.Clock = stage.Clock.Add(2 * time.Minute)
	stage.Dispatch()
	letter, err := stage.Ledger.Letter(t.Context(), contract.Letter)
	if err != nil || !slices.Equal(stage.Sent.Copies, []string{letter.MessageID}) {
		t.Errorf("copies %v, %v", stage.Sent.Copies, err)
	}
	if takenBy(stage, first) != 1 {
		t.Errorf("the letter left again for its copy: %q", stage.Post.Taken)
	}
}

// Two letters are due in one pass; while the first is on its way, a person takes the second contract back.
func TestWhatIsTakenBackWhileAnotherLetterLeaves(t *testing.T) {
	for name, act := range map[string]struct {
		do    func(*flowtest.Stage) error
		state workflow.State
	}{
		"unseal": {func(s *flowtest.Stage) error {
			_, err := s.Desk.Unseal(s.Context(), flowtest.Anna, "N-2")
			return err
		}, workflow.StateDraft},
		"withdraw": {func(s *flowtest.Stage) error {
			_, err := s.Desk.Withdraw(s.Context(), flowtest.Anna, "N-2", "wrong price")
			return err
		}, workflow.StateWithdrawn},
	} {
		t.Run(name, func(t *testing.T) {
			stage := flowtest.New(t)
			issue(stage, "N-1")
			stage.Clock = stage.Clock.Add(time.Second)
			issue(stage, "N-2")
			done := false
			stage.Post.During = func() {
				if !done {
					done = true
					if err := act.do(stage); err != nil {
						t.Error(err)
					}
				}
			}
			stage.Dispatch()
			stage.Contract("N-1", workflow.StateSent)
			stage.Contract("N-2", act.state)
			stage.Clock = stage.Clock.Add(time.Hour)
			stage.Dispatch()
			if len(stage.Post.Taken) != 2 || len(stage.Sent.Copies) != 1 { // To the recipient and the copy recipient of N-1.
				t.Errorf("taken %q, copies %q: nothing of N-2 may leave", stage.Post.Taken, stage.Sent.Copies)
			}
		})
	}
}

func TestAWithdrawalDuringAnAcceptedSend(t *testing.T) {
	stage := flowtest.New(t)
	issue(stage, "N-1")
	done := false
	stage.Post.During = func() {
		if !done {
			done = true
			if _, err := stage.Desk.Withdraw(t.Context(), flowtest.Anna, "N-1", "wrong price"); err != nil {
				t.Error(err)
			}
		}
	}
	for range 3 {
		stage.Dispatch()
		stage.Clock = stage.Clock.Add(time.Hour)
	}
	contract := stage.Contract("N-1", workflow.StateWithdrawn)
	if !slices.Contains(stage.Letters(contract), workflow.LetterWithdrawn) || takenBy(stage, first) != 2 {
		t.Errorf("letters %v, taken %q: who has the contract is told that it is withdrawn", stage.Letters(contract), stage.Post.Taken)
	}
	if last := stage.Post.Taken[len(stage.Post.Taken)-1]; !strings.Contains(last, string(workflow.LetterWithdrawn)) {
		t.Errorf("the last letter is %q", last)
	}
	if states := delivered(stage, "N-1"); states[first] != workflow.DeliveryAccepted {
		t.Errorf("deliveries %v: what was accepted stays on record", states)
	}
}

// Of what somebody got we keep a copy, also when the contract was taken back before the folder took it.
func TestOurCopyOfAWithdrawnContract(t *testing.T) {
	for name, test := range map[string]struct {
		failure error
		copies  int
	}{"that left": {nil, 1}, "that was never accepted": {workflow.ErrTemporary, 0}} {
		t.Run(name, func(t *testing.T) {
			stage := flowtest.New(t)
			issue(stage, "N-1")
			stage.Sent.Fail = errors.New("folder is full")
			if test.failure != nil {
				stage.Post.Fail = map[string]error{first: test.failure, "cw@huaxin.example": test.failure}
			}
			stage.Dispatch()
			if _, err := stage.Desk.Withdraw(t.Context(), flowtest.Anna, "N-1", "wrong price"); err != nil {
				t.Fatal(err)
			}
			stage.Sent.Fail, stage.Post.Fail = nil, nil
			for range 3 {
				stage.Clock = stage.Clock.Add(time.Hour)
				stage.Dispatch()
			}
			if len(stage.Sent.Copies) != test.copies {
				t.Errorf("copies %q, want %d; deliveries %v", stage.Sent.Copies, test.copies, delivered(stage, "N-1"))
			}
			if state := delivered(stage, "N-1")[""]; state == workflow.DeliveryQueued {
				t.Errorf("the copy is %s for ever", state)
			}
		})
	}
}

// A daemon that died within an attempt leaves a claimed delivery. Nobody can say whether the letter left, so it is no
// longer undone, the supplier is told of a withdrawal, and the contract itself does not leave afterwards.
func TestAWithdrawalAfterACrashWithinAnAttempt(t *testing.T) {
	stage := flowtest.New(t)
	issue(stage, "N-1")
	claimed, err := stage.Ledger.Deliveries(t.Context(), workflow.DeliveryFilter{Due: stage.Clock})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range claimed {
		if one.Recipient == first {
			one.State, one.Attempts, one.First = workflow.DeliveryClaimed, 1, stage.Clock
			stage.Apply(workflow.Change{Deliveries: []workflow.Delivery{one}})
		}
	}
	if _, err := stage.Desk.Unseal(t.Context(), flowtest.Anna, "N-1"); !errors.Is(err, workflow.ErrState) {
		t.Errorf("unsealed although it may have left: %v", err)
	}
	if _, err := stage.Desk.Withdraw(t.Context(), flowtest.Anna, "N-1", "wrong price"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		stage.Dispatch()
		stage.Clock = stage.Clock.Add(time.Hour)
	}
	if states := delivered(stage, "N-1"); states[first] != workflow.DeliveryCancelled {
		t.Errorf("deliveries %v", states)
	}
	if len(stage.Post.Taken) != 1 || !strings.Contains(stage.Post.Taken[0], string(workflow.LetterWithdrawn)) {
		t.Errorf("taken %q, want the withdrawal alone", stage.Post.Taken)
	}
}

func TestARefusalOfACopyLeavesTheContractSent(t *testing.T) {
	stage := flowtest.New(t)
	stage.Post.Fail = map[string]error{"cw@huaxin.example": workflow.ErrFinal}
	stage.Send("N-1")
	if states := delivered(stage, "N-1"); states["cw@huaxin.example"] != workflow.DeliveryFailed || states[first] != workflow.DeliveryAccepted {
		t.Errorf("deliveries %v", states)
	}
}
