package inbound_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"contractd/store/bolt"
	"contractd/store/check"
	"contractd/workflow"
	"contractd/workflow/flowtest"
)

// notary counts what it is asked, and says the time of the stage.
type notary struct {
	stage *flowtest.Stage
	fail  error
	asked int
}

// Stamp implements inbound.Notary.
func (n *notary) Stamp(_ context.Context, digest workflow.Hash) (workflow.Stamp, workflow.Document, error) {
	n.asked++
	if n.fail != nil {
		return workflow.Stamp{}, workflow.Document{}, n.fail
	}
	token := flowtest.Draft(fmt.Sprintf("token over %s of %v", digest, n.stage.Clock))
	return workflow.Stamp{Over: digest, Token: token.Ref, Time: n.stage.Clock, Authority: "时间戳"}, token, nil
}

func stamped(t *testing.T) (*flowtest.Stage, *notary) {
	t.Helper()
	stage := flowtest.New(t)
	n := &notary{stage: stage}
	stage.Judge.Notary = n
	return stage, n
}

func TestAReturnIsStampedBeforeItIsJudged(t *testing.T) {
	stage, n := stamped(t)
	contract := stage.Send("N-1")
	var given workflow.Document
	stage.Verdicts.Before = func(token workflow.Document) { given = token }
	receipt := stage.Receive(flowtest.From("m1"), stage.Sealed(contract)+" passed", "nobody's")
	finding := receipt.Findings[0]
	if n.asked != 1 || finding.Stamp == nil || finding.Stamp.Over != finding.Document.Hash || receipt.Findings[1].Stamp != nil {
		t.Fatalf("asked %d times, stamps %+v, %+v", n.asked, finding.Stamp, receipt.Findings[1].Stamp)
	}
	if given.Ref != finding.Stamp.Token {
		t.Errorf("the verifier was given %v", given.Ref)
	}
	if _, closer, err := stage.Ledger.Document(t.Context(), finding.Stamp.Token); err != nil {
		t.Errorf("the token is not kept: %v", err)
	} else {
		closer.Close()
	}
	entries, err := stage.Ledger.History(t.Context(), "arrival/"+string(receipt.ID))
	if err != nil || len(entries) != 2 || entries[1].Action != workflow.ActStamped || entries[1].Details["token"] != finding.Stamp.Token.Hash.String() {
		t.Errorf("journal %+v, %v", entries, err)
	}
}

// TestTheEarliestStampCounts: judging is tried again after an hour; the return was there all that time.
func TestTheEarliestStampCounts(t *testing.T) {
	stage, n := stamped(t)
	contract := stage.Send("N-1")
	stage.Verdicts.Fail = errors.New("an authority does not answer")
	first := stage.Clock
	stage.Box.Deliver(stage.Mails.Add(flowtest.From("m1"), stage.Sealed(contract)+" passed"), stage.Clock)
	pass(stage)
	stage.Verdicts.Fail, stage.Clock = nil, stage.Clock.Add(time.Hour)
	pass(stage)
	archived := stage.Contract("N-1", workflow.StateArchived)
	receipt, err := stage.Ledger.Receipt(t.Context(), archived.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	if stamp := receipt.Findings[0].Stamp; n.asked != 1 || stamp == nil || !stamp.Time.Equal(first) {
		t.Errorf("asked %d times, %+v", n.asked, stamp)
	}
}

// TestNoStampHoldsUpNothing: an authority that does not answer is recorded; an attempt that comes anyway asks again.
func TestNoStampHoldsUpNothing(t *testing.T) {
	stage, n := stamped(t)
	n.fail = errors.New("no timestamp authority answers")
	receipt := stage.Receive(flowtest.From("m1"), stage.Sealed(stage.Send("N-1"))+" passed")
	stage.Contract("N-1", workflow.StateArchived)
	if finding := receipt.Findings[0]; finding.Stamp != nil || finding.NoStamp == "" {
		t.Errorf("%+v", finding)
	}
	again := stage.Send("N-2")
	stage.Verdicts.Fail = errors.New("not now")
	stage.Box.Deliver(stage.Mails.Add(flowtest.From("m2"), stage.Sealed(again)+" passed"), stage.Clock)
	pass(stage)
	n.fail, stage.Verdicts.Fail, stage.Clock = nil, nil, stage.Clock.Add(time.Hour)
	pass(stage)
	archived := stage.Contract("N-2", workflow.StateArchived)
	receipt, err := stage.Ledger.Receipt(t.Context(), archived.Receipt)
	if err != nil || receipt.Findings[0].Stamp == nil || receipt.Findings[0].NoStamp != "" {
		t.Errorf("%+v, %v", receipt.Findings, err)
	}
}

// TestCheckOfStamps: the check of the store hands out every token that is kept, and tells what is said of it.
func TestCheckOfStamps(t *testing.T) {
	stage, _ := stamped(t)
	receipt := stage.Receive(flowtest.From("m1"), stage.Sealed(stage.Send("N-1"))+" passed")
	ledger, ok := stage.Ledger.(*bolt.Ledger)
	if !ok {
		t.Fatalf("a ledger of type %T", stage.Ledger)
	}
	for _, c := range []struct {
		says    error
		kind    check.Kind
		damaged bool
	}{
		{nil, "", false},
		{errors.New("it is over something else"), check.KindTimestamp, true},
		{fmt.Errorf("a stranger: %w", workflow.ErrPolicy), check.KindTrust, false},
	} {
		asked := 0
		report, err := check.Check(t.Context(), ledger.Source(), func(stamp workflow.Stamp, token []byte) error {
			asked++
			if stamp.Over != receipt.Findings[0].Document.Hash || workflow.HashOf(token) != stamp.Token.Hash {
				t.Errorf("asked of %v with %q", stamp, token)
			}
			return c.says
		})
		if err != nil || asked != 2 || report.Damaged() != c.damaged { // Of the arrival, and of the receipt.
			t.Fatalf("%v: asked %d times, %+v, %v", c.says, asked, report.Findings, err)
		}
		for _, finding := range report.Findings {
			if finding.Kind != c.kind {
				t.Errorf("%v: %+v", c.says, finding)
			}
		}
		if len(report.Findings) != 2 && c.says != nil {
			t.Errorf("%v: %+v", c.says, report.Findings)
		}
	}
}
