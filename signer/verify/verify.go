// Package verify judges signed PDF files: whether each signature is intact, what came after it, who signed, when, and
// whether the file is still the contract that was sent.
//
// It promises: a verdict is data, an error means that the question could not be answered; nothing is repaired; what no
// rule explains is refused; only configured anchors count; identity comes from certificates, never from names in the
// file. A signature proves what its byte range covers, and every change after that is judged as a whole, by comparing
// the values of two views of the file.
//
// It fetches nothing: it tells what it would need (Options.Want), and judges again with what was fetched.
package verify

import (
	"context"
	"crypto/x509"
	"time"

	"contractd/signer/pdf"
	"contractd/signer/trust"
	"contractd/workflow"
)

// Options says against what a file is judged. The zero value judges integrity and what came later, trusts nobody, and
// expects nobody.
type Options struct {
	Roots         *trust.Anchors      // Whom signers' certificates must lead to; nil means that nobody is trusted.
	TSARoots      *trust.Anchors      // The same for timestamps; nil means Roots.
	Intermediates []*x509.Certificate // Further certificates for building paths.

	Revocation trust.RevocationMode // Empty means off.
	Evidence   trust.Evidence       // What is known about certificates beside what the file carries.
	Hosts      []string             // Hosts from which missing issuers may be fetched, beside those of the authorities known.
	Want       func(trust.Want)     // Told what would settle open questions, if it were fetched; nil: nobody fetches.

	Arrival []byte // Token of our own timestamp over the whole file, taken when it arrived; nil: there is none.

	Now time.Time // When the check runs; zero means the clock.
	At  time.Time // The moment to judge where no time is proven; zero means Now.

	Sent     *Sent             // What was mailed: the contract lane. Nil: the general lane.
	Ours     []workflow.Signer // Whose signatures are on what was sent; only names their roles.
	Theirs   []workflow.Signer // Whose signatures are expected on the return. With Required empty too, identity is not judged.
	Required []workflow.Role   // Roles that must have signed.

	PinnedMarks bool            // Pictures in marks of theirs must be among Marks.
	Marks       []workflow.Hash // Pictures that are known as theirs.

	IdentityExtensions []string // OIDs of further certificate extensions that carry identity numbers.

	Statements []string // Signed words that are known and harmless, beside those of this package.
	MaxMark    float64  // Largest width and height of a mark in millimetres; zero means 60.

	// LTAUnderP1 lets validation material and document timestamps follow a certification that allows no change
	// (ISO 32000-2, table 257, P = 1; ISO 32000-1 forbade them).
	LTAUnderP1 bool

	Limits pdf.Limits
}

// Sent is what was mailed.
type Sent struct {
	Document workflow.Document // The bytes; the reader is needed only for naming `rewritten` and early ends.
	Known    []workflow.Prefix // Other documents of ours that a return may begin with, to name the mistake.
	Values   []workflow.Hash   // Our signature values on it; empty: read from Document.
}

// Verify judges doc. The error is that of reading or of ctx, never a fault of the file.
func Verify(ctx context.Context, doc workflow.Document, o Options) (workflow.Verdict, error) {
	return newCase(ctx, doc, o).judge()
}

// DefaultMaxMark is the customary upper size of a Chinese seal with some air, in millimetres.
const DefaultMaxMark = 60

func (o Options) withDefaults() Options {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.At.IsZero() {
		o.At = o.Now
	}
	if o.TSARoots == nil {
		o.TSARoots = o.Roots
	}
	if o.Roots == nil {
		o.Roots = trust.NewAnchors()
	}
	if o.TSARoots == nil {
		o.TSARoots = trust.NewAnchors()
	}
	if o.MaxMark <= 0 {
		o.MaxMark = DefaultMaxMark
	}
	return o
}

func (o Options) lane() workflow.Lane {
	if o.Sent != nil {
		return workflow.ContractLane
	}
	return workflow.GeneralLane
}
