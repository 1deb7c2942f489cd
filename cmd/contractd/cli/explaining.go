package cli

import (
	"context"
	"time"

	"contractd/mailbox"
	"contractd/workflow"
	"contractd/workflow/inbound"
)

// judgeOf wires a Judge that has no mailbox yet.
func (h *house) judgeOf(began time.Time) *inbound.Judge {
	return &inbound.Judge{
		Ledger: h.ledger, Register: h.ledger, Numbers: h.ledger, Queue: h.ledger, Verifier: timedVerifier{h.bench, h.ledger}, Clerk: h.clerk,
		Parser: &mailbox.Parser{Spool: dataPath(h.cfg, "spool")}, Own: ownAddresses(h.cfg),
		Now: h.now, Log: h.log, Room: h.room, Stops: h.ledger, Still: h.cfg.Mail.Mode.Still(), Began: began,
	}
}

// explain tells what would become of a message, by the judge that the daemon has.
func (h *house) explain(ctx context.Context, actor workflow.Actor, raw workflow.Document) (inbound.Explanation, error) {
	began, err := beginning(ctx, h.ledger)
	if err != nil {
		return inbound.Explanation{}, err
	}
	return h.judgeOf(began).Explain(ctx, actor, raw)
}
