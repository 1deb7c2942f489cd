package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"contractd/mailbox/imap"
	"contractd/mailbox/mailserver/realserver"
	"contractd/workflow"
)

// playRealServers does the main job over servers that others wrote: Dovecot and Postfix.
func playRealServers(t *testing.T, h *hall) {
	x := newExchangeOver(t, h, realPost(t), "")
	x.serve()
	x.register()
	x.send("Z-1", "--title", "办公设备采购合同（小山层）")
	x.reach("Z-1", workflow.StateSent)
	l := x.receivedAbout("Z-1", 1)
	x.checkContractLetter(l, "Z-1")
	x.answer(l, inline, x.countersign(x.overwrite(l.pdf)))
	story := x.judged("Z-1", 1)
	x.checkFinding(story, badReturn{"Z-1", nil, workflow.ReasonChangedPage, workflow.Rejected, workflow.StateSent, workflow.RungPrefix})
	returned := x.pdfsign(x.pdfsign(l.pdf, h.supplier), h.supplierEmployee)
	x.answer(l, attached, returned)
	archived := x.reach("Z-1", workflow.StateArchived)
	if archived.Contract.Final.Hash != workflow.HashOf(returned) {
		t.Errorf("final %v", archived.Contract.Final)
	}
	x.checkLetters("Z-1", workflow.LetterContract, workflow.LetterRejected, workflow.LetterConfirmed)
	x.checkSentFolder("Z-1")
	for folder, want := range map[string]int{"合同已归档": 1, "合同未通过": 1, "INBOX": 0} {
		if got := x.mail(houseMail, folder, want); len(got) != want {
			t.Errorf("%d messages lie in %s, want %d", len(got), folder, want)
		}
	}
	x.do("supplier", "add", "bounces", "--name", "退信", "--mail", "nobody@bounce.test", "--organization", "退信")
	x.write("Z-2.pdf", x.draftOf("Z-2"))
	x.do("send", "Z-2.pdf", "--to", "bounces", "--number", "Z-2")
	x.reach("Z-2", workflow.StateSent)
	if reports := x.mail(houseMail, "合同无关", 1); len(reports) != 1 || !bytes.Contains(reports[0], []byte("Status: 5.1.1")) {
		t.Errorf("%d reports of Postfix: it takes the letter, and says later that nobody lives there", len(reports))
	}
	x.do("doctor")
	x.do("archive", "check")
}

// realPost starts Dovecot and Postfix.
func realPost(t *testing.T) post {
	t.Helper()
	var users []realserver.User
	for _, address := range []string{houseMail, supplierMail, otherMail} {
		users = append(users, realserver.User{Address: address, Password: mailSecret})
	}
	dovecot := realserver.Dovecot(t, users...)
	postfix := realserver.Postfix(t, dovecot)
	return post{
		imap: dovecot.IMAPS, smtp: postfix.SMTPS, ca: append(dovecot.CertificatePEM(), postfix.CertificatePEM()...), tls: postfix.TLS(),
		messages: func(ctx context.Context, user, folder string, atLeast int) ([][]byte, error) {
			return readAll(ctx, imap.Account{
				Name: user, Host: "127.0.0.1", Port: dovecot.IMAPS, TLS: dovecot.TLS(), User: user,
				Password: func() (string, error) { return mailSecret, nil }, Folder: folder, FromBeginning: true,
			}, atLeast)
		},
	}
}

// readAll looks into a folder until it holds so many messages.
func readAll(ctx context.Context, account imap.Account, atLeast int) ([][]byte, error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		found, err := readOnce(ctx, account)
		if errors.Is(err, workflow.ErrTemporary) && ctx.Err() == nil { // The folder is made when it is first needed.
			found, err = nil, nil
		}
		if err != nil || len(found) >= atLeast {
			return found, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return found, fmt.Errorf("wait for %d messages in %s, have %d: %w", atLeast, account.Folder, len(found), ctx.Err())
		}
	}
}

func readOnce(ctx context.Context, account imap.Account) (found [][]byte, err error) {
	box, err := imap.New(account)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	cursor, err := box.Start(ctx)
	if err != nil {
		return nil, err
	}
	return found, box.Fetch(ctx, cursor, func(_ context.Context, _ workflow.Incoming, raw io.Reader) error {
		message, err := io.ReadAll(raw)
		found = append(found, message)
		return err
	})
}
