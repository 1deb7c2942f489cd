package main_test

import (
	"context"
	"sync"

	"contractd/store/bolt"
	"contractd/workflow"
)

// play is the run: every kind of transaction, with the daemon and without it.
func (r *recording) play() {
	r.Helper()
	ctx, stop := context.WithCancel(r.Context())
	var watching sync.WaitGroup
	for _, folder := range []string{"合同已归档", "合同待审核", "合同未通过"} {
		watching.Go(func() { r.watchFolder(ctx, folder) })
	}
	r.register()
	r.tell("the supplier is added", func(ctx context.Context, l *bolt.Ledger) error {
		_, err := l.Supplier(ctx, supplierName)
		return err
	})
	r.serve()
	r.playGoodReturn()
	r.playDecided()
	r.playTakenBack()
	r.stop()
	r.order("C-4")
	r.serve()
	r.show("C-4", workflow.StateSent)
	r.mail(supplierMail, "INBOX", 8)
	r.stop()
	stop()
	watching.Wait()
	r.tellOfLetters()
}

func (r *recording) playGoodReturn() {
	r.Helper()
	r.order("C-1")
	r.show("C-1", workflow.StateSent)
	l := r.receivedAbout("C-1", 1)
	r.answer(l, attached, r.countersign(l.pdf))
	r.show("C-1", workflow.StateArchived)
	r.receivedAbout("C-1", 2)
}

// playDecided has a bad return rejected, a good one refused, and a second good one approved.
func (r *recording) playDecided() {
	r.Helper()
	r.order("C-2", "--confirm")
	r.show("C-2", workflow.StateSent)
	l := r.receivedAbout("C-2", 1)
	r.answer(l, attached, r.overwrite(r.countersign(l.pdf)))
	r.judged("C-2", 1)
	r.answer(l, inline, r.countersign(l.pdf))
	r.show("C-2", workflow.StateReview)
	r.decide("C-2", workflow.ActReturned, "refuse", "C-2", "--reason", "日期不对")
	r.answer(l, attached, r.countersign(l.pdf))
	r.show("C-2", workflow.StateReview)
	r.decide("C-2", workflow.ActApproved, "approve", "C-2")
	r.show("C-2", workflow.StateArchived)
}

// playTakenBack unseals, seals again, releases and withdraws.
func (r *recording) playTakenBack() {
	r.Helper()
	r.order("C-3", "--hold")
	r.decide("C-3", workflow.ActUnsealed, "unseal", "C-3", "--yes")
	r.decide("C-3", workflow.ActReady, "seal", "C-3")
	r.decide("C-3", workflow.ActReleased, "release", "C-3")
	r.show("C-3", workflow.StateSent)
	r.decide("C-3", workflow.ActWithdrawn, "withdraw", "C-3", "--reason", "价格有误", "--yes")
	r.show("C-3", workflow.StateWithdrawn)
}
