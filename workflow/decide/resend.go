package decide

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"contractd/workflow"
)

// Resend mails the contract letter again: to the addresses given, else to those registered now. The same letter, with its
// bytes and Message-ID, goes to recipients that it names; a new one is written around the same sealed file where it would
// name others, who could not tell that it is meant for them, or a deadline that was put off since. The contract is
// sent when all recipients of this mailing were accepted, whatever became of earlier ones.
func (d *Desk) Resend(ctx context.Context, actor workflow.Actor, number string, to []string) (workflow.Contract, error) {
	act, err := d.begin(ctx, actor, workflow.RightSend, number)
	if err != nil {
		return workflow.Contract{}, err
	}
	defer act.open.Close()
	if state := act.contract.State; state != workflow.StateSent && state != workflow.StateUndeliverable {
		return act.contract, act.refuse("resend", resendHint(act.contract))
	}
	supplier, err := d.Ledger.Supplier(ctx, act.contract.Supplier)
	if err != nil {
		return act.contract, fmt.Errorf("read supplier of contract %s: %w", number, err)
	}
	recipients, err := act.recipients(supplier, to)
	if err != nil {
		return act.contract, err
	}
	deliveries, err := act.letters(ctx)
	if err != nil {
		return act.contract, err
	}
	if err := act.quiet(deliveries); err != nil {
		return act.contract, err
	}
	form, err := act.mailAgain(ctx, supplier, deliveries, recipients, len(to) > 0)
	if err != nil {
		return act.contract, err
	}
	return act.finish(ctx, workflow.ActResent, map[string]string{
		"letter": string(act.contract.Letter), "form": form, "recipients": strings.Join(recipients, " "),
	})
}

func resendHint(contract workflow.Contract) string {
	switch contract.State {
	case workflow.StateDraft, workflow.StateSealed:
		return "it has not been sent yet; see `contractd status " + contract.Number + "`"
	case workflow.StateExpired:
		return "give it a new deadline with `contractd extend " + contract.Number + "` first"
	}
	return "only a contract whose return is awaited, or whose letter could not be delivered, is mailed again"
}

// recipients returns to whom the letter goes. Whoever keeps the register of suppliers may name others.
func (d *decision) recipients(supplier workflow.Supplier, to []string) ([]string, error) {
	if len(to) == 0 {
		return supplier.Addresses, nil
	}
	var once []string
	for _, address := range to {
		if !has(supplier.Addresses, address) && !has(supplier.Copies, address) {
			if err := d.actor.NeedFor(workflow.RightAdminister, supplier.ID); err != nil {
				return nil, workflow.WithHint(fmt.Errorf("resend contract %s to %s, which is not registered for supplier %q: %w", d.contract.Number, address, supplier.ID, err),
					"an administrator may, or registers it with `contractd supplier edit "+string(supplier.ID)+" --mail …`")
			}
		}
		if !has(once, address) {
			once = append(once, address)
		}
	}
	return once, nil
}

func has(addresses []string, address string) bool {
	return slices.ContainsFunc(addresses, func(known string) bool { return strings.EqualFold(known, address) })
}

// quiet refuses while a mailing to a main recipient is still under way: its end would be taken for that of the new one.
func (d *decision) quiet(deliveries []workflow.Delivery) error {
	for _, delivery := range deliveries {
		if delivery.Channel != workflow.ChannelTo {
			continue
		}
		switch delivery.State {
		case workflow.DeliveryClaimed:
			return d.refuse("resend", "a mail to "+delivery.Recipient+" is on its way at this moment; wait for its end")
		case workflow.DeliveryQueued:
			return d.refuse("resend", "a mail to "+delivery.Recipient+" is in the outbox and leaves by itself; see `contractd show "+d.contract.Number+"`")
		case workflow.DeliveryHeld:
			return d.refuse("resend", "a mail to "+delivery.Recipient+" is held; let it leave with `contractd release "+d.contract.Number+"`")
		}
	}
	return nil
}

// mailAgain adds the deliveries, and says in which form: "same" or "new".
func (d *decision) mailAgain(ctx context.Context, supplier workflow.Supplier, deliveries []workflow.Delivery, recipients []string, chosen bool) (string, error) {
	letter, err := d.desk.Library.Letter(ctx, d.contract.Letter)
	if err != nil {
		return "", fmt.Errorf("read letter of contract %s: %w", d.contract.Number, err)
	}
	var earlier []workflow.Delivery
	var named []string
	for _, delivery := range deliveries {
		if delivery.Letter != letter.ID {
			continue
		}
		earlier = append(earlier, delivery)
		if delivery.Channel != workflow.ChannelSent {
			named = append(named, delivery.Recipient)
		}
	}
	stranger := slices.ContainsFunc(recipients, func(recipient string) bool { return !has(named, recipient) })
	if !stranger && !letter.Created.Before(d.contract.Extended) {
		d.desk.Clerk.Again(&d.change, letter, earlier, recipients)
		return "same", nil
	}
	copies := supplier.Copies
	if chosen {
		copies = nil
	}
	return "new", d.writeContract(ctx, supplier, recipients, copies, letter.MessageID)
}

// writeContract writes another contract letter, in the thread of the one before.
func (d *decision) writeContract(ctx context.Context, supplier workflow.Supplier, recipients, copies []string, thread string) error {
	sealed, closer, err := d.desk.Library.Document(ctx, d.contract.Sealed())
	if err != nil {
		return fmt.Errorf("open contract %s: %w", d.contract.Number, err)
	}
	d.open = append(d.open, closer)
	letter, closer, err := d.desk.Clerk.Write(ctx, &d.change, workflow.Notice{
		Kind: workflow.LetterContract, Language: supplier.Language, To: recipients, Copies: copies, References: []string{thread},
		Contract: d.contract, Supplier: supplier, Seals: d.contract.Seals(),
		Attachments: []workflow.NamedDocument{{Name: d.contract.FileName(), Document: sealed}},
	})
	d.open = append(d.open, closer)
	d.contract.Letter = letter.ID
	return err
}
