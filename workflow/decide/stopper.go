package decide

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"contractd/workflow"
)

// StopperLedger is what the Stopper needs of the store.
type StopperLedger interface {
	// Apply writes the change whole or not at all; ErrConflict means that something was sent or decided meanwhile.
	Apply(ctx context.Context, change workflow.Change) error
	Deliveries(ctx context.Context, filter workflow.DeliveryFilter) ([]workflow.Delivery, error)
	Letter(ctx context.Context, id workflow.LetterID) (workflow.Letter, error)
	Contract(ctx context.Context, id workflow.ContractID) (workflow.Contract, error)
	// Hold returns the one record; the zero Hold lets everything pass.
	Hold(ctx context.Context) (workflow.Hold, error)
}

// Stopper holds everything, and lets everything out.
type Stopper struct {
	Ledger StopperLedger
	Mode   workflow.Mode
	Now    func() time.Time
}

// Waiting is a letter that would leave to one recipient.
type Waiting struct {
	Delivery  workflow.DeliveryID    `json:"delivery"`
	Kind      workflow.LetterKind    `json:"kind"`
	Contract  string                 `json:"contract,omitempty"` // Its number; notices to managers may have none.
	Recipient string                 `json:"recipient,omitempty"`
	Redirect  string                 `json:"redirect,omitempty"`
	Channel   workflow.Channel       `json:"channel"`
	State     workflow.DeliveryState `json:"state"`
	Since     time.Time              `json:"since"` // When the letter was written.
	Maybe     bool                   `json:"maybe"` // An attempt was begun: it may have been sent already.
	Why       string                 `json:"why,omitempty"`
}

// Outlook is what would leave if everything were released now.
type Outlook struct {
	Mode    workflow.Mode `json:"mode"`
	Held    bool          `json:"held"` // The whole store is.
	Hold    workflow.Hold `json:"hold"`
	Letters []Waiting     `json:"letters"` // Oldest first.
	Compare []string      `json:"compare"` // Contracts of which another daemon may have sent letters that are not known here.
	Seen    workflow.Hash `json:"seen"`    // Names this very list, so that nothing is released that nobody has seen.
}

// Look returns what waits. What leaves by itself is no part of it, nor is a contract that a person holds.
func (s *Stopper) Look(ctx context.Context, actor workflow.Actor) (Outlook, error) {
	if err := actor.NeedForAll(workflow.RightView); err != nil {
		return Outlook{}, err
	}
	outlook, _, err := s.look(ctx)
	return outlook, err
}

// look returns the outlook and the deliveries behind it, in the same order.
func (s *Stopper) look(ctx context.Context) (Outlook, []workflow.Delivery, error) {
	hold, err := s.Ledger.Hold(ctx)
	if err != nil {
		return Outlook{}, nil, fmt.Errorf("read whether the store is held: %w", err)
	}
	outlook := Outlook{Mode: s.Mode, Held: hold.Active(), Hold: hold, Letters: []Waiting{}, Compare: []string{}}
	states := []workflow.DeliveryState{workflow.DeliveryHeld}
	if hold.Active() {
		states = append(states, workflow.DeliveryQueued, workflow.DeliveryClaimed)
	}
	deliveries, err := s.Ledger.Deliveries(ctx, workflow.DeliveryFilter{States: states})
	if err != nil {
		return outlook, nil, fmt.Errorf("list waiting letters: %w", err)
	}
	kept := deliveries[:0]
	for _, delivery := range deliveries {
		one, held, err := s.describe(ctx, delivery)
		if err != nil {
			return outlook, nil, err
		}
		if held {
			continue
		}
		kept = append(kept, delivery)
		outlook.Letters = append(outlook.Letters, one)
	}
	sortTogether(outlook.Letters, kept)
	outlook.complete(kept)
	return outlook, kept, nil
}

// sortTogether orders both lists by the age of the letters.
func sortTogether(letters []Waiting, deliveries []workflow.Delivery) {
	since := map[workflow.DeliveryID]time.Time{}
	for _, one := range letters {
		since[one.Delivery] = one.Since
	}
	order := func(a, b workflow.DeliveryID) int { return cmp.Or(since[a].Compare(since[b]), cmp.Compare(a, b)) }
	slices.SortFunc(letters, func(a, b Waiting) int { return order(a.Delivery, b.Delivery) })
	slices.SortFunc(deliveries, func(a, b workflow.Delivery) int { return order(a.ID, b.ID) })
}

// complete names the list, and the contracts to compare.
func (o *Outlook) complete(deliveries []workflow.Delivery) {
	text := fmt.Sprintln(o.Hold.Revision)
	for _, delivery := range deliveries {
		text += fmt.Sprintln(delivery.ID, delivery.Revision)
	}
	o.Seen = workflow.HashOf([]byte(text))
	if !o.Held {
		return
	}
	for _, one := range o.Letters {
		if one.Contract != "" {
			o.Compare = append(o.Compare, one.Contract)
		}
	}
	slices.Sort(o.Compare)
	o.Compare = slices.Compact(o.Compare)
}

