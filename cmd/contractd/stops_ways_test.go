package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"contractd/cmd/contractd/api"
	"contractd/mailbox/mailserver"
	"contractd/workflow"
	"contractd/workflow/access"
	"contractd/workflow/outbound"
)

// playRefusedTrade meets a mail server that says "later", and then "never".
func playRefusedTrade(ctx context.Context, t *trade) error {
	server := t.post.local
	if server == nil {
		return errors.New("only the local mail server refuses at will")
	}
	say := func(code int) {
		server.SetFaults(mailserver.Faults{Answers: map[mailserver.Step]mailserver.Answer{mailserver.StepRcpt: {Code: code, Text: "not here"}}})
	}
	say(450)
	defer server.SetFaults(mailserver.Faults{})
	t.refused = true
	if err := t.order(ctx, outbound.Order{}, workflow.StateSealed); err != nil {
		return err
	}
	if err := t.insist(ctx, "an attempt to mail "+t.number+" fails", func(ctx context.Context) (bool, error) {
		story, err := t.client.Story(ctx, t.number)
		if err != nil {
			return false, err
		}
		for _, delivery := range story.Deliveries {
			if delivery.Channel == workflow.ChannelTo && delivery.State == workflow.DeliveryQueued && delivery.Attempts > 0 {
				return true, nil
			}
		}
		return false, nil
	}); err != nil {
		return err
	}
	say(550)
	if err := t.reachState(ctx, workflow.StateUndeliverable); err != nil {
		return err
	}
	server.SetFaults(mailserver.Faults{})
	t.letters = nil // The same letter is mailed again.
	if err := t.insist(ctx, "resend "+t.number, func(ctx context.Context) (bool, error) {
		story, err := t.client.Story(ctx, t.number)
		if err == nil && story.Contract.State == workflow.StateUndeliverable {
			_, err = t.client.Decide(ctx, t.number, "resend", api.Act{})
		}
		return err == nil && story.Contract.State == workflow.StateSent, err
	}); err != nil {
		return err
	}
	contract, err := t.contractLetter(ctx)
	if err != nil {
		return err
	}
	return t.goodReturn(ctx, contract)
}

// playCameBackTrade has its letter accepted, and reported as undeliverable afterwards.
func playCameBackTrade(ctx context.Context, t *trade) error {
	t.refused = true
	contract, err := t.send(ctx, outbound.Order{})
	if err != nil {
		return err
	}
	report := "From: mailer-daemon@relay.example\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n" +
		"Reporting-MTA: dns; relay.example\r\n\r\nFinal-Recipient: rfc822; " + supplierMail + "\r\nAction: failed\r\nStatus: 5.1.1\r\n" +
		"Diagnostic-Code: smtp; 550 no such user\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <" + contract.MessageID + ">\r\n\r\n--b--\r\n"
	if err := errors.Join(t.mail(ctx, []byte(report)), t.reachState(ctx, workflow.StateUndeliverable)); err != nil {
		return err
	}
	if err := t.decide(ctx, "withdraw", workflow.StateWithdrawn); err != nil {
		return err
	}
	t.state = workflow.StateWithdrawn
	return t.told(ctx, workflow.LetterWithdrawn)
}

// playExpiredTrade passes its deadline and gets another one.
func playExpiredTrade(ctx context.Context, t *trade) error {
	if err := t.insist(ctx, "the daemon answers", func(ctx context.Context) (bool, error) {
		_, err := t.client.Status(ctx)
		return err == nil, err
	}); err != nil {
		return err
	}
	now := time.Now().Add(time.Duration(t.ahead.Load()))
	contract, err := t.send(ctx, outbound.Order{Deadline: now.Add(4 * usualLeap)})
	if err != nil {
		return err
	}
	if err := t.reachState(ctx, workflow.StateExpired); err != nil {
		return err
	}
	later := now.Add(90 * 24 * time.Hour)
	if err := t.insist(ctx, "extend "+t.number, func(ctx context.Context) (bool, error) {
		story, err := t.client.Story(ctx, t.number)
		if err == nil && story.Contract.Extended.IsZero() {
			_, err = t.client.Decide(ctx, t.number, "extend", api.Act{Deadline: later, Reason: "演习"})
		}
		return err == nil && !story.Contract.Extended.IsZero(), err
	}); err != nil {
		return err
	}
	if err := t.told(ctx, workflow.LetterExtended); err != nil {
		return err
	}
	return t.goodReturn(ctx, contract)
}

// playRevisedTrade puts a second version in the place of the first one, which the supplier has.
func playRevisedTrade(ctx context.Context, t *trade) error {
	if _, err := t.send(ctx, outbound.Order{}); err != nil {
		return err
	}
	draft := t.draftOf(t.number + " 修订")
	if err := t.insist(ctx, "revise "+t.number, func(ctx context.Context) (bool, error) {
		story, err := t.client.Story(ctx, t.number)
		if err == nil && story.Contract.Version == 1 {
			_, err = t.client.Revise(ctx, outbound.Order{Number: t.number, Request: "revise " + t.number}, "演习", bytes.NewReader(draft), func(string, string) {})
		}
		return err == nil && story.Contract.Version == 2, err
	}); err != nil {
		return err
	}
	if err := t.reachState(ctx, workflow.StateSent); err != nil {
		return err
	}
	t.letters, t.earlier = nil, 1 // The letters of the second version are looked at.
	contract, err := t.contractLetter(ctx)
	if err != nil {
		return err
	}
	return t.goodReturn(ctx, contract)
}

// playHousekeeping is what people keep beside contracts: suppliers and the keys of programs.
func playHousekeeping(ctx context.Context, t *trade) error {
	supplier := workflow.Supplier{ID: workflow.SupplierID("s-" + t.number), Name: "别家", Language: workflow.Chinese, Addresses: []string{otherMail}, Required: []workflow.Role{workflow.RoleOrganization}}
	if err := t.insist(ctx, "keep a supplier", func(ctx context.Context) (bool, error) {
		_, err := t.client.PutSupplier(ctx, supplier)
		if errors.Is(err, workflow.ErrConflict) || errors.Is(err, workflow.ErrExists) { // Kept before the daemon died.
			return true, nil
		}
		return err == nil, err
	}); err != nil {
		return err
	}
	tries := 0
	if err := t.insist(ctx, "add a program's key", func(ctx context.Context) (bool, error) {
		tries++
		_, err := t.client.AddAPIKey(ctx, access.Order{Name: fmt.Sprintf("%s-%d", t.number, tries), Rights: []workflow.Right{workflow.RightView}})
		return err == nil, err
	}); err != nil {
		return err
	}
	if err := t.insist(ctx, "revoke every program's key", func(ctx context.Context) (bool, error) {
		keys, err := t.client.APIKeys(ctx)
		left := 0
		for _, key := range keys {
			if key.Revoked.IsZero() {
				left++
				_, revoked := t.client.RevokeAPIKey(ctx, key.ID)
				err = errors.Join(err, revoked)
			}
		}
		return err == nil && left == 0, err
	}); err != nil {
		return err
	}
	t.state, t.letters = workflow.StateWithdrawn, []workflow.LetterKind{workflow.LetterContract}
	return errors.Join(t.order(ctx, outbound.Order{Hold: true}, workflow.StateSealed), t.insist(ctx, "withdraw "+t.number, func(ctx context.Context) (bool, error) {
		story, err := t.client.Story(ctx, t.number)
		if err == nil && story.Contract.State != workflow.StateWithdrawn {
			_, err = t.client.Decide(ctx, t.number, "withdraw", api.Act{Reason: "演习"})
		}
		return err == nil, err
	}))
}
