package signer

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// Undone is what Undo took away.
type Undone struct {
	BatchID     string // Empty when the signature was not made by this program.
	Signatures  int
	Accompanied int // Revisions that went with them: long-term material, document timestamps, prepared fields, a QR code.
	Certificate *x509.Certificate
	Size        int64    // Of the output.
	SHA256      [32]byte // Of the output.
}

// Batch says what Undo may take away.
type Batch struct {
	Own func(*x509.Certificate) bool // Whether a certificate is one's own; the caller has proved that its key is present, see Prove.
	To  int64                        // Nothing below this size goes; 0 where the file itself says where the batch begins.
}

// Undo writes to out the file as it was before its last batch. It refuses with workflow.ErrPolicy unless the file ends with
// a whole signature by a certificate that is one's own, or with what accompanies one of the same batch, and with
// workflow.ErrIntegrity if that does not hold. What private keys claim that nobody signed decides nothing by itself: it
// must fit an own signature below, and the revision must be of a kind that takes nobody's work away (accompanying).
// Signatures of other programs are taken back one at a time, to the end of the line after the end-of-file marker before them.
func (s *Sealer) Undo(ctx context.Context, in io.ReaderAt, size int64, out io.Writer, b Batch) (Undone, error) {
	p := peeling{sealer: s, in: in, batch: b, undone: Undone{Size: size}, at: size}
	err := p.run(ctx)
	undone := p.undone
	if err == nil {
		digest := sha256.New()
		err = s.copy(ctx, in, undone.Size, io.MultiWriter(digest, out))
		digest.Sum(undone.SHA256[:0])
	}
	if err != nil {
		return Undone{}, fmt.Errorf("undo the last seal: %w", err)
	}
	return undone, nil
}

// peeling takes revisions off as long as they belong to the same batch.
type peeling struct {
	sealer *Sealer
	in     io.ReaderAt
	batch  Batch
	undone Undone // What is decided.

	at      int64  // How far it has looked.
	claimed string // The batch that what stands above the first signature says it is of; empty for none.
	above   int    // How many revisions that is.
}

func (p *peeling) run(ctx context.Context) error {
	for p.at > p.batch.To {
		going, err := p.step(ctx)
		if p.undone.Signatures > 0 && (errors.Is(err, workflow.ErrPolicy) || err == nil && !going) {
			return nil // What is below belongs to somebody or something else.
		}
		if err != nil {
			return err
		}
		if p.at < p.batch.To {
			return fmt.Errorf("%w: the batch begins at byte %d, not at %d", workflow.ErrIntegrity, p.at, p.batch.To)
		}
	}
	if p.undone.Signatures == 0 {
		return fmt.Errorf("%w: there is no signature in what was to be taken off", workflow.ErrIntegrity)
	}
	return nil
}

// step takes one more revision off, and reports whether it did.
func (p *peeling) step(ctx context.Context) (bool, error) {
	file, err := open(ctx, p.in, p.at, p.sealer.limits)
	if err != nil {
		return false, err
	}
	if file.Last().Prev == nil {
		return false, fmt.Errorf("%w: nothing was added to the file since it was made", workflow.ErrPolicy)
	}
	top, err := topSignature(p.in, file)
	if err != nil {
		return p.accompanied(file, err)
	}
	return p.signature(top)
}

// signature takes off one of the key's own.
func (p *peeling) signature(top *top) (bool, error) {
	if p.undone.Signatures > 0 && !top.sameBatch(p.undone) {
		return false, nil
	}
	if err := top.check(p.batch.Own); err != nil {
		return false, err
	}
	if p.above > 0 && top.batch != p.claimed {
		return false, fmt.Errorf("%w: what stands above the last signature says that it belongs to another sealing act", workflow.ErrPolicy)
	}
	p.at = top.before
	p.undone.Signatures++
	p.undone.Accompanied += p.above
	p.above = 0
	p.undone.BatchID, p.undone.Certificate, p.undone.Size = top.batch, top.certificate, p.at
	return true, nil
}

// accompanied takes off what goes with a batch. It is decided about only with a signature below it. why says what else it
// could have been.
func (p *peeling) accompanied(file *pdf.File, why error) (bool, error) {
	if junk, err := file.Trailing(); err != nil || junk.Len() > 0 {
		return false, errors.Join(why, err)
	}
	claim, err := accompanying(file.Last())
	if err != nil {
		return false, errors.Join(why, err)
	}
	known := p.undone.BatchID
	if p.undone.Signatures == 0 {
		if p.claimed == "" {
			p.claimed = claim.batch
		}
		known = p.claimed
	}
	if claim.batch != known {
		return false, why
	}
	before, err := boundary(p.in, file.Last(), claim.before)
	if err != nil {
		return false, err
	}
	p.at = before
	if p.undone.Signatures == 0 {
		p.above++
		return true, nil
	}
	p.undone.Accompanied++
	p.undone.Size = before
	return true, nil
}
