package verify_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"contractd/signer/pdf"
	"contractd/signer/signtest"
	"contractd/workflow"
)

// tolerated are the changes that a rule explains in both lanes, by the place that is changed.
var tolerated = []string{"form/DA", "form/Q", "form/SigFlags", "page/Tabs", "unused"}

// TestEveryValue changes, adds and removes every value of every object in a revision of its own: behind what the
// supplier signed, and before it, so that the supplier's signature covers it. None may pass in the contract lane.
func TestEveryValue(t *testing.T) {
	lab := newLab(t)
	sent, err := lab.Sent()
	if err != nil {
		t.Fatal(err)
	}
	signed, err := lab.Sign(sent, signtest.Ink{By: lab.Supplier, Boxes: []signtest.Box{{Page: 1, X: 300, Y: 300, Width: 100, Height: 100}}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := pdf.Open(context.Background(), bytes.NewReader(sent), int64(len(sent)), pdf.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	o := labOptions(lab, sent)
	o.Required, o.Theirs = nil, nil
	count := 0
	for _, m := range mutations(t, f) {
		count++
		for _, covered := range []bool{false, true} {
			file := signed
			if covered {
				file = sent
			}
			if file, err = update(file, m.ref, m.value); err == nil && covered {
				file, err = lab.Sign(file, signtest.Ink{By: lab.Supplier})
			}
			if err != nil {
				continue // The change broke what our own writer needs.
			}
			if v := judge(t, file, o); v.Verdict == workflow.Passed && !slices.Contains(tolerated, m.place) {
				t.Errorf("%s of %s passes, covered %t", m.place, m.ref, covered)
			}
		}
	}
	if count < 200 {
		t.Errorf("only %d changes were tried", count)
	}
}

// mutation is one object with one value changed.
type mutation struct {
	place string
	ref   pdf.Ref
	value pdf.Object
}

var objectNames = map[int]string{1: "catalog", 2: "pages", 3: "page", 4: "page", 7: "font", 8: "form", 9: "field", 11: "prepared", 12: "link", 14: "unused"}

func mutations(t *testing.T, f *pdf.File) []mutation {
	var all []mutation
	for number := 1; ; number++ {
		ref := pdf.Ref{Number: number}
		if _, ok := f.Last().Entry(ref); !ok {
			break
		}
		o, err := f.Last().Object(ref)
		if err != nil {
			t.Fatal(err)
		}
		name := objectNames[number]
		if name == "" {
			name = fmt.Sprintf("object %d", number)
		}
		all = append(all, ofObject(name, ref, o)...)
	}
	return all
}

func ofObject(name string, ref pdf.Ref, o pdf.Object) []mutation {
	var all []mutation
	switch o := o.(type) {
	case pdf.Dict:
		for _, changed := range ofDict(o) {
			all = append(all, mutation{name + "/" + string(changed.key), ref, changed.dict})
		}
	case *pdf.Stream:
		all = append(all, mutation{name, ref, pdf.FlateStream(o.Dict, []byte("q 1 0 0 1 9 9 cm Q"))})
		for _, changed := range ofDict(o.Dict) {
			if changed.key != "Length" && changed.key != "Filter" {
				copied := *o
				copied.Dict = changed.dict
				all = append(all, mutation{name + "/" + string(changed.key), ref, &copied})
			}
		}
	default:
		all = append(all, mutation{name, ref, pdf.Integer(7)})
	}
	return append(all, mutation{name, ref, pdf.Dict{"Replaced": pdf.Bool(true)}})
}

type changedDict struct {
	key  pdf.Name
	dict pdf.Dict
}

func ofDict(d pdf.Dict) []changedDict {
	var all []changedDict
	set := func(key pdf.Name, value pdf.Object) {
		c := d.Clone()
		if c[key] = value; value == nil {
			delete(c, key)
		}
		all = append(all, changedDict{key, c})
	}
	for key, value := range d {
		set(key, nil)
		set(key, pdf.Name("Other"))
		set(key, pdf.Integer(3))
		set(key, pdf.Ref{Number: 7})
		if array, ok := value.(pdf.Array); ok && len(array) > 0 {
			set(key, array[1:])
			set(key, append(slices.Clone(array), array[0]))
		}
	}
	for _, key := range []pdf.Name{"OC", "AA", "A", "Rotate", "Contents", "Resources", "Kids", "Parent", "Names", "OCProperties", "StructTreeRoot", "XFA", "CO",
		"NeedAppearances", "AP", "AS", "V", "MK", "F", "Ff", "Rect", "Encoding", "SMask", "Group", "Lock", "Metadata", "Perms", "DSS", "Annots", "Matrix", "Tabs"} {
		if !d.Has(key) {
			set(key, pdf.Dict{"Type": pdf.Name("Other")})
		}
	}
	return all
}

func update(in []byte, ref pdf.Ref, value pdf.Object) ([]byte, error) {
	f, err := pdf.Open(context.Background(), bytes.NewReader(in), int64(len(in)), pdf.Limits{})
	if err != nil {
		return nil, err
	}
	u := pdf.NewUpdate(f)
	u.Set(ref, value)
	tail, err := u.Build()
	if err != nil {
		return nil, err
	}
	return append(bytes.Clone(in), tail.Bytes...), nil
}
