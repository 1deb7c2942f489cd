package render

import (
	"fmt"

	"github.com/klippa-app/go-pdfium/requests"
)

// maxFields bounds how many signatures are listed.
const maxFields = 4096

// Facts is how PDFium reads a document, for comparison with another reader.
type Facts struct {
	Pages      int
	Fields     int     // Signature fields at the top of the form, signed or not: PDFium looks no deeper.
	ByteRanges [][]int // Of those that are signed, in the order of the form.
	Repaired   bool    // It could not use the cross-references and made its own.
}

// Facts asks PDFium.
func (d *Document) Facts() (Facts, error) {
	facts := Facts{Pages: d.pages}
	valid, err := d.instance.FPDF_DocumentHasValidCrossReferenceTable(&requests.FPDF_DocumentHasValidCrossReferenceTable{Document: d.document})
	if err != nil {
		return facts, fmt.Errorf("ask PDFium for cross-references: %w", err)
	}
	facts.Repaired = !valid.DocumentHasValidCrossReferenceTable
	count, err := d.instance.FPDF_GetSignatureCount(&requests.FPDF_GetSignatureCount{Document: d.document})
	if err != nil {
		return facts, fmt.Errorf("ask PDFium for signatures: %w", err)
	}
	facts.Fields = max(0, count.Count)
	if facts.Fields > maxFields {
		return facts, fmt.Errorf("ask PDFium for signatures: %d are too many", facts.Fields)
	}
	for n := range facts.Fields {
		field, err := d.instance.FPDF_GetSignatureObject(&requests.FPDF_GetSignatureObject{Document: d.document, Index: n})
		if err != nil {
			return facts, fmt.Errorf("ask PDFium for signature %d: %w", n+1, err)
		}
		covered, err := d.instance.FPDFSignatureObj_GetByteRange(&requests.FPDFSignatureObj_GetByteRange{Signature: field.Signature})
		if err != nil {
			return facts, fmt.Errorf("ask PDFium for the byte range of signature %d: %w", n+1, err)
		}
		if len(covered.ByteRange) > 0 {
			facts.ByteRanges = append(facts.ByteRanges, covered.ByteRange)
		}
	}
	return facts, nil
}
