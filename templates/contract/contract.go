// Package contract makes a contract's PDF from an embedded or given template and the data of one agreement.
//
// It promises the same bytes for the same template, data, font and options; Chinese in which no glyph is missing (a
// missing one is an error); and a QR code that names the contract. It does not seal, number or send anything, and
// does not advise on law: the embedded clauses are an example to be replaced by the company's own.
package contract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"contractd/signer/font"
	"contractd/workflow"
)

// Options say how a contract is rendered.
type Options struct {
	Template string    // An embedded name such as "purchase", or a file's path; empty means "purchase".
	Font     string    // Path of a TrueType font with Chinese; empty means: look for one.
	Code     string    // The verification code in the QR code, derived by the caller; empty means no QR code.
	Created  time.Time // The document's date of creation; must be given.
}

// Place is where a party signs: the middle of "（盖章）", in millimetres from the lower left of the page.
type Place struct {
	Party string // "buyer" (甲方) or "seller" (乙方).
	Page  int    // From 1.
	X, Y  float64
}

// Render writes the PDF. Faults in data or template wrap workflow.ErrUsage.
func Render(ctx context.Context, w io.Writer, data Data, options Options) error {
	if options.Created.IsZero() {
		return errors.New("render contract: the date of creation is missing")
	}
	pages, face, err := arrange(data, options)
	if err != nil {
		return fmt.Errorf("render contract %q: %w", data.Number, err)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("render contract %q: %w", data.Number, err)
	}
	if err := draw(w, pages, face, data, options); err != nil {
		return fmt.Errorf("render contract %q: %w", data.Number, err)
	}
	return nil
}

// Places returns where the parties sign in the PDF that Render writes for the same data and options.
func Places(data Data, options Options) ([]Place, error) {
	pages, _, err := arrange(data, options)
	if err != nil {
		return nil, fmt.Errorf("arrange contract %q: %w", data.Number, err)
	}
	var places []Place
	for i, page := range pages {
		for _, at := range page.places {
			places = append(places, Place{at.party, i + 1, at.x, pageHeight - at.y})
		}
	}
	return places, nil
}

// arrange lays the contract out on pages.
func arrange(data Data, options Options) ([]*page, *font.Font, error) {
	if err := data.Check(); err != nil {
		return nil, nil, err
	}
	face, err := font.Find(options.Font)
	if err != nil {
		return nil, nil, workflow.WithHint(err, "install a Chinese TrueType font, such as Debian's fonts-droid-fallback, or configure one")
	}
	blocks, err := expand(data, options.Template)
	if err != nil {
		return nil, nil, err
	}
	sheet := newSheet(face, data)
	if options.Code != "" {
		if err := sheet.code(QRText(data.Number, options.Code), options.Code); err != nil {
			return nil, nil, err
		}
	}
	for i, block := range blocks {
		if i+1 < len(blocks) {
			sheet.next = blocks[i+1].kind
		}
		if err := sheet.block(block); err != nil {
			return nil, nil, err
		}
	}
	sheet.finish()
	return sheet.pages, face, nil
}
