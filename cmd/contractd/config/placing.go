package config

import (
	"strings"

	"contractd/workflow"
)

// QR says whether drafts get a QR code with the contract's number and verification code, and where.
type QR struct {
	Stamp bool        `toml:"stamp"`
	At    string      `toml:"at"`   // as Mark.At; cli reads it
	Page  Page        `toml:"page"` // the page that gets it
	Size  Millimetres `toml:"size"` // a side of it, with its white margin
}

// Field is an empty signature field that drafts get for the supplier, before our seals.
type Field struct {
	Name   string        `toml:"name"` // of the field, which no other field of the document has
	Role   workflow.Role `toml:"role"` // whose signature the letter asks for there
	At     string        `toml:"at"`   // as Mark.At
	Page   Page          `toml:"page"`
	Width  Millimetres   `toml:"width"`
	Height Millimetres   `toml:"height"`
}

// setDefaults is called before a table of the file is read into the field.
func (f *Field) setDefaults() { *f = Field{Page: LastPage, Width: 40, Height: 30} }

func (q *QR) validate(r *report) {
	between(r, "seal.qr.size", q.Size, 15, maxSide)
	if strings.HasPrefix(q.At, "field:") || q.At == "" {
		r.addf("seal.qr.at", "must be a place on a page, not %q", q.At)
	}
}

func (s *Seal) validateFields(r *report) {
	seen := map[string]bool{}
	for i, f := range s.Fields {
		at := index("seal.fields", i)
		r.required(at+".name", f.Name)
		r.distinct(at+".name", f.Name, seen)
		if strings.Contains(f.Name, ".") {
			r.add(at+".name", "must not contain a full stop", "in PDF forms it stands between a field and its parent")
		}
		r.required(at+".role", string(f.Role))
		r.required(at+".at", f.At)
		if strings.HasPrefix(f.At, "field:") {
			r.addf(at+".at", "must be a place on a page, not %q", f.At)
		}
		between(r, at+".width", f.Width, 5, maxSide)
		between(r, at+".height", f.Height, 5, maxSide)
	}
	for i, m := range s.Marks {
		if name, in := strings.CutPrefix(m.At, "field:"); in && m.Clear && seen[name] {
			r.add(index("seal.marks", i)+".clear", "cannot be held for a field of [[seal.fields]]", "place that field in white space: at = \"free:X,Y\"")
		}
	}
}
