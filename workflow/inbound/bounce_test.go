package inbound_test

import (
	"strings"
	"testing"

	"contractd/workflow"
	"contractd/workflow/flowtest"
)

// report is a delivery status about a letter of ours.
func report(id, messageID string, returned ...workflow.Returned) workflow.Message {
	return workflow.Message{
		From: []string{"mailer-daemon@relay.example"}, MessageID: id, Automatic: workflow.AutoBounce,
		Bounce: &workflow.Bounce{MessageID: messageID, Returned: returned},
	}
}

func failed(recipient string) workflow.Returned {
	return workflow.Returned{Recipient: recipient, Action: workflow.ReportFailed, Status: "5.1.1", Words: "550 no such user"}
}

func messageIDOf(t *testing.T, stage *flowtest.Stage, contract workflow.Contract) string {
	t.Helper()
	letter, err := stage.Ledger.Letter(t.Context(), contract.Letter)
	if err != nil {
		t.Fatal(err)
	}
	return letter.MessageID
}

func recipientOf(t *testing.T, stage *flowtest.Stage, contract workflow.Contract) workflow.Delivery {
	t.Helper()
	deliveries, err := stage.Ledger.Deliveries(t.Context(), workflow.DeliveryFilter{Letter: contract.Letter})
	if err != nil {
		t.Fatal(err)
	}
	for _, delivery := range deliveries {
		if delivery.Channel == workflow.ChannelTo {
			return delivery
		}
	}
	t.Fatal("no delivery to a main recipient")
	return workflow.Delivery{}
}

// TestBounceMakesUndeliverable takes back what a server had accepted, tells the managers the remote server's words, answers
// nobody, and lets the contract be mailed again.
func TestBounceMakesUndeliverable(t *testing.T) {
	stage := flowtest.New(t)
	contract := stage.Send("NJ-1")
	receipt := stage.Receive(report("b1", messageIDOf(t, stage, contract), failed(recipientOf(t, stage, contract).Recipient)))
	if receipt.Outcome != workflow.Bounced || len(receipt.Replies) > 0 {
		t.Errorf("receipt %+v", receipt)
	}
	contract = stage.Contract("NJ-1", workflow.StateUndeliverable)
	if told, err := stage.Ledger.Receipts(t.Context(), contract.ID); err != nil || len(told) != 1 || told[0].ID != receipt.ID {
		t.Errorf("the contract's story has receipts %+v, %v", told, err)
	}
	if delivery := recipientOf(t, stage, contract); delivery.State != workflow.DeliveryFailed || !strings.Contains(delivery.Answer, "550 no such user") {
		t.Errorf("delivery %+v", delivery)
	}
	told := stage.Words.Last(workflow.LetterNotice, "").Text
	if !strings.Contains(told, "550 no such user") || !strings.Contains(told, "NJ-1") {
		t.Errorf("managers read %q", told)
	}
	if _, err := stage.Desk.Resend(t.Context(), flowtest.Person("李", workflow.RightSend), contract.Number, nil); err != nil {
		t.Fatal(err)
	}
	stage.Dispatch()
	stage.Contract("NJ-1", workflow.StateSent)
	// The same report once more is about a mailing that is over by now, unless it names the new one: addresses do not tell.
	stage.Receive(report("b2", messageIDOf(t, stage, contract), workflow.Returned{Recipient: "x", Action: workflow.ReportDelayed}))
	stage.Contract("NJ-1", workflow.StateSent)
}

// TestBouncesThatChangeNothing are those of other letters, of other people's mail, and those that report no failure for good.
func TestBouncesThatChangeNothing(t *testing.T) {
	for name, message := range map[string]func(id, recipient string) workflow.Message{
		"delayed": func(id, recipient string) workflow.Message {
			return report("b1", id, workflow.Returned{Recipient: recipient, Action: workflow.ReportDelayed})
		},
		"relayed": func(id, recipient string) workflow.Message {
			return report("b1", id, workflow.Returned{Recipient: recipient, Action: workflow.ReportRelayed})
		},
		"another's mail": func(_, recipient string) workflow.Message {
			return report("b1", "unknown@issuer.example", failed(recipient))
		},
		"no recipients": func(id, _ string) workflow.Message { return report("b1", id) },
	} {
		t.Run(name, func(t *testing.T) {
			stage := flowtest.New(t)
			contract := stage.Send("NJ-1")
			receipt := stage.Receive(message(messageIDOf(t, stage, contract), recipientOf(t, stage, contract).Recipient))
			if receipt.Outcome != workflow.Bounced {
				t.Errorf("outcome %q", receipt.Outcome)
			}
			contract = stage.Contract("NJ-1", workflow.StateSent)
			if delivery := recipientOf(t, stage, contract); delivery.State != workflow.DeliveryAccepted {
				t.Errorf("delivery %+v", delivery)
			}
		})
	}
}

// TestBounceAfterTheReturn tells of the bounce and leaves the contract where the return took it.
func TestBounceAfterTheReturn(t *testing.T) {
	stage := flowtest.New(t)
	contract := stage.Send("NJ-1")
	stage.Receive(flowtest.From("m1"), stage.Sealed(contract)+"\npassed")
	contract = stage.Contract("NJ-1", workflow.StateArchived)
	stage.Receive(report("b1", messageIDOf(t, stage, contract), failed(recipientOf(t, stage, contract).Recipient)))
	contract = stage.Contract("NJ-1", workflow.StateArchived)
	if delivery := recipientOf(t, stage, contract); delivery.State != workflow.DeliveryFailed {
		t.Errorf("delivery %+v", delivery)
	}
}
