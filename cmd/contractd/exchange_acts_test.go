package main_test

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"contractd/cmd/contractd/api"
	"contractd/workflow"
)

// playAnotherImplementation lets the supplier sign with digitorus/pdfsign.
func playAnotherImplementation(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	x.send("P-1")
	x.reach("P-1", workflow.StateSent)
	l := x.receivedAbout("P-1", 1)
	returned := x.pdfsign(x.pdfsign(l.pdf, h.supplier), h.supplierEmployee)
	x.answer(l, inline, returned)
	x.checkArchived("P-1", returned)
	x.do("archive", "check")
}

// playWithoutDaemon uses the store directly: what is queued leaves when a daemon comes.
func playWithoutDaemon(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.register()
	if said := x.send("D-1", "--request", "once"); !strings.Contains(said, "leaves when `contractd serve` runs") {
		t.Errorf("send says %q", said)
	}
	x.send("D-1", "--request", "once") // Makes no second contract.
	if said := x.do("status"); !strings.Contains(said, "not running") || !strings.Contains(said, "contracts sealed") {
		t.Errorf("status says:\n%s", said)
	}
	if len(x.mail(supplierMail, "INBOX", 0)) != 0 {
		t.Error("send mailed something itself")
	}
	x.serve()
	x.reach("D-1", workflow.StateSent)
	if letters := x.mail(supplierMail, "INBOX", 1); len(letters) != 1 {
		t.Errorf("%d letters arrived", len(letters))
	}
}

// playHeld looks at a sealed contract before it leaves, takes its last seal back, seals again, and lets it go.
func playHeld(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	x.send("H-1", "--hold")
	sealed := x.reach("H-1", workflow.StateSealed).Contract
	x.do("show", "H-1", "--pages", "pages")
	x.checkPages("pages")
	x.do("unseal", "H-1", "--yes")
	draft := x.reach("H-1", workflow.StateDraft).Contract
	if len(draft.Batches) != 1 || draft.Sealed() != sealed.Batches[0].After || !strings.Contains(draft.Waiting, "unsealed") {
		t.Errorf("after unseal: %d batches, %v, waits for %q", len(draft.Batches), draft.Sealed(), draft.Waiting)
	}
	x.refused(6, "H-1", "release", "H-1")
	x.refused(6, `the next key in order is "employee"`, "seal", "H-1", "--key", "org")
	x.do("seal", "H-1", "--key", "employee")
	again := x.reach("H-1", workflow.StateSealed).Contract
	if again.Sealed() == sealed.Sealed() || !slices.Contains(again.Superseded, sealed.Sealed()) {
		t.Errorf("sealed again: %v, superseded %v", again.Sealed(), again.Superseded)
	}
	if len(x.mail(supplierMail, "INBOX", 0)) != 0 {
		t.Error("something was mailed although the contract is held")
	}
	x.do("release", "H-1")
	x.reach("H-1", workflow.StateSent)
	if l := x.received(1); !bytes.Equal(l.pdf, x.bytesOf("H-1", "sealed")) {
		t.Error("what was mailed is not what was sealed last")
	}
	x.refused(6, "unseal contract H-1, which is sent", "unseal", "H-1", "--yes")
	x.refused(6, "H-1", "seal", "H-1")
	x.refused(5, "H-9", "release", "H-9")
	x.do("archive", "check")
}

// checkPages expects a picture of every page, with ink on it.
func (x *exchange) checkPages(folder string) {
	x.Helper()
	files, err := filepath.Glob(x.path(folder + "/*.png"))
	check(x.T, err)
	if len(files) == 0 {
		x.Fatal("no page was rendered")
	}
	red := false
	for _, name := range files {
		file, err := os.Open(name)
		check(x.T, err)
		picture, err := png.Decode(file)
		check(x.T, err)
		check(x.T, file.Close())
		bounds, inked := picture.Bounds(), 0
		for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
			for at := bounds.Min.X; at < bounds.Max.X; at++ {
				r, g, b, _ := picture.At(at, y).RGBA()
				if g < 0x8000 {
					inked++
				}
				red = red || r > 0xb000 && g < 0x4000 && b < 0x4000
			}
		}
		if inked < 100 {
			x.Errorf("%s is blank: %d dark pixels in %v", filepath.Base(name), inked, bounds)
		}
	}
	if !red {
		x.Error("no page shows the red seal")
	}
}

