package qr

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"slices"

	"contractd/signer/render"
)

// Bounds of a search.
const (
	firstPages = 2        // A code stands on one of the first pages,
	lastPages  = 1        // or on the last.
	maxPixels  = 12 << 20 // Of one picture: A3 at 200 dpi has 7.7 million.
	maxFound   = 16       // Codes of one document.
)

// resolutions are tried one after the other, until a page shows a code of the wanted kind: most are read at the first one, faint or
// small ones at the second.
var resolutions = []int{150, 240}

// Search returns the codes on the first and last pages of a document for which wanted holds. A resolution other than 0 is the only
// one that is tried: what a program drew is read at once, what was scanned may need several.
func Search(ctx context.Context, renderer *render.Renderer, in io.ReaderAt, size int64, resolution int, wanted func(text string) bool) (texts []string, err error) {
	tried := resolutions
	if resolution > 0 {
		tried = []int{resolution}
	}
	session, err := renderer.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	document, err := session.Open(in, size)
	if err != nil {
		return nil, err
	}
	for _, dpi := range tried {
		for page := 1; page <= document.Pages() && len(texts) < maxFound; page++ {
			if page > firstPages && page <= document.Pages()-lastPages {
				continue
			}
			picture, err := shown(ctx, document, page, dpi)
			if err != nil {
				return nil, fmt.Errorf("look for QR codes: %w", err)
			}
			if picture == nil {
				continue
			}
			for _, text := range Read(picture) {
				if wanted(text) && !slices.Contains(texts, text) {
					texts = append(texts, text)
				}
			}
		}
		if len(texts) > 0 {
			break
		}
	}
	return texts, nil
}

// shown renders a page; nil where that would be too large.
func shown(ctx context.Context, document *render.Document, page, dpi int) (image.Image, error) {
	width, height, err := document.Size(page)
	if err != nil {
		return nil, err
	}
	if !(width*height*float64(dpi*dpi)/72/72 <= maxPixels) { // Not ">": that would let NaN pass.
		return nil, nil
	}
	return document.Render(ctx, page, render.View{DPI: dpi})
}
