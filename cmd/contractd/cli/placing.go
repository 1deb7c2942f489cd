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
		if seals[n].Field != "" || seals[n].Kind == signer.Riding || seals[n].Kind == signer.Invisible {
			continue
		}
		query := place.Query{At: wishes[n].at, Pages: pagesFor(spec, seals[n].Pages), Clear: wishes[n].clear, Loose: spec.Plain() && !wishes[n].clear}
		if query.At == "" {
			query.At = fmt.Sprintf("%g,%g", seals[n].X, seals[n].Y)
		}
		extent, err := s.sealer.Measure(seals[n])
		if err != nil {
			return nil, err
		}
		query.Width, query.Height, query.Below = extent.Width, extent.Height, extent.Below
		needed = needed || !spec.Plain() || wishes[n].clear
		queries, of = append(queries, query), append(of, n)
	}
	if !needed {
		return nil, nil
	}
	return s.seekAll(ctx, document, seals, queries, of, more)
}

func (s settler) seekAll(ctx context.Context, document workflow.Document, seals []signer.Seal, queries []place.Query, of []int, more []place.Query) ([][]signer.Place, error) {
	taken, err := s.taken(ctx, document, seals)
	if err != nil {
		return nil, err
	}
	queries = append(queries, more...)
	for n := range queries {
		queries[n].Taken = taken
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
	var taken []place.Taken
	for _, m := range marks {
		taken = append(taken, place.Taken{Page: m.Page, X: m.X, Y: m.Y, Width: m.Width, Height: m.Height})
	}
	return taken, err
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
