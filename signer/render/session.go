package render

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"io"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// Session holds the module's attention, which one at a time has. Several documents can be open in it, so that they can be
// compared page by page. It is for one goroutine.
type Session struct {
	instance pdfium.Pdfium
}

// Begin waits for the module.
func (r *Renderer) Begin(ctx context.Context) (*Session, error) {
	instance, err := r.pool.GetInstanceWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("start PDFium: %w", err)
	}
	return &Session{instance}, nil
}

// Close closes its documents, and lets others have the module.
func (s *Session) Close() error { return s.instance.Close() }

// Document is one that PDFium could open.
type Document struct {
	instance pdfium.Pdfium
	document references.FPDF_DOCUMENT
	pages    int
}

// Open reads a document. PDFium repairs what is damaged, without saying so.
func (s *Session) Open(in io.ReaderAt, size int64) (*Document, error) {
	opened, err := s.instance.OpenDocument(&requests.OpenDocument{FileReader: io.NewSectionReader(in, 0, size), FileReaderSize: size})
	if err != nil {
		return nil, fmt.Errorf("open document in PDFium: %w", err)
	}
	count, err := s.instance.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: opened.Document})
	if err != nil {
		return nil, fmt.Errorf("count pages: %w", err)
	}
	return &Document{s.instance, opened.Document, count.PageCount}, nil
}

// Pages is how many PDFium finds.
func (d *Document) Pages() int { return d.pages }

// Size returns width and height of a page as seen, counting from 1, in points.
func (d *Document) Size(page int) (width, height float64, err error) {
	size, err := d.instance.FPDF_GetPageSizeByIndex(&requests.FPDF_GetPageSizeByIndex{Document: d.document, Index: page - 1})
	if err != nil {
		return 0, 0, fmt.Errorf("measure page %d: %w", page, err)
	}
	return size.Width, size.Height, nil
}

// Area is a part of a page as seen, in points from its upper left corner.
type Area struct{ X, Y, Width, Height float64 }

// View says how a page is shown. The zero value is the whole page on a screen at DefaultDPI.
type View struct {
	DPI   int
	Print bool // As on paper: layers, annotations and fields can tell the two apart (ISO 32000-2, 8.11.4.4 and 12.5.3).
	Area  Area // This part alone; empty means the whole page.
}

// Render shows a page, counting from 1, with its annotations and its form.
func (d *Document) Render(ctx context.Context, page int, view View) (*image.RGBA, error) {
	if view.DPI == 0 {
		view.DPI = DefaultDPI
	}
	if view.DPI < 0 || view.DPI > maxDPI {
		return nil, fmt.Errorf("render at %d dpi: want 1 to %d", view.DPI, maxDPI)
	}
	request := &requests.RenderPageInDPI{
		Page: requests.Page{ByIndex: &requests.PageByIndex{Document: d.document, Index: page - 1}}, DPI: view.DPI,
		RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT,
		RenderForm:  true, // Widgets, and with them seals, are drawn by the form alone.
	}
	if view.Print {
		request.RenderFlags |= enums.FPDF_RENDER_FLAG_PRINTING
	}
	if a := view.Area; a.Width > 0 && a.Height > 0 {
		request.Crop = &requests.RenderPageCrop{X: a.X, Y: a.Y, Width: a.Width, Height: a.Height}
	}
	picture, err := d.draw(request)
	if err = errors.Join(err, ctx.Err()); err != nil {
		return nil, fmt.Errorf("render page %d: %w", page, err)
	}
	return picture, nil
}

func (d *Document) draw(request *requests.RenderPageInDPI) (*image.RGBA, error) {
	rendered, err := d.instance.RenderPageInDPI(request)
	if err != nil {
		return nil, err
	}
	defer rendered.Cleanup()
	shown := rendered.Result.RenderedImage
	picture := image.NewRGBA(shown.Bounds()) // The other one lies in the module's memory.
	if opaque, ok := shown.(*image.RGBA); ok && !rendered.Result.HasTransparency {
		copy(picture.Pix, opaque.Pix)
		return picture, nil
	}
	draw.Draw(picture, picture.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(picture, picture.Bounds(), shown, shown.Bounds().Min, draw.Over)
	return picture, nil
}
