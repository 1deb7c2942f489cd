package signtest

import (
	"fmt"

	"contractd/signer/pdf"
)

// changer makes a change in an update.
type changer = func(u *pdf.Update, f *pdf.File) error

// flood adds many changes of the allowed kind before another: a verifier that stops counting must not stop looking.
func flood(then changer) changer {
	return func(u *pdf.Update, f *pdf.File) error {
		var fields []pdf.Ref
		for i := range 70 {
			fields = append(fields, u.Add(emptyWidget(pdf.Dict{"FT": pdf.Name("Sig"), "T": pdf.TextString(fmt.Sprintf("x%d", i))})))
		}
		if err := u.AppendFields(fields...); err != nil {
			return err
		}
		return then(u, f)
	}
}

func emptyWidget(more pdf.Dict) pdf.Dict {
	dict := pdf.Dict{"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Widget"), "Rect": pdf.Rect{}.Array(), "F": pdf.Integer(132)}
	for key, value := range more {
		dict[key] = value
	}
	return dict
}

// hiddenAttacks hide behind what is allowed: among many changes, below a new field, in a mark.
func hiddenAttacks() []recipe {
	text := addAnnot(1, pdf.Dict{"Type": pdf.Name("Annot"), "Subtype": pdf.Name("FreeText"), "F": pdf.Integer(4),
		"Rect": pdf.Rect{Left: 72, Bottom: 690, Right: 300, Top: 720}.Array(), "Contents": pdf.TextString("EUR 999")})
	action := func(u *pdf.Update, _ *pdf.File) error { return u.SetCatalog(pdf.Dict{"OpenAction": alert()}) }
	script := pdf.Dict{"T": pdf.TextString("k"), "FT": pdf.Name("Tx"), "V": pdf.TextString("999"), "AA": pdf.Dict{"K": alert()}}
	turned := setKeys(draftPages, pdf.Dict{"Rotate": pdf.Integer(180)})
	cropped := setKeys(draftPages, pdf.Dict{"MediaBox": pdf.Rect{Right: 595, Top: 690}.Array()})
	root := pdf.Ref{Number: draftPages}
	return []recipe{
		{"text-behind-a-flood", failed, "annotation-added", "", false, withLast(flood(text))},
		{"action-behind-a-flood", failed, "active-content", "", false, withLast(flood(action))},
		{"page-tree-turned-as-a-kid", failed, "changed-page", "", false, withLast(newField(turned, "", root))},
		{"page-tree-cropped-as-a-kid", failed, "changed-page", "", false, withLast(newField(cropped, "", root))},
		{"page-tree-turned-as-a-parent", failed, "changed-page", "", false, withLast(newField(turned, "Parent"))},
		{"script-below-a-new-field", failed, "changed-form", "", false, withLast(newField(nil, "", script))},
	}
}

// newField adds an empty signature field with a widget and further kids; with parent, the widget names the page tree.
func newField(also changer, parent pdf.Name, kids ...pdf.Object) changer {
	return func(u *pdf.Update, f *pdf.File) error {
		if also != nil {
			if err := also(u, f); err != nil {
				return err
			}
		}
		field := u.Add(nil)
		keys := pdf.Dict{"Parent": field}
		if parent != "" {
			keys[parent] = pdf.Ref{Number: draftPages}
		}
		widget := u.Add(emptyWidget(keys))
		u.Set(field, pdf.Dict{"FT": pdf.Name("Sig"), "T": pdf.TextString("zz"), "Kids": append(pdf.Array{widget}, kids...)})
		return u.AppendFields(field)
	}
}

// markAttacks make marks whose look depends on the viewer; ISO 32000-2, 8.11, 12.5.5.
func markAttacks() []recipe {
	box := pdf.Rect{Right: 113, Top: 113}.Array()
	look := func(u *pdf.Update, keys pdf.Dict, content string) pdf.Ref {
		dict := pdf.Dict{"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form")}
		for key, value := range keys {
			dict[key] = value
		}
		return u.Add(pdf.FlateStream(dict, []byte(content)))
	}
	stamp := func(ap func(u *pdf.Update) pdf.Object, more pdf.Dict) func(l *Lab, sent []byte) ([]byte, error) {
		return withLast(func(u *pdf.Update, _ *pdf.File) error {
			dict := stampDict(132)
			dict["AP"] = pdf.Dict{"N": ap(u)}
			for key, value := range more {
				dict[key] = value
			}
			return u.AppendAnnots(pdf.Ref{Number: draftPage}, u.Add(dict))
		})
	}
	return []recipe{
		{"appearance-without-a-box", failed, "changed-form", "", false, stamp(func(u *pdf.Update) pdf.Object {
			return look(u, nil, "1 g -1000 -1000 5000 5000 re f")
		}, nil)},
		{"appearance-of-states", failed, "conditional-mark", "", false, stamp(func(u *pdf.Update) pdf.Object {
			ring := look(u, pdf.Dict{"BBox": box}, "5 5 100 100 re S")
			return pdf.Dict{"On": ring, "Off": ring}
		}, pdf.Dict{"AS": pdf.Name("Off")})},
		{"layer-without-a-type", failed, "conditional-mark", "", false, stamp(func(u *pdf.Update) pdf.Object {
			layer := u.Add(pdf.Dict{"Name": pdf.TextString("x"), "Usage": pdf.Dict{"View": pdf.Dict{"ViewState": pdf.Name("OFF")}}})
			return look(u, pdf.Dict{"BBox": box, "Resources": pdf.Dict{"Properties": pdf.Dict{"M": layer}}}, "/OC /M BDC 5 5 100 100 re f EMC")
		}, nil)},
	}
}

// wordAttacks say something in places where readers of the verdict do not look; verification.md, 13.
func wordAttacks() []recipe {
	const clauses = "仅接受第1至3条"
	words := pdf.TextString(clauses)
	sign := func(ink Ink) func(l *Lab, sent []byte) ([]byte, error) {
		return func(l *Lab, sent []byte) ([]byte, error) { return l.countersign(sent, ink) }
	}
	stamp := stampDict(132)
	stamp["Subj"] = words
	var recipes []recipe
	for name, ink := range map[string]Ink{
		"reason-as-a-name":        {Value: pdf.Dict{"Reason": pdf.Name(clauses)}},
		"location-as-an-array":    {Value: pdf.Dict{"Location": pdf.Array{words}}},
		"contact-as-a-dictionary": {Value: pdf.Dict{"ContactInfo": pdf.Dict{"X": words}}},
		"tooltip":                 {Widget: pdf.Dict{"TU": words}},
		"caption":                 {Widget: pdf.Dict{"MK": pdf.Dict{"CA": words}}},
		"caption-as-a-name":       {Widget: pdf.Dict{"MK": pdf.Dict{"CA": pdf.Name("only clauses 1 to 3")}}},
		"widget-contents":         {Widget: pdf.Dict{"Contents": words}},
		"caption-when-filled":     {Into: "Prepared", Widget: pdf.Dict{"MK": pdf.Dict{"CA": words}}},
		"subject-of-a-stamp":      {Also: addAnnot(1, stamp)},
		"tooltip-of-an-empty-field": {Also: func(u *pdf.Update, _ *pdf.File) error {
			return u.AppendFields(u.Add(emptyWidget(pdf.Dict{"FT": pdf.Name("Sig"), "T": pdf.TextString("q"), "TU": words})))
		}},
	} {
		recipes = append(recipes, recipe{name, indeterminate, "signer-statement", "", false, sign(ink)})
	}
	return recipes
}
