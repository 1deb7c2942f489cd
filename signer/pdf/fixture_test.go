package pdf

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var writeFixtures = flag.Bool("write-fixtures", false, "write testdata/pdf anew where this package makes it")

const fixtures = "../../testdata/pdf"

// handmade are the fixtures for which no tool was at hand.
func handmade() map[string][]byte {
	return map[string][]byte{
		"boxes.pdf":         file(Table, boxes()),
		"form-direct.pdf":   file(Table, directForm()),
		"form-indirect.pdf": file(XStream, indirectForm()),
		"hybrid.pdf":        file(Hybrid, document(2)),
		"hybrid-word.pdf":   wordFile(document(2)),
	}
}

// boxes has inherited boxes and rotations, a crop box that reaches out of the
// media box, and a user unit.
func boxes() map[int]Object {
	objects := document(6)
	media := Array{Integer(100), Integer(50), Integer(695), Integer(892)}
	objects[2] = with(objects[2].(Dict), Dict{"MediaBox": media, "Rotate": Integer(90)})
	set := func(page int, more Dict) { objects[9+page] = with(objects[9+page].(Dict), more) }
	set(1, Dict{"Rotate": Integer(0)})
	set(3, Dict{"Rotate": Integer(180)})
	set(4, Dict{"Rotate": Integer(-90)})
	set(5, Dict{"Rotate": Integer(0), "CropBox": Array{Integer(600), Real(850.5), Integer(150), Integer(0)}})
	set(6, Dict{"UserUnit": Real(2), "CropBox": Array{Integer(200), Integer(150), Integer(400), Integer(350)}})
	return objects
}

func widget(more Dict) Dict {
	rect := Array{Integer(72), Integer(110), Integer(232), Integer(190)}
	return with(Dict{"Type": Name("Annot"), "Subtype": Name("Widget"), "Rect": rect, "P": Ref{10, 0}, "F": Integer(4)}, more)
}

// directForm has all in direct objects: form, fields, and a link.
func directForm() map[int]Object {
	objects := document(2)
	objects[30] = widget(Dict{"FT": Name("Tx"), "T": TextString("备注"), "V": TextString("小山层"), "DA": TextString("/F0 10 Tf 0 g")})
	link := Dict{"Type": Name("Annot"), "Subtype": Name("Link"), "Rect": Array{Integer(0), Integer(0), Integer(9), Integer(9)}}
	objects[10] = with(objects[10].(Dict), Dict{"Annots": Array{link, Ref{30, 0}}})
	form := Dict{"Fields": Array{Ref{30, 0}}, "DR": Dict{"Font": Dict{"F0": Ref{4, 0}}}}
	objects[1] = with(objects[1].(Dict), Dict{"AcroForm": form})
	return objects
}

// indirectForm has all in objects of their own, a field with two widgets, and a
// signature field prepared for the other party.
func indirectForm() map[int]Object {
	objects := document(2)
	objects[1] = with(objects[1].(Dict), Dict{"AcroForm": Ref{30, 0}})
	objects[30] = Dict{"Fields": Ref{31, 0}, "SigFlags": Integer(1)}
	objects[31] = Array{Ref{32, 0}, Ref{33, 0}}
	objects[32] = Dict{"T": TextString("乙方"), "FT": Name("Tx"), "Kids": Array{Ref{34, 0}, Ref{35, 0}}}
	objects[33] = widget(Dict{"FT": Name("Sig"), "T": TextString("签章")})
	objects[34] = Dict{"Parent": Ref{32, 0}, "T": TextString("名称"), "V": TextString("供应商"), "Kids": Array{Ref{36, 0}, Ref{37, 0}}}
	objects[35] = widget(Dict{"Parent": Ref{32, 0}, "T": TextString("日期"), "Ff": Integer(1)})
	objects[36] = widget(Dict{"Parent": Ref{34, 0}})
	objects[37] = widget(Dict{"Parent": Ref{34, 0}})
	objects[38] = Array{Ref{33, 0}, Ref{35, 0}, Ref{36, 0}, Ref{37, 0}}
	objects[10] = with(objects[10].(Dict), Dict{"Annots": Ref{38, 0}})
	return objects
}

func TestHandmadeFixtures(t *testing.T) {
	for name, want := range handmade() {
		path := filepath.Join(fixtures, name)
		if *writeFixtures {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := fixture(t, name); !bytes.Equal(got, want) {
			t.Errorf("%s differs from what the generator makes", name)
		}
	}
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(fixtures, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// readable lists the fixtures that open.
func readable(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(fixtures, "*.pdf"))
	if err != nil || len(paths) < 12 {
		t.Fatalf("only %d fixtures: %v", len(paths), err)
	}
	var names []string
	for _, p := range paths {
		if n := filepath.Base(p); n != "encrypted.pdf" {
			names = append(names, n)
		}
	}
	return names
}
