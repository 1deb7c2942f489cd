package cli

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"contractd/cmd/contractd/config"
	"contractd/signer"
	"contractd/signer/pdf"
	"contractd/signer/trust"
	"contractd/signer/tsa"
	"contractd/signer/verify"
	"contractd/workflow"
)

// signed is what sign prints.
type signed struct {
	Output    string        `json:"output"`
	SHA256    workflow.Hash `json:"sha256"`
	Size      int64         `json:"size"`
	Field     string        `json:"field"`
	Signer    string        `json:"signer"`
	Level     string        `json:"level"`
	Page      int           `json:"page,omitempty"`
	Batch     string        `json:"batch"`
	Signature workflow.Hash `json:"signature"`

	Signatures int        `json:"signatures"` // More than one where each mark has its own.
	Marks      []markSeen `json:"marks"`
}

func (e *env) runSign(ctx context.Context, in string, options signOptions) (err error) {
	if err := options.check(); err != nil {
		return fmt.Errorf("sign %s: %w", in, err)
	}
	where, err := options.place()
	if err != nil {
		return fmt.Errorf("sign %s: %w", in, err)
	}
	document, closer, err := e.openForSeal(ctx, in, options)
	if err != nil {
		return fmt.Errorf("sign %s: %w", in, err)
	}
	defer closer.Close() // Only read.
	done, err := e.signTo(ctx, document, options, where)
	if err != nil {
		return fmt.Errorf("sign %s: %w", in, err)
	}
	if e.json {
		return e.printJSON(done)
	}
	_, err = fmt.Fprintf(e.stdout, "%s: sealed by %s, level %s, field %s, sha256 %s\n", done.Output, printable(done.Signer), done.Level, printable(done.Field), done.SHA256)
	return err
}

// openForSeal opens the input, tells what it holds, and refuses what must not be sealed.
func (e *env) openForSeal(ctx context.Context, in string, options signOptions) (workflow.Document, io.Closer, error) {
	document, closer, err := openPlain(in)
	if err != nil {
		return document, nil, err
	}
	if err = checkOutput(in, options.out, options.force); err == nil {
		err = e.inspect(ctx, in, document, options.shadow)
	}
	if err != nil {
		closer.Close() // Only read.
		return document, nil, err
	}
	return document, closer, nil
}

// inspect tells what a file holds before it is sealed.
func (e *env) inspect(ctx context.Context, in string, document workflow.Document, shadow config.Shadow) error {
	found, err := verify.Inspect(ctx, document, pdf.Limits{})
	if err != nil {
		return err
	}
	if len(found.Refused) == 0 {
		fmt.Fprintf(e.stderr, "%s: %d pages, %d signatures\n", base(in), found.Pages, len(found.Signatures))
	}
	for _, signature := range found.Signatures {
		state := "intact"
		if !signature.Intact {
			state = "BROKEN"
		}
		fmt.Fprintf(e.stderr, "  %s: %s, %s, later changes: %s\n", printable(signature.Field), printable(signature.Signer), state, signature.LaterChanges)
	}
	for _, text := range found.Shadow {
		fmt.Fprintf(e.stderr, "  note: it may show something else later: %s\n", printable(text))
	}
	if found.NeedAppearances {
		fmt.Fprintln(e.stderr, "  note: viewers redraw the fields of its form (NeedAppearances)")
	}
	if err := refusal(found); err != nil {
		return err
	}
	return shadowed(found, shadow)
}

// signTo seals into a temporary file, looks at the result, and gives it its name.
func (e *env) signTo(ctx context.Context, document workflow.Document, options signOptions, where placement) (done signed, err error) {
	cfg, err := e.configFor(options.keyOptions)
	if err != nil {
		return done, err
	}
	request, sealer, err := e.prepareSeal(ctx, cfg, options, where)
	if err != nil {
		return done, err
	}
	target, err := createOutput(options.out, options.force)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	held, err := e.openKey(ctx, options.keyOptions, cfg)
	if err != nil {
		return done, err
	}
	defer held.closer.Close() // The process ends; what it signed is there.
	return e.sealInto(ctx, document, target, press{options, where, request, sealer, held})
}

// press is what seals one file after the other.
type press struct {
	options signOptions
	where   placement
	request signer.Request
	sealer  *signer.Sealer
	held    *heldKey
}

