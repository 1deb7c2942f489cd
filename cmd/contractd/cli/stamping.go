package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"contractd/cmd/contractd/config"
	"contractd/signer"
	"contractd/signer/strength"
	"contractd/signer/tsa"
	"contractd/workflow"
	"contractd/workflow/outbound"
)

const (
	outageRest = time.Minute // Until then nobody is asked again where the contract can go on: many would each wait for the same silence.
	fillRoom   = 8 << 10     // Octets left for a timestamp while the authority's tokens are not known; they take 2 to 8 KiB.
)

// timestamped seals with a timestamp, or as [timestamp] outage wants it when no authority answers. lacking says why the
// seal carries none then.
func (b *bench) timestamped(ctx context.Context, request signer.Request, contract workflow.Contract, seal func(signer.Request) error) (lacking, err error) {
	if b.tsa == nil {
		return nil, seal(request)
	}
	goesOn := b.goesOn(request, contract)
	if lacking = b.resting(); lacking == nil || !goesOn {
		if err = b.stampedNow(ctx, request, seal); !errors.Is(err, tsa.ErrUnavailable) || !goesOn {
			return nil, err
		}
		lacking = err
		b.rest(err)
	}
	b.log.Warn("sealed without a timestamp", "contract", contract.ID, "outage", string(b.cfg.Timestamp.Outage), "error", lacking)
	if b.cfg.Timestamp.Outage == config.OutageFill {
		request.Timestamp, request.TimestampSize = signer.NoTimestampYet, b.roomLeft()
	}
	return lacking, seal(request)
}

// stampedNow asks for the timestamp at once. A first one, where none is known yet, comes before the key signs.
func (b *bench) stampedNow(ctx context.Context, request signer.Request, seal func(signer.Request) error) error {
	size, err := b.tokenSize(ctx)
	if err != nil {
		return err
	}
	request.Timestamp, request.TimestampSize = b.stamp, size
	return seal(request)
}

// goesOn reports whether a contract is sealed although nobody gives a timestamp. Later only the last signature can be filled
// in: an act of several waits.
func (b *bench) goesOn(request signer.Request, contract workflow.Contract) bool {
	switch b.cfg.Timestamp.Outage {
	case config.OutageDegrade:
		return true
	case config.OutageFill:
		one := len(request.Seals) == 1 && (request.Seals[0].Kind == signer.Invisible || request.Seals[0].Kind == signer.Ordinary)
		return !request.Separate && (len(contract.Batches) == 0 || one)
	}
	return false
}

// resting returns why nobody is asked at the moment; nil when somebody is.
func (b *bench) resting() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now().Before(b.rests) {
		return b.silence
	}
	return nil
}

func (b *bench) rest(cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rests, b.silence = b.now().Add(outageRest), cause
}

// awake ends the rest: somebody has answered.
func (b *bench) awake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rests, b.silence = time.Time{}, nil
}

func (b *bench) roomLeft() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.token != nil {
		return tsa.Size(b.token)
	}
	return fillRoom
}

// lacks records in a batch, and in a warning, that it carries no timestamp.
func (b *bench) lacks(sealed outbound.Sealed, cause error) outbound.Sealed {
	if cause == nil {
		return sealed
	}
	sealed.Batch.Unstamped = cause.Error()
	sealed.Batch.Awaits = b.cfg.Timestamp.Outage == config.OutageFill
	text := "the seal carries no timestamp: "
	if sealed.Batch.Awaits {
		text = "the seal waits for its timestamp: "
	}
	sealed.Warnings = append(slices.Clone(sealed.Warnings), text+cause.Error())
	return sealed
}

// Fill implements outbound.Filler.
func (b *bench) Fill(ctx context.Context, _ workflow.Contract, in workflow.Document) (workflow.Document, io.Closer, error) {
	if b.tsa == nil {
		err := fmt.Errorf("%w: no timestamp authority is configured any more", workflow.ErrPolicy)
		return workflow.Document{}, nil, workflow.WithHint(err, "name one in [timestamp] urls, or take the seal off with `contractd unseal NUMBER`")
	}
	document, closer, err := b.produce(ctx, func(w io.Writer) error {
		_, err := b.sealer.Fill(ctx, in, in.Size, w, b.stamp)
		return err
	})
	if err == nil {
		b.awake()
	}
	return document, closer, sealError(err)
}

// Preserve implements outbound.Preserver: what the signatures of a sealed contract need to be judged later, as the
// revisions that belong behind it.
func (b *bench) Preserve(ctx context.Context, contract workflow.Contract, sealed workflow.Document) (workflow.Document, io.Closer, error) {
	if !lasting(b.cfg.Seal.Level) {
		return workflow.Document{}, nothing{}, nil
	}
	order := strength.Order{Batch: workflow.NewID(), Archive: b.cfg.Seal.Level == config.LevelBLTA, Stamp: b.stamp}
	for _, batch := range contract.Batches {
		if batch.Unstamped != "" {
			continue // Nothing would tell when it was valid; the batch says why.
		}
		for _, value := range batch.Values {
			order.Values = append(order.Values, value)
		}
	}
	if len(order.Values) == 0 {
		return workflow.Document{}, nothing{}, nil
	}
	collector := &strength.Collector{
		Sealer: b.sealer, Roots: b.roots, TSARoots: b.anchor, Intermediates: b.middle, Hosts: b.asks.hosts, Fetcher: b.asks.web, Now: b.now,
	}
	tail, err := collector.Tail(ctx, sealed, sealed.Size, order)
	if err != nil {
		return workflow.Document{}, nil, fmt.Errorf("reach level %s: %w", b.cfg.Seal.Level, sealError(err))
	}
	return b.produce(ctx, func(w io.Writer) error {
		_, err := w.Write(tail)
		return err
	})
}
