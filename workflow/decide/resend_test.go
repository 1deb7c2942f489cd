package decide_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"contractd/workflow"
	"contractd/workflow/flowtest"
)

const (
	first  = "hetong@huaxin.example"
	second = "zhang@huaxin.example"
	copied = "cw@huaxin.example"
)

// addressed registers other addresses for the supplier.
func addressed(s *flowtest.Stage, addresses ...string) {
	s.Helper()
	supplier, err := s.Ledger.Supplier(s.Context(), flowtest.Supplier)
	if err != nil {
		s.Fatal(err)
	}
	supplier.Addresses = addresses
	s.Apply(workflow.Change{Suppliers: []workflow.Supplier{supplier}})
}

// refused returns a stage with an undeliverable contract N-1: these recipients do not exist.
func refused(t *testing.T, recipients ...string) *flowtest.Stage {
	stage := flowtest.New(t)
	addressed(stage, first, second)
	stage.Post.Fail = map[string]error{}
	for _, recipient := range recipients {
		stage.Post.Fail[recipient] = fmt.Errorf("550 no such user: %w", workflow.ErrFinal)
	}
	if _, err := stage.Issue(flowtest.Order("N-1")); err != nil {
		t.Fatal(err)
	}
	stage.Dispatch()
	stage.Contract("N-1", workflow.StateUndeliverable)
	stage.Dispatch() // The notice to the managers.
	stage.Post.Fail = nil
	return stage
}

// resend mails N-1 again and dispatches; it returns what was taken.
func resend(s *flowtest.Stage, to ...string) []string {
	s.Helper()
	before := len(s.Post.Taken)
	if _, err := s.Desk.Resend(s.Context(), flowtest.Anna, "N-1", to); err != nil {
		s.Fatal(err)
	}
	s.Dispatch()
	return s.Post.Taken[before:]
}

// messageID returns the one of a taken letter.
func messageID(taken string) string {
	_, rest, _ := strings.Cut(taken, "<")
	id, _, _ := strings.Cut(rest, ">")
	return id
}

func TestResendMailsTheSameLetter(t *testing.T) {
	for name, test := range map[string]struct {
		failed []string
		to     []string
	}{
		"both failed":             {[]string{first, second}, nil},
		"one of two failed":       {[]string{second}, nil},
		"to the one that failed":  {[]string{second}, []string{second}},
		"to one in another case":  {[]string{second}, []string{"Zhang@huaxin.example"}},
		"the copy's address only": {[]string{second}, []string{copied}},
	} {
		t.Run(name, func(t *testing.T) {
			stage := refused(t, test.failed...)
			letter, err := stage.Ledger.Letter(t.Context(), stage.Contract("N-1", workflow.StateUndeliverable).Letter)
			if err != nil {
				t.Fatal(err)
			}
			taken := resend(stage, test.to...)
			contract := stage.Contract("N-1", workflow.StateSent)
			if contract.Letter != letter.ID || contract.SentAt.IsZero() || len(stage.Letters(contract)) != 2 { // With the notice to the managers.
				t.Errorf("letter %s, want %s; letters %v", contract.Letter, letter.ID, stage.Letters(contract))
			}
			want := max(1, len(test.to)+2*(1-min(1, len(test.to))))
			if len(taken) != want {
				t.Errorf("taken %q, want %d", taken, want)
			}
			for _, one := range taken {
				if messageID(one) != letter.MessageID {
					t.Errorf("another letter left: %q", one)
				}
			}
		})
	}
}

func TestResendWaitsForEveryRecipientOfItsRound(t *testing.T) {
	stage := refused(t, first, second)
	stage.Post.Fail = map[string]error{second: workflow.ErrTemporary}
	resend(stage)
	stage.Contract("N-1", workflow.StateUndeliverable)
	stage.Post.Fail = nil
	stage.Clock = stage.Clock.Add(time.Hour)
	stage.Dispatch()
	stage.Contract("N-1", workflow.StateSent)
}

func TestResendThatFailsAgainStaysUndeliverable(t *testing.T) {
	stage := refused(t, first)
	stage.Post.Fail = map[string]error{first: workflow.ErrFinal}
	resend(stage)
	stage.Contract("N-1", workflow.StateUndeliverable)
	stage.Post.Fail = nil
	resend(stage, second) // Who got it before.
	stage.Contract("N-1", workflow.StateSent)
}

func TestASentContractCanBeMailedAgain(t *testing.T) {
	stage := flowtest.New(t)
	sent := stage.Send("N-1")
	stage.Clock = stage.Clock.Add(time.Hour)
	if taken := resend(stage); len(taken) != 1 || len(stage.Sent.Copies) != 1 {
		t.Errorf("taken %q, copies %q", taken, stage.Sent.Copies)
	}
	if contract := stage.Contract("N-1", workflow.StateSent); !contract.SentAt.Equal(sent.SentAt) {
		t.Error("the first mailing is forgotten")
	}
	stage.Post.Fail = map[string]error{first: workflow.ErrFinal}
	resend(stage)
	stage.Contract("N-1", workflow.StateUndeliverable)
}

