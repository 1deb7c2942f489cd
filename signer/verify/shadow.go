package verify

import (
	"fmt"
	"slices"

	"contractd/signer/pdf"
)

// maxShadow bounds what is told about one file; more of it says nothing new.
const maxShadow = 20

// shadow finds what may make a signed file show something else later, or elsewhere, than what was looked at before it was
// signed; verification.md, 16. Honest files hold some of it too, so it is told, and policy decides.
type shadow struct {
	c     *fileCase
	r     *pdf.Revision
	tree  map[pdf.Ref]bool // Nodes and leaves of the page tree.
	found []string
}

func (c *fileCase) shadows() ([]string, error) {
	s := &shadow{c: c, r: c.file.Last(), tree: map[pdf.Ref]bool{}}
	for _, step := range []func() error{s.catalog, s.layers, s.pages, s.objects} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return s.found, nil
}

func (s *shadow) add(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if len(s.found) < maxShadow && !slices.Contains(s.found, text) {
		s.found = append(s.found, text)
	}
}

// catalog looks for what is done when the file is opened. A destination only says which page is shown first.
func (s *shadow) catalog() error {
	catalog, err := s.r.Catalog()
	if err != nil {
		return err
	}
	if err := s.action("the document, when it is opened", catalog["OpenAction"]); err != nil {
		return err
	}
	if catalog.Has("AA") {
		s.add("the document acts by itself (/AA)")
	}
	names, err := s.r.Dict(catalog["Names"])
	if err != nil {
		return err
	}
	if names.Has("JavaScript") {
		s.add("the document holds JavaScript")
	}
	return nil
}

// action tells of actions that do more than show another page of this file.
func (s *shadow) action(whose string, o pdf.Object) error {
	value, err := s.r.Resolve(o)
	if err != nil {
		return err
	}
	action, ok := value.(pdf.Dict)
	if !ok {
		return nil
	}
	switch kind := action.Name("S"); kind {
	case "GoTo", "URI", "Named", "": // ISO 32000-2, 12.6.4: a place in this file, an address to go to, the next page.
	case "JavaScript":
		s.add("%s runs JavaScript", whose)
	default:
		s.add("%s acts (%s)", whose, kind)
	}
	return nil
}

// layers looks for optional content that is not shown at first. ISO 32000-2, 8.11.4.3.
func (s *shadow) layers() error {
	catalog, err := s.r.Catalog()
	if err != nil {
		return err
	}
	properties, err := s.r.Dict(catalog["OCProperties"])
	if err != nil {
		return err
	}
	standard, err := s.r.Dict(properties["D"])
	if err != nil {
		return err
	}
	off, err := s.r.Array(standard["OFF"])
	if err != nil {
		return err
	}
	if state := standard.Name("BaseState"); len(off) > 0 || state == "OFF" {
		s.add("layers are hidden at first (%d of them)", len(off))
	}
	return nil
}

// pages looks at what lies over the pages.
func (s *shadow) pages() error {
	pages, err := s.r.Pages()
	if err != nil {
		return err
	}
	for _, page := range pages {
		if err := s.ancestors(page.Ref); err != nil {
			return err
		}
		if page.Dict.Has("AA") {
			s.add("page %d acts by itself (/AA)", page.Number)
		}
		annotations, err := s.r.Array(page.Dict["Annots"])
		if err != nil {
			return err
		}
		for _, o := range annotations {
			if err := s.annotation(page.Number, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// Flags of annotations that are not always seen (ISO 32000-2, 12.5.3).
const unseenFlags = 1<<1 | 1<<5 | 1<<8 // Hidden, NoView, ToggleNoView.

// overlays are the annotations that can cover what is printed on the page, and be taken away without a trace on it.
var overlays = []pdf.Name{"FreeText", "Stamp", "Square", "Circle", "Polygon", "Ink", "Redact", "Watermark", "Screen", "RichMedia", "3D"}

func (s *shadow) annotation(page int, o pdf.Object) error {
	if err := s.c.spend(); err != nil {
		return err
	}
	d, err := s.r.Dict(o)
	if err != nil {
		return err
	}
	flags, err := s.r.Resolve(d["F"])
	if err != nil {
		return err
	}
	kind := d.Name("Subtype")
	set, _ := flags.(pdf.Integer)
	switch {
	case set&unseenFlags != 0 && d.Has("AP") && kind != "Popup":
		s.add("page %d: a hidden annotation (%s)", page, kind)
	case slices.Contains(overlays, kind) && d.Has("AP") && len(s.c.found) == 0: // Over signed pages lie seals, and those who signed answered for them.
		s.add("page %d: an annotation lies over the page (%s)", page, kind)
	}
	if d.Has("AA") {
		s.add("page %d: an annotation acts by itself (/AA)", page)
	}
	return s.action(fmt.Sprintf("page %d: an annotation", page), d["A"])
}

// ancestors keeps the way from a page to the root of the tree.
func (s *shadow) ancestors(ref pdf.Ref) error {
	for range maxTreeDepth {
		if s.tree[ref] {
			return nil
		}
		s.tree[ref] = true
		node, err := s.r.Dict(ref)
		if err != nil {
			return err
		}
		parent, ok := node["Parent"].(pdf.Ref)
		if !ok {
			return nil
		}
		ref = parent
	}
	return nil
}

// objects looks for streams whose bytes stand in other files, and for pages that are in the file and not in its tree: a
// later revision shows them by changing one reference.
func (s *shadow) objects() error {
	for _, revision := range s.c.file.Revisions() {
		for _, ref := range revision.Changed() {
			if err := s.c.spend(); err != nil {
				return err
			}
			value, err := s.r.Object(ref)
			if err != nil { // Of what nobody refers to nobody asks; what is referred to was read already.
				continue
			}
			switch value := value.(type) {
			case *pdf.Stream:
				if value.Dict.Has("F") {
					s.add("object %d takes its bytes from another file", ref.Number)
				}
			case pdf.Dict:
				s.spare(ref, value)
			}
		}
	}
	return nil
}

func (s *shadow) spare(ref pdf.Ref, d pdf.Dict) {
	kind := d.Name("Type")
	page := kind == "Page" && d.Has("Contents") && !s.tree[ref]
	if page || kind == "Catalog" && ref != s.r.Root() {
		s.add("object %d is a %s that is not shown", ref.Number, kind)
	}
}