// sealInto seals a document, looks at the result, and gives it its name.
func (e *env) sealInto(ctx context.Context, document workflow.Document, target *output, p press) (done signed, err error) {
	request, held := p.request, p.held
	request.Seals = slices.Clone(request.Seals) // Several files may be sealed at once.
	request.Key, request.Certificate, request.Chain = held.signer, held.certificate, held.chain
	name := trust.Identity(held.certificate).CommonName
	if p.where.kind == signer.Ordinary || p.where.kind == signer.MultiPage {
		request.Seals[0].Lines = describe(linesOf(p.options.lines), name, request.Time, request.Reason)
		drawn, kind, err := p.options.trialSeal(p.sealer.Font(), held.certificate)
		if err != nil {
			return done, err
		}
		if drawn != nil {
			if request.Seals[0].Image = drawn; request.Seals[0].Size == signer.DefaultSize {
				request.Seals[0].Size = kind.Size()
			}
		}
	}
	ready, err := p.settle(ctx, document, &request)
	if err != nil {
		return done, err
	}
	defer ready.Close() // Only read by now.
	if err := lockable(ctx, ready.Document, request.Lock); err != nil {
		return done, err
	}
	result, err := p.sealer.Seal(ctx, ready.Document, ready.Document.Size, target, request)
	if err != nil {
		return done, plainSealError(err, held.certificate, e.now())
	}
	level, err := e.strengthen(ctx, target, &result, p)
	if err != nil {
		return done, err
	}
	if err := checkSealed(ctx, target, result); err != nil {
		return done, err
	}
	done = describeSigned(target.path, name, result)
	done.Level = string(level)
	return done, target.Commit()
}

func describeSigned(out, name string, result signer.Result) signed {
	done := signed{
		Output: out, SHA256: result.SHA256, Size: result.Size, Field: result.Signatures[0].Field, Signer: name, Level: string(config.LevelBB),
		Batch: result.BatchID, Signature: result.Signatures[0].Value,
	}
	done.Signatures, done.Marks = len(result.Signatures), marksSeen(result.Marks)
	if len(result.Marks) > 0 {
		done.Page = result.Marks[0].Page
	}
	return done
}

// configFor loads the configuration where a key of it is named.
func (e *env) configFor(options keyOptions) (*config.Config, error) {
	if options.isFile() {
		return nil, nil
	}
	return e.load()
}

// checkSealed looks at what was written with the eyes of the verifier.
func checkSealed(ctx context.Context, target io.ReaderAt, result signer.Result) error {
	found, err := verify.Inspect(ctx, workflow.Document{Ref: workflow.Ref{Hash: result.SHA256, Size: result.Size}, ReaderAt: target}, pdf.Limits{})
	if err != nil {
		return fmt.Errorf("check the sealed file: %w", err)
	}
	for _, signature := range found.Signatures {
		if signature.Value == workflow.Hash(result.Signatures[0].Value) && signature.Intact && len(found.Broken)+len(found.Refused) == 0 {
			return nil
		}
	}
	if err := refusal(found); err != nil {
		return fmt.Errorf("check the sealed file: %w", err)
	}
	return fmt.Errorf("check the sealed file: our own signature is not found in it intact: %w", workflow.ErrIntegrity)
}

// plainSealError names the cure of what can go wrong with a single file.
func plainSealError(err error, certificate *x509.Certificate, now time.Time) error {
	switch {
	case errors.Is(err, tsa.ErrUnavailable):
		return workflow.WithHint(err, "nothing was written; try again, name another --timestamp, or seal without one at level B-B")
	case now.After(certificate.NotAfter):
		return workflow.WithHint(err, "the certificate ended on "+day(certificate.NotAfter, time.Local)+"; have it renewed")
	case now.Before(certificate.NotBefore):
		return workflow.WithHint(err, "the certificate begins on "+day(certificate.NotBefore, time.Local)+"; check this machine's clock")
	}
	if errors.Is(err, workflow.ErrPolicy) && certificate.KeyUsage != 0 && certificate.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		return workflow.WithHint(err, "its key is made for something else, such as encryption (加密证书): choose the signing certificate (签名证书)")
	}
	return sealError(tokenError(err))
}