// playDecisions archives only what a person approved.
func playDecisions(t *testing.T, h *hall) {
	x := newExchange(t, h, `archive = "confirm"`)
	x.serve()
	x.register()
	x.send("R-1")
	x.reach("R-1", workflow.StateSent)
	l := x.receivedAbout("R-1", 1)
	returned := x.countersign(l.pdf)
	x.answer(l, attached, returned)
	story := x.reach("R-1", workflow.StateReview)
	if !bytes.Equal(x.bytesOf("R-1", "return-1-1"), returned) {
		t.Error("the return under review cannot be taken out")
	}
	x.do("show", "R-1", "--pages", "review")
	if pages, err := filepath.Glob(x.path("review/return-1-1-*.png")); err != nil || len(pages) == 0 {
		t.Errorf("the pages of the return under review: %v, %v", pages, err)
	}
	if _, err := os.Stat(x.path("review/return-1-1-differs-001.png")); err != nil {
		t.Errorf("a picture of what differs: %v", err)
	}
	if verdict := story.Receipts[0].Findings[0].Verdict; verdict.Verdict != workflow.Passed {
		t.Errorf("the return is %s: %v", verdict.Verdict, verdict.AllCauses())
	}
	if len(x.mail(houseMail, "合同待审核", 1)) != 1 {
		t.Error("the return is not filed for review")
	}
	x.refused(2, "a reason is needed", "refuse", "R-1")
	x.do("refuse", "R-1", "--reason", "第三页的日期不对，请重新签署")
	x.reach("R-1", workflow.StateSent)
	x.checkLetters("R-1", workflow.LetterContract, workflow.LetterReview, workflow.LetterRejected)
	if refusal := x.receivedAbout("R-1", 3); !bytes.Contains(x.textOf(refusal), []byte("第三页的日期不对")) {
		t.Error("the supplier is not told the reason")
	}
	x.refused(6, "R-1", "approve", "R-1")
	good := x.countersign(l.pdf)
	x.answer(l, attached, good)
	x.reach("R-1", workflow.StateReview)
	x.do("approve", "R-1", "--reason", "已核对")
	archived := x.reach("R-1", workflow.StateArchived)
	if archived.Contract.Final.Hash != workflow.HashOf(good) {
		t.Error("another file was archived than the one approved")
	}
	x.checkLetters("R-1", workflow.LetterContract, workflow.LetterReview, workflow.LetterRejected, workflow.LetterReview, workflow.LetterConfirmed)
	if !slices.ContainsFunc(archived.Journal, func(e workflow.Entry) bool {
		return e.Action == workflow.ActApproved && e.Details["reason"] == "已核对"
	}) {
		t.Error("the journal does not say who approved and why")
	}
	x.do("archive", "check")
}

// checkLetters expects these letters of a contract, and the supplier to have got each of them once.
func (x *exchange) checkLetters(number string, kinds ...workflow.LetterKind) {
	x.Helper()
	story := x.story(number, "all letters accepted", func(story api.Story) bool {
		return !slices.ContainsFunc(story.Deliveries, func(d workflow.Delivery) bool { return d.State != workflow.DeliveryAccepted })
	})
	var got []workflow.LetterKind
	for _, letter := range story.Letters {
		got = append(got, letter.Kind)
	}
	if !slices.Equal(got, kinds) {
		x.Errorf("letters of %s: %v, want %v", number, got, kinds)
	}
	arrived := 0
	for _, raw := range x.mail(supplierMail, "INBOX", len(kinds)) {
		if strings.Contains(x.read(raw).Subject, number) {
			arrived++
		}
	}
	if arrived != len(kinds) {
		x.Errorf("%d letters about %s arrived, want %d", arrived, number, len(kinds))
	}
}

// playWithdraw takes contracts back before and after they were mailed.
func playWithdraw(t *testing.T, h *hall) {
	x := newExchange(t, h, "")
	x.serve()
	x.register()
	x.send("W-1")
	x.reach("W-1", workflow.StateSent)
	x.refused(2, "a reason is needed", "withdraw", "W-1", "--yes")
	x.do("withdraw", "W-1", "--reason", "价格有误", "--yes")
	x.reach("W-1", workflow.StateWithdrawn)
	x.checkLetters("W-1", workflow.LetterContract, workflow.LetterWithdrawn)
	if l := x.receivedAbout("W-1", 2); !bytes.Contains(x.textOf(l), []byte("价格有误")) {
		t.Error("the supplier is not told the reason")
	}
	x.refused(6, "W-1", "withdraw", "W-1", "--reason", "again", "--yes")
	x.send("W-2", "--hold")
	x.do("withdraw", "W-2", "--reason", "未寄出", "--yes")
	story := x.reach("W-2", workflow.StateWithdrawn)
	for _, delivery := range story.Deliveries {
		if delivery.State != workflow.DeliveryCancelled {
			t.Errorf("delivery to %q is %s", delivery.Recipient, delivery.State)
		}
	}
	if len(story.Letters) != 1 {
		t.Errorf("%d letters about a contract that nobody has seen", len(story.Letters))
	}
	x.refused(6, "W-2", x.order("W-2")...) // A number is used once.
	x.do("archive", "check")
}
