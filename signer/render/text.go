package render

import (
	"context"
	"errors"
	"fmt"

	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// maxLetters bounds the text of one page.
const maxLetters = 200_000

// Box is a rectangle in default user space, whatever the page's rotation.
type Box struct{ Left, Bottom, Right, Top float64 }

// Text is what one page says, in the order in which it is drawn, with the spaces and line ends that PDFium adds. It is
// valid until Close, and for one goroutine.
type Text struct {
	Letters []rune // 0 where a font does not say what it draws.

	document *Document
	page     references.FPDF_TEXTPAGE
}

// Text reads a page's text, counting from 1. A page that is a picture has none.
func (d *Document) Text(ctx context.Context, page int) (*Text, error) {
	loaded, err := d.instance.FPDFText_LoadPage(&requests.FPDFText_LoadPage{
		Page: requests.Page{ByIndex: &requests.PageByIndex{Document: d.document, Index: page - 1}},
	})
	if err != nil {
		return nil, fmt.Errorf("read text of page %d: %w", page, err)
	}
	t := &Text{document: d, page: loaded.TextPage}
	if err := t.read(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("read text of page %d: %w", page, err), t.Close())
	}
	return t, nil
}

func (t *Text) read(ctx context.Context) error {
	count, err := t.document.instance.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: t.page})
	if err != nil {
		return err
	}
	if count.Count > maxLetters {
		return fmt.Errorf("more than %d characters", maxLetters)
	}
	t.Letters = make([]rune, count.Count)
	for n := range t.Letters {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		letter, err := t.document.instance.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: t.page, Index: n})
		if err != nil {
			return err
		}
		t.Letters[n] = rune(int32(letter.Unicode)) // 32 bits are meant.
	}
	return nil
}

// Box returns where a letter stands.
func (t *Text) Box(letter int) (Box, error) {
	b, err := t.document.instance.FPDFText_GetCharBox(&requests.FPDFText_GetCharBox{TextPage: t.page, Index: letter})
	if err != nil {
		return Box{}, fmt.Errorf("find letter %d: %w", letter, err)
	}
	return Box{min(b.Left, b.Right), min(b.Bottom, b.Top), max(b.Left, b.Right), max(b.Bottom, b.Top)}, nil
}

// Close releases the page's text.
func (t *Text) Close() error {
	_, err := t.document.instance.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: t.page})
	return err
}