// describe says what a delivery is, and whether a person holds its contract.
func (s *Stopper) describe(ctx context.Context, delivery workflow.Delivery) (Waiting, bool, error) {
	letter, err := s.Ledger.Letter(ctx, delivery.Letter)
	if err != nil {
		return Waiting{}, false, fmt.Errorf("read letter %s: %w", delivery.Letter, err)
	}
	one := Waiting{
		Delivery: delivery.ID, Kind: letter.Kind, Recipient: delivery.Recipient, Redirect: delivery.Redirect, Channel: delivery.Channel,
		State: delivery.State, Since: letter.Created, Maybe: delivery.Attempts > 0, Why: delivery.Answer,
	}
	if delivery.Contract == "" {
		return one, false, nil
	}
	contract, err := s.Ledger.Contract(ctx, delivery.Contract)
	if err != nil {
		return one, false, fmt.Errorf("read contract of letter %s: %w", delivery.Letter, err)
	}
	one.Contract = contract.Number
	return one, delivery.State == workflow.DeliveryHeld && contract.Hold && contract.Letter == letter.ID, nil
}

// Lift is a person's decision about everything that waits.
type Lift struct {
	Seen   workflow.Hash `json:"seen"`             // Of the outlook that was looked at.
	Except []string      `json:"except,omitempty"` // Numbers of contracts whose letters stay held.
}

// Lift ends the hold and lets leave what was looked at; what is excepted stays until it is released by its number.
func (s *Stopper) Lift(ctx context.Context, actor workflow.Actor, lift Lift) (Outlook, error) {
	if err := actor.NeedForAll(workflow.RightAdminister); err != nil {
		return Outlook{}, err
	}
	if s.Mode.Still() {
		return Outlook{}, workflow.WithHint(fmt.Errorf("release everything: the mode is observe: %w", workflow.ErrPolicy),
			`set [mail] mode = "live" and restart the daemon; nothing leaves by that alone`)
	}
	outlook, deliveries, err := s.look(ctx)
	if err != nil {
		return outlook, err
	}
	if outlook.Seen != lift.Seen {
		return outlook, workflow.WithHint(fmt.Errorf("release everything: other letters wait than were shown: %w", workflow.ErrConflict), "look again with `contractd release --all --dry-run`")
	}
	for _, number := range lift.Except {
		if !slices.ContainsFunc(outlook.Letters, func(one Waiting) bool { return one.Contract == number }) {
			return outlook, fmt.Errorf("except contract %s: no letter of it waits: %w", number, workflow.ErrNotFound)
		}
	}
	if !outlook.Held && len(deliveries) == 0 {
		return outlook, nil
	}
	change := s.lifted(actor, lift, outlook, deliveries)
	change.Requests = workflow.RequestsFor(ctx, "", s.Now())
	if err := s.Ledger.Apply(ctx, change); err != nil {
		return outlook, fmt.Errorf("release everything: %w", err)
	}
	return outlook, nil
}

// lifted is the change that releases.
func (s *Stopper) lifted(actor workflow.Actor, lift Lift, outlook Outlook, deliveries []workflow.Delivery) workflow.Change {
	now, leaving := s.Now(), 0
	var change workflow.Change
	for n, delivery := range deliveries {
		excepted := slices.Contains(lift.Except, outlook.Letters[n].Contract) && outlook.Letters[n].Contract != ""
		if !excepted {
			leaving++
		}
		switch held := delivery.State == workflow.DeliveryHeld; {
		case excepted && held, !excepted && !held: // As it should be; a claimed one is sent again, same bytes, same Message-ID.
			continue
		case excepted:
			delivery.State, delivery.Next, delivery.Answer = workflow.DeliveryHeld, time.Time{}, "held: excepted from the release of everything by "+actor.Name
		default:
			delivery.State, delivery.Next = workflow.DeliveryQueued, now
		}
		change.Deliveries = append(change.Deliveries, delivery)
	}
	details := map[string]string{"letters": fmt.Sprint(leaving), "kept": fmt.Sprint(len(deliveries) - leaving)}
	if len(lift.Except) > 0 {
		details["except"] = strings.Join(lift.Except, " ")
	}
	if outlook.Held {
		hold := outlook.Hold
		hold.Lifted, hold.LiftedBy = now, actor.Name
		change.Hold, details["reason"] = &hold, hold.Reason
	}
	change.Entries = []workflow.Entry{{Time: now, Actor: actor.Name, Action: workflow.ActLifted, Subject: "store", Details: details}}
	return change
}
