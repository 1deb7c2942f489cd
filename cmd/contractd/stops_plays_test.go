package main_test

import (
	"context"
	"errors"

	"contractd/cmd/contractd/api"
	"contractd/workflow"
	"contractd/workflow/outbound"
)

// trades are the ways that a contract can go, each with its share among a hundred.
var trades = []struct {
	name  string
	share int
	play  func(context.Context, *trade) error
}{
	{"good", 43, playGoodTrade},
	{"bad", 20, playBadTrade},
	{"repeated", 15, playRepeatedTrade},
	{"looked-at", 8, playLookedAtTrade},
	{"held", 6, playHeldTrade},
	{"withdrawn", 4, playWithdrawnTrade},
	{"cancelled", 2, playCancelledTrade},
	{"refused", 0, playRefusedTrade},
	{"came-back", 0, playCameBackTrade},
	{"expired", 0, playExpiredTrade},
	{"revised", 2, playRevisedTrade},
	{"housekeeping", 0, playHousekeeping},
}

// playGoodTrade sends a contract, and gets it back countersigned.
func playGoodTrade(ctx context.Context, t *trade) error {
	contract, err := t.send(ctx, outbound.Order{})
	if err != nil {
		return err
	}
	return t.goodReturn(ctx, contract)
}

// playBadTrade gets a tampered return first.
func playBadTrade(ctx context.Context, t *trade) error {
	contract, err := t.send(ctx, outbound.Order{})
	if err != nil {
		return err
	}
	if err := t.answerWith(ctx, contract, t.signQuietly(t.overwrite(contract.pdf))); err != nil {
		return err
	}
	if err := t.told(ctx, workflow.LetterRejected); err != nil {
		return err
	}
	return t.goodReturn(ctx, contract)
}

// playRepeatedTrade gets the same file three times, in three mails.
func playRepeatedTrade(ctx context.Context, t *trade) error {
	contract, err := t.send(ctx, outbound.Order{})
	if err != nil {
		return err
	}
	returned := t.signQuietly(contract.pdf)
	t.state, t.final = workflow.StateArchived, workflow.HashOf(returned)
	for range 3 {
		if err := t.answerWith(ctx, contract, returned); err != nil {
			return err
		}
	}
	for range 3 {
		if err := t.told(ctx, workflow.LetterConfirmed); err != nil {
			return err
		}
	}
	return nil
}

// playLookedAtTrade needs a person, who refuses the first return and approves the second.
func playLookedAtTrade(ctx context.Context, t *trade) error {
	contract, err := t.send(ctx, outbound.Order{Confirm: true})
	if err != nil {
		return err
	}
	t.state = workflow.StateArchived
	for _, act := range []struct {
		decision string
		state    workflow.State
		letter   workflow.LetterKind
	}{{"refuse", workflow.StateSent, workflow.LetterRejected}, {"approve", workflow.StateArchived, workflow.LetterConfirmed}} {
		returned := t.signQuietly(contract.pdf)
		t.final = workflow.HashOf(returned)
		if err := errors.Join(t.answerWith(ctx, contract, returned), t.told(ctx, workflow.LetterReview)); err != nil {
			return err
		}
		if err := t.decide(ctx, act.decision, act.state); err != nil {
			return err
		}
		if err := t.told(ctx, act.letter); err != nil {
			return err
		}
	}
	return nil
}

// playHeldTrade takes the last seal back before the contract leaves, and seals it again.
func playHeldTrade(ctx context.Context, t *trade) error {
	if err := t.order(ctx, outbound.Order{Hold: true}, workflow.StateSealed); err != nil {
		return err
	}
	t.letters = append(t.letters, workflow.LetterContract) // The cancelled one.
	if err := t.decide(ctx, "unseal", workflow.StateDraft); err != nil {
		return err
	}
	if err := t.reachState(ctx, workflow.StateSealed); err != nil {
		return err
	}
	if err := t.insist(ctx, "release "+t.number, func(ctx context.Context) (bool, error) {
		story, err := t.client.Story(ctx, t.number)
		if err != nil || !story.Contract.Hold {
			return err == nil, err
		}
		_, err = t.client.Decide(ctx, t.number, "release", api.Act{})
		return err == nil, err
	}); err != nil {
		return err
	}
	if err := t.reachState(ctx, workflow.StateSent); err != nil {
		return err
	}
	contract, err := t.contractLetter(ctx)
	if err != nil {
		return err
	}
	return t.goodReturn(ctx, contract)
}

// playWithdrawnTrade is taken back after it was mailed; a return that comes nevertheless changes nothing.
func playWithdrawnTrade(ctx context.Context, t *trade) error {
	contract, err := t.send(ctx, outbound.Order{})
	if err != nil {
		return err
	}
	if err := errors.Join(t.decide(ctx, "withdraw", workflow.StateWithdrawn), t.told(ctx, workflow.LetterWithdrawn)); err != nil {
		return err
	}
	t.state = workflow.StateWithdrawn
	if err := t.answerWith(ctx, contract, t.signQuietly(contract.pdf)); err != nil {
		return err
	}
	return t.insist(ctx, "a receipt for the late return of "+t.number, func(ctx context.Context) (bool, error) {
		story, err := t.client.Story(ctx, t.number)
		return err == nil && len(story.Receipts) == t.mailed, err
	})
}

// playCancelledTrade is withdrawn before it was mailed: nobody outside ever hears of it.
func playCancelledTrade(ctx context.Context, t *trade) error {
	if err := t.order(ctx, outbound.Order{Hold: true}, workflow.StateSealed); err != nil {
		return err
	}
	t.state, t.letters = workflow.StateWithdrawn, []workflow.LetterKind{workflow.LetterContract}
	return t.decide(ctx, "withdraw", workflow.StateWithdrawn)
}
