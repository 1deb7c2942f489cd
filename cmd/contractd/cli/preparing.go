package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"contractd/cmd/contractd/config"
	"contractd/signer"
	"contractd/signer/pdf"
	"contractd/signer/place"
	"contractd/signer/qr"
	"contractd/signer/verify"
	"contractd/workflow"
)

// preparation is a draft with its QR code and its empty fields, as it goes to the first seal.
type preparation struct {
	workflow.Document
	io.Closer
	fields []workflow.SignatureField
}

// settler finds places with the workers that show pages.
func (b *bench) settler() settler { return settler{b.sealer, b.eyes.Places} }

// prepareDraft gives a draft what it gets before its first seal, in a revision of its own that belongs to the batch of that seal.
// A draft that is signed already gets none of it: that would change what somebody signed.
func (b *bench) prepareDraft(ctx context.Context, contract workflow.Contract, in workflow.Document, batch string) (preparation, error) {
	plain := preparation{Document: in, Closer: nothing{}}
	if !b.cfg.Seal.QR.Stamp && len(b.cfg.Seal.Fields) == 0 {
		return plain, nil
	}
	if signed, err := isSigned(ctx, in); err != nil || signed {
		return plain, err
	}
	stamp, err := b.wantsCode(ctx, contract, in)
	if err != nil || !stamp && len(b.cfg.Seal.Fields) == 0 {
		return plain, err
	}
	p, err := b.planned(ctx, contract, in, batch, stamp)
	if err != nil {
		return plain, fmt.Errorf("prepare contract %s: %w", contract.Number, err)
	}
	document, closer, err := b.produce(ctx, func(w io.Writer) error {
		_, err := b.sealer.Prepare(ctx, in, in.Size, w, p)
		return err
	})
	if err != nil {
		return plain, fmt.Errorf("prepare contract %s: %w", contract.Number, err)
	}
	done := preparation{Document: document, Closer: closer}
	for n, field := range b.cfg.Seal.Fields {
		done.fields = append(done.fields, workflow.SignatureField{Name: field.Name, Role: field.Role, Page: p.Fields[n].Place.Page})
	}
	return done, nil
}

// codeDPI shows drafts finely enough for codes that a program drew.
const codeDPI = 150

// isSigned reports whether somebody signed a draft before us.
func isSigned(ctx context.Context, draft workflow.Document) (bool, error) {
	found, err := verify.Inspect(ctx, draft, pdf.Limits{})
	return len(found.Signatures) > 0, err
}

// wantsCode reports whether an unsigned draft is to get a QR code: it has none with its number.
func (b *bench) wantsCode(ctx context.Context, contract workflow.Contract, in workflow.Document) (bool, error) {
	if !b.cfg.Seal.QR.Stamp {
		return false, nil
	}
	codes, err := b.eyes.CodesAt(ctx, in, codeDPI)
	if err != nil {
		return false, err
	}
	for _, text := range codes {
		if number, _, ok := workflow.ParseQR(text); ok && number == contract.Number {
			return false, nil
		}
	}
	return true, nil
}

// planned finds the places of code and fields, clear of where all our seals will stand.
func (b *bench) planned(ctx context.Context, contract workflow.Contract, in workflow.Document, batch string, stamp bool) (signer.Preparation, error) {
	p := signer.Preparation{BatchID: batch}
	seals, wishes := b.everySeal()
	queries, err := b.fieldQueries()
	if err != nil {
		return p, err
	}
	if stamp {
		queries = append(queries, codeQuery(b.cfg.Seal.QR))
	}
	places, err := b.settler().settle(ctx, in, seals, wishes, queries...)
	if err != nil {
		return p, err
	}
	for n, field := range b.cfg.Seal.Fields {
		if len(places[n]) != 1 {
			return p, usage("name one place for it in [[seal.fields]]", "the field %q would stand in %d places", field.Name, len(places[n]))
		}
		p.Fields = append(p.Fields, signer.EmptyField{Name: field.Name, Place: places[n][0], Width: float64(field.Width), Height: float64(field.Height)})
	}
	if !stamp {
		return p, nil
	}
	modules, err := qr.Modules(workflow.QRText(contract.Number, contract.Code()))
	if err != nil {
		return p, err
	}
	at := places[len(places)-1]
	p.Stamp = &signer.Stamp{Place: at[0], Size: float64(b.cfg.Seal.QR.Size), Quiet: qr.Quiet, Modules: modules}
	return p, nil
}

func codeQuery(settings config.QR) place.Query {
	return place.Query{At: settings.At, Pages: selected(settings.Page), Width: float64(settings.Size), Height: float64(settings.Size)}
}

func (b *bench) fieldQueries() ([]place.Query, error) {
	var queries []place.Query
	for _, field := range b.cfg.Seal.Fields {
		spec, err := place.Parse(field.At)
		if err != nil {
			return nil, err
		}
		queries = append(queries, place.Query{
			At: field.At, Pages: pagesFor(spec, selected(field.Page)), Width: float64(field.Width), Height: float64(field.Height),
		})
	}
	return queries, nil
}

// rehearse finds the places of everything on a draft before it is recorded, so that whoever sends it hears at once what is missing.
func (b *bench) rehearse(ctx context.Context, draft workflow.Document) error {
	seals, wishes := b.everySeal()
	queries, err := b.fieldQueries()
	if err != nil {
		return err
	}
	if len(queries) > 0 {
		signed, err := isSigned(ctx, draft)
		if err != nil {
			return err
		}
		if signed { // It gets no fields.
			queries = nil
		}
	}
	if _, err := b.settler().settle(ctx, draft, seals, wishes, queries...); err != nil {
		return fmt.Errorf("place our seals: %w", err)
	}
	return nil
}

// checkPlaces refuses places of the configuration that are none.
func (b *bench) checkPlaces() error {
	var faults []error
	check := func(key, at string) {
		if at == "" {
			return
		}
		if _, err := place.Parse(at); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", key, err))
		}
	}
	for n, mark := range b.cfg.Seal.Marks {
		check(fmt.Sprintf("seal.marks[%d].at", n), mark.At)
	}
	for n, field := range b.cfg.Seal.Fields {
		check(fmt.Sprintf("seal.fields[%d].at", n), field.At)
	}
	check("seal.qr.at", b.cfg.Seal.QR.At)
	return errors.Join(faults...)
}
