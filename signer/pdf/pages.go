package pdf

import "fmt"

// Page is a page with the attributes that it inherits.
type Page struct {
	Number    int // counting from 1
	Ref       Ref
	Dict      Dict
	MediaBox  Rect
	CropBox   Rect // already intersected with MediaBox: what is seen
	Rotate    int  // 0, 90, 180 or 270, clockwise
	UserUnit  float64
	Resources Object // as it stands, often a Ref
}

// inheritable lists the page attributes of ISO 32000-2, 7.7.3.4.
var inheritable = [...]Name{"Resources", "MediaBox", "CropBox", "Rotate"}

// pageWalk goes through the page tree of one revision.
type pageWalk struct {
	r     *Revision
	seen  map[Ref]bool
	pages []Page
}

// Pages returns the pages in order. A page or node that stands twice in the
// tree is damage: it cannot have two places.
func (r *Revision) Pages() ([]Page, error) {
	if r.pages != nil {
		return r.pages, nil
	}
	cat, err := r.Catalog()
	if err != nil {
		return nil, err
	}
	root, ok := cat["Pages"].(Ref)
	if !ok {
		return nil, damaged("catalog has no reference under /Pages")
	}
	w := pageWalk{r: r, seen: map[Ref]bool{}}
	if err := w.node(root, Dict{}, 0); err != nil {
		return nil, fmt.Errorf("read page tree: %w", err)
	}
	r.pages = w.pages
	return r.pages, nil
}

func (w *pageWalk) node(ref Ref, inherited Dict, depth int) error {
	switch {
	case w.seen[ref]:
		return damaged("%s stands twice in the page tree", ref)
	case depth > w.r.file.limits.Depth:
		return exceeded("page tree deeper than %d", w.r.file.limits.Depth)
	case len(w.seen) >= w.r.file.limits.Nodes:
		return exceeded("page tree with more than %d nodes", w.r.file.limits.Nodes)
	}
	w.seen[ref] = true
	d, err := w.r.Dict(ref)
	if err != nil {
		return err
	}
	if d == nil {
		return damaged("%s in the page tree does not exist", ref)
	}
	own := Dict{}
	for _, k := range inheritable {
		if own[k] = d[k]; own[k] == nil {
			own[k] = inherited[k]
		}
	}
	if !d.Has("Kids") && d.Name("Type") != "Pages" {
		return w.leaf(ref, d, own)
	}
	if d.Name("Type") == "Page" {
		return damaged("page %s has /Kids", ref)
	}
	return w.kids(ref, d, own, depth)
}

func (w *pageWalk) kids(ref Ref, d, own Dict, depth int) error {
	kids, err := w.r.Array(d["Kids"])
	if err != nil {
		return err
	}
	for _, k := range kids {
		kid, ok := k.(Ref)
		if !ok {
			return damaged("/Kids of %s holds another thing than references", ref)
		}
		if err := w.node(kid, own, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *pageWalk) leaf(ref Ref, d, own Dict) error {
	p := Page{Number: len(w.pages) + 1, Ref: ref, Dict: d, UserUnit: 1, Resources: own["Resources"]}
	if err := p.geometry(w.r, own); err != nil {
		return fmt.Errorf("page %d: %w", p.Number, err)
	}
	w.pages = append(w.pages, p)
	return nil
}

func (p *Page) geometry(r *Revision, own Dict) (err error) {
	var ok bool
	if p.MediaBox, ok, err = r.rect(own["MediaBox"]); err != nil {
		return err
	}
	if !ok || p.MediaBox.Empty() {
		return damaged("no usable /MediaBox")
	}
	crop, ok, err := r.rect(own["CropBox"])
	if err != nil {
		return err
	}
	p.CropBox = crop.Intersect(p.MediaBox)
	if !ok || p.CropBox.Empty() {
		p.CropBox = p.MediaBox
	}
	rotate, err := r.Resolve(own["Rotate"])
	if err != nil {
		return err
	}
	degrees, _ := Number(rotate)
	if degrees != float64(int32(degrees)) || int32(degrees)%90 != 0 {
		return damaged("/Rotate is %v", degrees)
	}
	p.Rotate = (int(degrees)%360 + 360) % 360
	unit, err := r.Resolve(p.Dict["UserUnit"])
	if u, ok := Number(unit); ok && u > 0 {
		p.UserUnit = u
	}
	return err
}
