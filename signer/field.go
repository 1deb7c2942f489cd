package signer

import (
	"fmt"
	"slices"
	"strings"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// prepared is an empty signature field that waits for its signature.
type prepared struct {
	name        string
	ref, widget pdf.Ref // The same where they are merged.
	shown       pdf.Dict
	lock        pdf.Dict // What it locks once it is signed; nil for nothing.
}

// flags keep what the widget has and let the mark print. ISO 32000-2, Table 167.
func (p *prepared) flags() pdf.Integer {
	const conditional = 1 | 2 | 8 | 16 | 32 | 256 // Invisible, Hidden, NoZoom, NoRotate, NoView, ToggleNoView.
	flags, _ := p.shown["F"].(pdf.Integer)
	return flags&^conditional | widgetFlags
}

// reference repeats the field's lock in its signature. ISO 32000-2, 12.7.5.5, 12.8.2.4 and Table 256: /Data is required.
func (p *prepared) reference(root pdf.Ref) pdf.Dict {
	parameters := pdf.Dict{"Type": pdf.Name("TransformParams"), "V": pdf.Name("1.2")}
	for _, key := range []pdf.Name{"Action", "Fields"} {
		if p.lock.Has(key) {
			parameters[key] = p.lock[key]
		}
	}
	reference := transform("FieldMDP", parameters)
	reference["Data"] = root
	return reference
}

// fill lets a seal take the place of a prepared field. Its rectangle stays as it was prepared: a larger mark is made smaller.
func (p *planner) fill(seal Seal) ([]planned, error) {
	if seal.Kind != Ordinary && seal.Kind != Invisible {
		err := fmt.Errorf("%w: a prepared field takes an ordinary or invisible seal", workflow.ErrUsage)
		return nil, workflow.WithHint(err, "choose the kind ordinary, or name a place on the pages")
	}
	field, err := p.find(seal.Field)
	if err != nil {
		return nil, err
	}
	m := planned{whole: true, field: &prepared{name: field.Name, ref: field.Ref, widget: field.Widgets[0]}}
	if m.field.shown, err = p.rev.Dict(field.Widgets[0]); err != nil {
		return nil, blame(err)
	}
	if m.field.lock, err = p.rev.Dict(field.Dict["Lock"]); err != nil {
		return nil, blame(err)
	}
	if m.page, err = p.pageOf(field.Widgets[0]); err != nil {
		return nil, err
	}
	if seal.Kind == Invisible {
		return []planned{m}, nil
	}
	if err := m.measure(p.rev); err != nil {
		return nil, err
	}
	natural, err := p.face.layOut(seal)
	if err != nil {
		return nil, err
	}
	m.look = natural.within(m.Width*millimetre, m.Height*millimetre)
	return []planned{m}, nil
}

// measure learns where the field's widget stands.
func (m *planned) measure(rev *pdf.Revision) error {
	rect, err := rev.Rect(m.field.shown["Rect"])
	if err != nil {
		return blame(err)
	}
	inverse, ok := m.page.FromMillimetres().Inverse()
	if rect.Empty() || !ok || m.page.Ref == (pdf.Ref{}) {
		err := fmt.Errorf("%w: the field %q has no place on a page", workflow.ErrUsage, m.field.name)
		return workflow.WithHint(err, "fill it with an invisible seal, or place the seal by page and millimetres")
	}
	seen := inverse.Bounds(rect)
	m.Page, m.X, m.Y, m.Width, m.Height = m.page.Number, seen.Left, seen.Bottom, seen.Width(), seen.Height()
	return nil
}

// find returns the prepared field of that name.
func (p *planner) find(name string) (pdf.Field, error) {
	fields, err := p.rev.Fields()
	if err != nil {
		return pdf.Field{}, blame(err)
	}
	var empty []string
	var found *pdf.Field
	for n, f := range fields {
		switch {
		case f.Name == name:
			found = &fields[n]
		case f.Type == "Sig" && f.Value == nil:
			empty = append(empty, f.Name)
		}
	}
	hint := "it has no other empty signature field; place the seal by page and millimetres"
	if len(empty) > 0 {
		hint = "its empty signature fields are: " + strings.Join(empty[:min(len(empty), 20)], ", ")
	}
	if found == nil {
		return pdf.Field{}, workflow.WithHint(fmt.Errorf("%w: the document has no field %q", workflow.ErrUsage, name), hint)
	}
	return *found, workflow.WithHint(fillable(*found), hint)
}

// fillable refuses a field that is filled, or whose conditions a signature would have to keep.
func fillable(f pdf.Field) error {
	switch {
	case f.Type != "Sig":
		return fmt.Errorf("%w: the field %q is not for a signature", workflow.ErrUsage, f.Name)
	case f.Value != nil:
		return fmt.Errorf("%w: the field %q is signed already", workflow.ErrPolicy, f.Name)
	case f.Ref == (pdf.Ref{}) || len(f.Widgets) != 1:
		return fmt.Errorf("%w: the field %q cannot be filled: it has %d widgets", workflow.ErrDocument, f.Name, len(f.Widgets))
	case f.Dict.Has("SV"):
		// ISO 32000-2, Table 237: conditions on filters, digests and certificates.
		return fmt.Errorf("%w: the field %q sets conditions for its signature (/SV)", workflow.ErrDocument, f.Name)
	}
	return nil
}

// pageOf finds the page that shows a widget; none if no page does.
func (p *planner) pageOf(widget pdf.Ref) (pdf.Page, error) {
	for _, page := range p.pages {
		annots, err := p.rev.Array(page.Dict["Annots"])
		if err != nil {
			return pdf.Page{}, blame(err)
		}
		if slices.Contains(annots, pdf.Object(widget)) {
			return page, nil
		}
	}
	return pdf.Page{}, nil
}
