package cli

import (
	"context"
	"fmt"

	"contractd/signer"
	"contractd/signer/place"
	"contractd/workflow"
)

// wish is where a seal is wanted, beyond its own pages, X and Y.
type wish struct {
	at    string // As place.Parse reads it; empty means nothing beyond.
	clear bool   // It must cover no ink.
}

// seeker finds places on a document's pages: a worker's, or PDFium in this process.
type seeker func(ctx context.Context, document workflow.Document, queries ...place.Query) ([][]signer.Place, error)

// settler finds the places of seals before they are placed.
type settler struct {
	sealer *signer.Sealer
	seek   seeker
}

// settle gives seals the places that are wished for; wishes are those of the seals in the same order. Pages are shown only where
// that is needed.
func (s settler) settle(ctx context.Context, document workflow.Document, seals []signer.Seal, wishes []wish, more ...place.Query) (further [][]signer.Place, err error) {
	var queries []place.Query
	var of []int // Which seal each query is for.
	needed := len(more) > 0
	for n := range seals {
		spec, err := wishes[n].apply(&seals[n])
		if err != nil {
			return nil, err
		}
		var query place.Query
		switch settled := seals[n].Field != "" || seals[n].Kind == signer.Riding; {
		case seals[n].Kind == signer.Invisible, settled && !wishes[n].clear:
			continue
		case settled:
			query, err = s.settled(ctx, document, seals[n])
		default:
			query, err = s.query(seals[n], spec, wishes[n])
		}
		if err != nil {
			return nil, err
		}
		needed = needed || !spec.Plain() || wishes[n].clear
		queries, of = append(queries, query), append(of, n)
	}
	if !needed {
		return nil, nil
	}
	return s.seekAll(ctx, document, seals, queries, of, more)
}

// query asks for the place of a seal.
func (s settler) query(seal signer.Seal, spec place.Spec, w wish) (place.Query, error) {
	query := place.Query{At: w.at, Pages: pagesFor(spec, seal.Pages), Clear: w.clear, Loose: spec.Plain() && !w.clear}
	if query.At == "" {
		query.At = fmt.Sprintf("%g,%g", seal.X, seal.Y)
	}
	extent, err := s.sealer.Measure(seal)
	query.Width, query.Height, query.Below = extent.Width, extent.Height, extent.Below
	return query, err
}

// settled asks whether a seal at edges or in a field, whose places follow from the document, covers no ink.
func (s settler) settled(ctx context.Context, document workflow.Document, seal signer.Seal) (place.Query, error) {
	marks, err := s.sealer.Layout(ctx, document, document.Size, []signer.Seal{seal})
	at := "field:" + seal.Field
	if seal.Kind == signer.Riding {
		at = "its edge"
	}
	return place.Query{At: at, Marks: rectangles(marks)}, err
}

func (s settler) seekAll(ctx context.Context, document workflow.Document, seals []signer.Seal, queries []place.Query, of []int, more []place.Query) ([][]signer.Place, error) {
	taken, err := s.taken(ctx, document, seals)
	if err != nil {
		return nil, err
	}
	queries = append(queries, more...)
	for n := range queries {
		queries[n].Taken, queries[n].Apart = taken, n >= len(of) // Seals may touch one another, as on paper.
	}
	found, err := s.seek(ctx, document, queries...)
	if err != nil {
		return nil, place.Explain(err)
	}
	for n, seal := range of {
		seals[seal].Places = found[n]
		if len(found[n]) > 1 && seals[seal].Kind == signer.Ordinary {
			seals[seal].Kind = signer.MultiPage
		}
	}
	return found[len(of):], nil
}

// taken is what riding seals will cover: their places follow from their pages.
func (s settler) taken(ctx context.Context, document workflow.Document, seals []signer.Seal) ([]place.Taken, error) {
	var riding []signer.Seal
	for _, seal := range seals {
		if seal.Kind == signer.Riding {
			riding = append(riding, seal)
		}
	}
	if len(riding) == 0 {
		return nil, nil
	}
	marks, err := s.sealer.Layout(ctx, document, document.Size, riding)
	return rectangles(marks), err
}

func rectangles(marks []signer.Mark) []place.Taken {
	var all []place.Taken
	for _, m := range marks {
		all = append(all, place.Taken{Page: m.Page, X: m.X, Y: m.Y, Width: m.Width, Height: m.Height})
	}
	return all
}

// apply puts into a seal what needs no page: a field, or two numbers.
func (w wish) apply(seal *signer.Seal) (place.Spec, error) {
	if seal.Kind == "" {
		seal.Kind = signer.Ordinary
	}
	if w.at == "" {
		return place.Spec{Kind: place.AtPoint}, nil
	}
	spec, err := place.Parse(w.at)
	if err != nil {
		return spec, err
	}
	switch {
	case spec.Kind == place.InField:
		seal.Field = spec.Field
	case seal.Kind == signer.Riding:
		return spec, usage("riding seals have an edge and a position on it", "a riding seal at %s", w.at)
	case spec.Plain():
		seal.X, seal.Y = spec.X, spec.Y
	}
	return spec, nil
}

// pagesFor lets a keyword be searched on all pages where nothing but the usual last one is named.
func pagesFor(spec place.Spec, pages signer.Selection) signer.Selection {
	if pages == "" || spec.Kind == place.AtKeyword && (pages == signer.LastPage || pages == "-1") {
		if spec.Kind == place.AtKeyword {
			return signer.AllPages
		}
		return signer.FirstPage
	}
	return pages
}
