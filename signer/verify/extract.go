package verify

import (
	"bytes"
	"context"
	"encoding/hex"
	"slices"

	"contractd/signer/cms"
	"contractd/signer/pdf"
	"contractd/workflow"
)

const (
	maxExtracted = 256     // Candidates tried.
	maxValue     = 1 << 20 // Hexadecimal digits of one.
	minValue     = 256     // Shorter ones hold no certificate.
)

// extract looks first where signatures belong, then at every hexadecimal string that begins like CMS.
func extract(ctx context.Context, doc workflow.Document, limits pdf.Limits) ([]workflow.Hash, error) {
	c := newCase(ctx, doc, Options{Limits: limits})
	var values []workflow.Hash
	add := func(der []byte) {
		if parsed, err := cms.Parse(der); err == nil {
			if value := workflow.HashOf(parsed.Signer.Value); !slices.Contains(values, value) {
				values = append(values, value)
			}
		}
	}
	if _, err := c.run(c.open, c.find); err != nil {
		return nil, err
	}
	for _, s := range c.found {
		if contents, ok := s.dict["Contents"].(pdf.String); ok {
			add(contents.Value)
		}
	}
	offsets, err := c.search([]byte("<30"))
	if err != nil {
		return nil, err
	}
	for _, off := range offsets[:min(len(offsets), maxExtracted)] {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		der, err := c.hexAt(off + 1)
		if err != nil {
			return nil, err
		}
		add(der)
	}
	return values, nil
}

// hexAt decodes the hexadecimal string at an offset; nil if it is none.
func (c *fileCase) hexAt(off int64) ([]byte, error) {
	raw := make([]byte, min(maxValue, c.doc.Size-off))
	n, err := c.doc.ReadAt(raw, off)
	if n < len(raw) {
		return nil, err
	}
	end := bytes.IndexByte(raw, '>')
	if end < minValue {
		return nil, nil
	}
	digits := bytes.Join(bytes.Fields(raw[:end]), nil)
	der := make([]byte, len(digits)/2)
	if _, err := hex.Decode(der, digits[:2*len(der)]); err != nil {
		return nil, nil // Not hexadecimal: not a value.
	}
	return der, nil
}
