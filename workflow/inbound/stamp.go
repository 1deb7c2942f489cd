package inbound

import (
	"context"
	"fmt"
	"slices"
	"time"

	"contractd/workflow"
	"contractd/workflow/post"
)

// Notary proves by when a document was there.
type Notary interface {
	// Stamp returns a timestamp over the digest, and its token. Any error means that none can be had now; the caller goes
	// on without one.
	Stamp(ctx context.Context, digest workflow.Hash) (workflow.Stamp, workflow.Document, error)
}

// maxStamps bounds what one message can make us ask for.
const maxStamps = 16

// stamp takes our timestamp over a return before it is judged (verification.md, 18), and makes it durable at once, so that
// the earliest counts however often judging is tried. An authority that does not answer holds up nothing: the next
// attempt at judging, if there is one, asks again.
func (t *trial) stamp(ctx context.Context, h *hearing) (workflow.Document, post.Closers, error) {
	over := h.document.Hash
	for _, known := range t.arrival.Stamps {
		if known.Over == over {
			h.finding.Stamp = &known
			token, closer, err := t.judge.Ledger.Document(ctx, known.Token)
			if err != nil {
				return token, nil, fmt.Errorf("open timestamp of arrival %s: %w", t.arrival.ID, err)
			}
			return token, post.Closers{closer}, nil
		}
	}
	if t.only || t.judge.Notary == nil || len(t.arrival.Stamps) >= maxStamps {
		return workflow.Document{}, nil, nil
	}
	stamp, token, err := t.judge.Notary.Stamp(ctx, over)
	if err != nil {
		if ctx.Err() != nil {
			return token, nil, ctx.Err()
		}
		t.judge.Log.Warn("return not stamped", "arrival", t.arrival.ID, "document", over.Short(), "error", err)
		h.finding.NoStamp = err.Error()
		return workflow.Document{}, nil, nil
	}
	h.finding.Stamp = &stamp
	return token, nil, t.keepStamp(ctx, stamp, token)
}

// keepStamp records a timestamp with its arrival, in a transaction of its own.
func (t *trial) keepStamp(ctx context.Context, stamp workflow.Stamp, token workflow.Document) error {
	arrival := t.arrival
	arrival.Stamps = append(slices.Clone(arrival.Stamps), stamp)
	err := t.judge.Ledger.Apply(ctx, workflow.Change{
		Documents: []workflow.Document{token}, Arrivals: []workflow.Arrival{arrival},
		Entries: []workflow.Entry{{
			Time: t.judge.Now(), Actor: workflow.System.Name, Action: workflow.ActStamped, Subject: "arrival/" + string(arrival.ID),
			Details: map[string]string{
				"document": stamp.Over.String(), "token": stamp.Token.Hash.String(), "time": stamp.Time.UTC().Format(time.RFC3339), "authority": stamp.Authority,
			},
		}},
	})
	if err != nil {
		return fmt.Errorf("record timestamp of arrival %s: %w", arrival.ID, err)
	}
	arrival.Revision++
	t.arrival = arrival
	return nil
}
