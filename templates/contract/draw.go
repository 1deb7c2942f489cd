package contract

import (
	"fmt"
	"io"
	"strings"

	"codeberg.org/go-pdf/fpdf"

	"contractd/signer/font"
	"contractd/workflow"
)

// draw writes the pages with fpdf.
func draw(w io.Writer, pages []*page, face *font.Font, data Data, options Options) error {
	embedded, err := face.File(allText(pages))
	if err != nil {
		return err
	}
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCreationDate(options.Created.UTC())
	pdf.SetModificationDate(options.Created.UTC())
	pdf.SetTitle(data.Title+" "+data.Number, true)
	pdf.SetAuthor(data.Buyer.Name, true)
	pdf.SetCreator("contractd", true)
	pdf.SetLang("zh-CN")
	pdf.AddUTF8FontFromBytes("contract", "", embedded)
	for _, page := range pages {
		pdf.AddPage()
		drawPage(pdf, page)
	}
	if err := pdf.Output(w); err != nil {
		return fmt.Errorf("write PDF: %w", err)
	}
	return nil
}

// allText returns every character that the font must have.
func allText(pages []*page) string {
	var all strings.Builder
	for _, page := range pages {
		for _, op := range page.texts {
			all.WriteString(op.text)
		}
	}
	return all.String()
}

// drawPage writes rules and modules first, then text.
func drawPage(pdf *fpdf.Fpdf, page *page) {
	pdf.SetFillColor(0, 0, 0)
	for _, box := range page.boxes {
		pdf.Rect(box.x, box.y, box.width, box.height, "F")
	}
	for _, op := range page.texts {
		pdf.SetFont("contract", "", op.size)
		before, after := "", ""
		if op.bold {
			// The fonts found on servers have no bold face: text is stroked as well, by 3% of its size.
			before, after = fmt.Sprintf("2 Tr %.3f w ", op.size*0.03), "0 Tr "
		}
		if op.spacing != 0 {
			before, after = before+fmt.Sprintf("%.4f Tc ", op.spacing), after+"0 Tc "
		}
		if before != "" {
			pdf.RawWriteStr(strings.TrimSpace(before))
		}
		pdf.Text(op.x, op.y, op.text)
		if after != "" {
			pdf.RawWriteStr(strings.TrimSpace(after))
		}
	}
}

// QRText returns the text in the QR code.
func QRText(number, code string) string { return workflow.QRText(number, code) }
