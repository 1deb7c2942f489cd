package signtest

import (
	"bytes"
	"fmt"
	"strings"

	"contractd/signer/pdf"
)

// lastly lets the supplier's company sign behind its employee, so that nothing has to read the file after the attack.
func (l *Lab) lastly(sent []byte, ink Ink) ([]byte, error) {
	out, err := l.Sign(sent, Ink{By: l.SupplierEmployee})
	if err != nil {
		return nil, err
	}
	ink.By = l.Supplier
	return l.Sign(out, ink)
}

// withLast makes a change in the revision of the last signature.
func withLast(change func(u *pdf.Update, f *pdf.File) error) func(l *Lab, sent []byte) ([]byte, error) {
	return func(l *Lab, sent []byte) ([]byte, error) { return l.lastly(sent, Ink{Also: change}) }
}

// loosely appends a harmless revision whose table is then written another way; the offsets before it stay right.
func loosely(in []byte, change func(table string) string) ([]byte, error) {
	out, err := Patch{Objects: map[int]string{draftUnused: "(unused)"}}.Apply(in)
	if err != nil {
		return nil, err
	}
	at := bytes.LastIndex(out, []byte("\nxref\n")) + 1
	changed := change(string(out[at:]))
	if changed == string(out[at:]) {
		return nil, fmt.Errorf("the table stayed as it was")
	}
	return append(bytes.Clone(out[:at]), changed...), nil
}

// looseAttacks write cross-references that a strict reader and one that repairs may read differently. ISO 32000-2, 7.5.4.
func looseAttacks() []recipe {
	var recipes []recipe
	for _, loose := range []struct{ name, from, to string }{
		{"entry-of-19-bytes", " n \n", " n\n"},
		{"entry-of-21-bytes", " n \n", " n  \n"},
		{"comment-in-the-table", "xref\n", "xref\n% 3 1\n"},
		{"blank-line-in-the-table", "xref\n", "xref\n\n"},
		{"tab-in-the-table", " 00000 n", "\t00000 n"},
		{"trailer-beside-an-entry", " n \ntrailer", " n trailer"},
		{"count-with-zeros-before-the-trailer", "trailer", "0 000trailer"},
	} {
		table := func(t string) string { return strings.Replace(t, loose.from, loose.to, 1) }
		recipes = append(recipes, recipe{loose.name, failed, "needs-repair", "", false, func(l *Lab, sent []byte) ([]byte, error) {
			out, err := l.countersign(sent, Ink{})
			if err != nil {
				return nil, err
			}
			return loosely(out, table)
		}})
	}
	covered := func(l *Lab, sent []byte) ([]byte, error) {
		out, err := loosely(sent, func(t string) string { return strings.Replace(t, " n \n", " n\n", 1) })
		if err != nil {
			return nil, err
		}
		return l.countersign(out, Ink{})
	}
	return append(recipes, recipe{"entry-of-19-bytes-countersigned", failed, "needs-repair", "", false, covered},
		recipe{"entry-of-an-unknown-type", failed, "needs-repair", "", true, (*Lab).unknownEntry},
		recipe{"new-reference-to-nothing", failed, "needs-repair", "", false, withLast(setKeys(draftPage, pdf.Dict{"Resources": pdf.Ref{Number: 98}}))})
}

// unknownEntry uses a type of entry that readers must take for a null object. ISO 32000-2, 7.5.8.3.
func (l *Lab) unknownEntry(_ []byte) ([]byte, error) {
	out, err := l.Sign(packedDraft(), Ink{By: l.Ours})
	if err != nil {
		return nil, err
	}
	f, err := open(out)
	if err != nil {
		return nil, err
	}
	var r raw
	r.buf.Write(out)
	next := nextNumber(f)
	r.object(next, "(x)")
	return r.finishStream(next+1, next+3, fmt.Sprintf("/Root 1 0 R /Prev %d", f.Last().XRefOffset), entry{next + 2, 7, packedStream, 0}), nil
}

// setKeys writes further keys into a dictionary of the draft.
func setKeys(number int, keys pdf.Dict) func(u *pdf.Update, f *pdf.File) error {
	return func(u *pdf.Update, _ *pdf.File) error {
		ref := pdf.Ref{Number: number}
		o, err := u.Get(ref)
		if err != nil {
			return err
		}
		dict, ok := o.(pdf.Dict)
		if !ok {
			return fmt.Errorf("object %d is no dictionary", number)
		}
		dict = dict.Clone()
		for key, value := range keys {
			dict[key] = value
		}
		u.Set(ref, dict)
		return nil
	}
}

// generationAttacks refer to new objects by a generation that is not theirs: null to a strict reader, the object to
// viewers, which look at the number alone.
func generationAttacks() []recipe {
	var recipes []recipe
	for name, attack := range map[string]struct {
		object int
		key    pdf.Name
		value  pdf.Object
	}{
		"crop-box":    {draftPage, "CropBox", pdf.Rect{Right: 595, Top: 690}.Array()},
		"rotate":      {draftPage, "Rotate", pdf.Integer(90)},
		"resources":   {draftPage, "Resources", pdf.Dict{"Font": pdf.Dict{"F1": pdf.Ref{Number: draftFont}}}},
		"open-action": {draftCatalog, "OpenAction", alert()},
		"names": {draftCatalog, "Names", pdf.Dict{"JavaScript": pdf.Dict{"Names": pdf.Array{pdf.TextString("a"),
			alert()}}}},
	} {
		change := func(u *pdf.Update, f *pdf.File) error {
			hidden := u.Add(attack.value)
			hidden.Generation = 1
			return setKeys(attack.object, pdf.Dict{attack.key: hidden})(u, f)
		}
		recipes = append(recipes, recipe{"generation-of-" + name, failed, "needs-repair", "", false, withLast(change)})
	}
	return recipes
}

func alert() pdf.Dict {
	return pdf.Dict{"S": pdf.Name("JavaScript"), "JS": pdf.TextString("app.alert(1)")}
}
