package signtest

import (
	"fmt"

	"contractd/signer/pdf"
)

// place puts the field, or fields, with their widgets.
func (l *Lab) place(u *pdf.Update, f *pdf.File, ink Ink, value pdf.Ref) error {
	if err := u.SetSigFlags(3); err != nil {
		return err
	}
	if ink.Permits > 0 {
		if err := u.SetCatalog(pdf.Dict{"Perms": pdf.Dict{"DocMDP": value}}); err != nil {
			return err
		}
	}
	fields, err := f.Last().Fields()
	if err != nil {
		return err
	}
	if ink.Into != "" {
		return l.fill(u, f, fields, ink, value)
	}
	name := ink.Field
	if name == "" {
		name = fmt.Sprintf("Signature%d", len(fields)+1)
	}
	pages, err := f.Last().Pages()
	if err != nil {
		return err
	}
	if len(pages) == 0 {
		return fmt.Errorf("no page for a field")
	}
	switch {
	case len(ink.Boxes) == 0:
		field := u.Add(l.widget(ink, pages[0], Box{}, nil, pdf.Dict{"FT": pdf.Name("Sig"), "T": pdf.TextString(name), "V": value}))
		return attach(u, []pdf.Ref{field}, pages[0].Ref, field)
	case len(ink.Boxes) == 1 || ink.Twins:
		return l.twins(u, pages, ink, name, value)
	}
	return l.kids(u, pages, ink, name, value)
}

func (l *Lab) twins(u *pdf.Update, pages []pdf.Page, ink Ink, name string, value pdf.Ref) error {
	for i, box := range ink.Boxes {
		if i > 0 {
			name = fmt.Sprintf("%s_%d", name, i)
		}
		page := pages[box.Page-1]
		field := u.Add(l.widget(ink, page, box, Appearance(u, box), pdf.Dict{"FT": pdf.Name("Sig"), "T": pdf.TextString(name), "V": value}))
		if err := attach(u, []pdf.Ref{field}, page.Ref, field); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lab) kids(u *pdf.Update, pages []pdf.Page, ink Ink, name string, value pdf.Ref) error {
	field := u.Add(nil)
	var kids pdf.Array
	for _, box := range ink.Boxes {
		page := pages[box.Page-1]
		kid := u.Add(l.widget(ink, page, box, Appearance(u, box), pdf.Dict{"Parent": field}))
		kids = append(kids, kid)
		if err := u.AppendAnnots(page.Ref, kid); err != nil {
			return err
		}
	}
	u.Set(field, pdf.Dict{"FT": pdf.Name("Sig"), "T": pdf.TextString(name), "V": value, "Kids": kids})
	return u.AppendFields(field)
}

// fill puts a value into a field that was prepared.
func (l *Lab) fill(u *pdf.Update, f *pdf.File, fields []pdf.Field, ink Ink, value pdf.Ref) error {
	for _, field := range fields {
		if field.Name != ink.Into {
			continue
		}
		dict := field.Dict.Clone()
		dict["V"] = value
		rect, err := f.Last().Rect(dict["Rect"])
		if err != nil {
			return err
		}
		if !rect.Empty() {
			dict["AP"] = pdf.Dict{"N": Appearance(u, Box{Width: rect.Width(), Height: rect.Height()})}
		}
		for key, v := range ink.Widget {
			dict[key] = v
		}
		u.Set(field.Ref, dict)
		return nil
	}
	return fmt.Errorf("no field %q", ink.Into)
}

func attach(u *pdf.Update, fields []pdf.Ref, page pdf.Ref, widgets ...pdf.Ref) error {
	if err := u.AppendFields(fields...); err != nil {
		return err
	}
	return u.AppendAnnots(page, widgets...)
}

func (l *Lab) widget(ink Ink, page pdf.Page, box Box, appearance pdf.Object, more pdf.Dict) pdf.Dict {
	dict := pdf.Dict{
		"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Widget"), "F": pdf.Integer(132), "P": page.Ref,
		"Rect": pdf.Rect{Left: box.X, Bottom: box.Y, Right: box.X + box.Width, Top: box.Y + box.Height}.Array(),
	}
	if appearance != nil {
		dict["AP"] = pdf.Dict{"N": appearance}
	}
	for _, keys := range []pdf.Dict{more, ink.Widget} {
		for key, v := range keys {
			dict[key] = v
		}
	}
	return dict
}

// Appearance adds a form XObject that draws a red ring.
func Appearance(u *pdf.Update, box Box) pdf.Ref {
	w, h := box.Width, box.Height
	return u.Add(pdf.FlateStream(pdf.Dict{
		"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form"), "BBox": pdf.Rect{Right: w, Top: h}.Array(),
	}, fmt.Appendf(nil, "q 0.8 0 0 RG 3 w 3 3 %.2f %.2f re S Q", w-6, h-6)))
}