func TestResendWritesAnewWhatWouldSayWrongThings(t *testing.T) {
	for name, prepare := range map[string]func(*flowtest.Stage) []string{
		"another address":  func(s *flowtest.Stage) []string { addressed(s, "neu@huaxin.example"); return nil },
		"a given stranger": func(*flowtest.Stage) []string { return []string{"neu@huaxin.example"} },
		"a later deadline": func(s *flowtest.Stage) []string {
			s.Clock = s.Clock.Add(time.Minute)
			if _, err := s.Desk.Extend(s.Context(), flowtest.Anna, "N-1", s.Clock.AddDate(1, 0, 0), ""); err != nil {
				s.Fatal(err)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			stage := refused(t, first, second)
			old := stage.Contract("N-1", workflow.StateUndeliverable)
			stage.Clock = stage.Clock.Add(time.Minute)
			resend(stage, prepare(stage)...)
			contract := stage.Contract("N-1", workflow.StateSent)
			if contract.Letter == old.Letter || contract.Sealed() != old.Sealed() {
				t.Error("the letter is the old one, or the file another one")
			}
			letter, err := stage.Ledger.Letter(t.Context(), contract.Letter)
			if err != nil {
				t.Fatal(err)
			}
			answer := flowtest.From("m1") // Both letters lead to the contract.
			answer.References = []string{letter.MessageID}
			if receipt := stage.Receive(answer, stage.Sealed(contract)+" passed"); receipt.Outcome != workflow.Archived {
				t.Errorf("the return is %s", receipt.Outcome)
			}
		})
	}
}

// TestALetterThatAnotherReplacedDecidesNothing lets the old letter's last attempt fail after a new letter was accepted.
func TestALetterThatAnotherReplacedDecidesNothing(t *testing.T) {
	stage := flowtest.New(t)
	addressed(stage, first)
	contract := stage.Send("N-1")
	old, err := stage.Ledger.Deliveries(t.Context(), workflow.DeliveryFilter{Letter: contract.Letter})
	if err != nil {
		t.Fatal(err)
	}
	resend(stage, "neu@huaxin.example")
	for _, delivery := range old {
		if delivery.Channel == workflow.ChannelTo { // As if its server had not answered for good before.
			delivery.State, delivery.Next = workflow.DeliveryQueued, stage.Clock
			stage.Apply(workflow.Change{Deliveries: []workflow.Delivery{delivery}})
		}
	}
	stage.Post.Fail = map[string]error{first: workflow.ErrFinal}
	stage.Dispatch()
	stage.Contract("N-1", workflow.StateSent)
}

func TestResendRefuses(t *testing.T) {
	sender := flowtest.Person("s", workflow.RightSend)
	scoped := sender
	scoped.Suppliers = []workflow.SupplierID{"other"}
	pending := func(t *testing.T) *flowtest.Stage {
		stage := refused(t, first, second)
		stage.Post.Fail = map[string]error{second: workflow.ErrTemporary}
		resend(stage)
		return stage
	}
	for name, test := range map[string]struct {
		stage func(*testing.T) *flowtest.Stage
		actor workflow.Actor
		to    []string
		want  error
	}{
		"a contract under review":   {under, flowtest.Anna, nil, workflow.ErrState},
		"while a mail is queued":    {pending, flowtest.Anna, nil, workflow.ErrState},
		"to a stranger as a sender": {func(t *testing.T) *flowtest.Stage { return refused(t, first) }, sender, []string{"x@else.example"}, workflow.ErrRight},
		"as a viewer":               {under, flowtest.Person("v", workflow.RightView), nil, workflow.ErrRight},
		"outside of one's scope":    {func(t *testing.T) *flowtest.Stage { return refused(t, first) }, scoped, nil, workflow.ErrRight},
	} {
		t.Run(name, func(t *testing.T) {
			stage := test.stage(t)
			stage.Dispatch()
			before := len(stage.Post.Taken)
			if _, err := stage.Desk.Resend(t.Context(), test.actor, "N-1", test.to); !errors.Is(err, test.want) || (test.want == workflow.ErrState && workflow.HintOf(err) == "") {
				t.Errorf("%v, hint %q; want %v", err, workflow.HintOf(err), test.want)
			}
			stage.Dispatch()
			if len(stage.Post.Taken) != before {
				t.Errorf("mailed: %q", stage.Post.Taken[before:])
			}
		})
	}
}

func TestResendIsRefusedWhileAMailIsOnItsWay(t *testing.T) {
	stage := refused(t, first, second)
	asked := false
	stage.Post.During = func() {
		_, err := stage.Desk.Resend(t.Context(), flowtest.Anna, "N-1", nil)
		asked = asked || errors.Is(err, workflow.ErrState) && strings.Contains(workflow.HintOf(err), "on its way")
	}
	resend(stage, first)
	if !asked {
		t.Error("a second mailing was begun within the first")
	}
}

func TestResendIsJournalled(t *testing.T) {
	stage := refused(t, first)
	resend(stage)
	contract := stage.Contract("N-1", workflow.StateSent)
	history, err := stage.Ledger.History(t.Context(), "contract/"+string(contract.ID))
	if err != nil || !slices.ContainsFunc(history, func(e workflow.Entry) bool {
		return e.Action == workflow.ActResent && e.Actor == "anna" && e.Details["form"] == "same" && e.Details["recipients"] == first+" "+second
	}) {
		t.Errorf("journal %v, %v", history, err)
	}
}
