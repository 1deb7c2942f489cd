package verify

import (
	"cmp"
	"slices"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// ownMarks lists the marks of every signature: what its fields' widgets show in the revision that it covers, and the
// stamps that came with it.
func (c *fileCase) ownMarks() error {
	for _, s := range c.found {
		if s.covered == nil {
			continue
		}
		places, err := c.widgetPages(s.covered)
		if err != nil {
			return err
		}
		for _, u := range s.uses {
			if err := c.fieldMarks(s, u.field, places); err != nil {
				return err
			}
		}
		stamps := s.stamps
		if len(stamps) == 0 {
			if stamps, err = c.beside(s, places); err != nil {
				return err
			}
		}
		for _, m := range stamps {
			if m.Kind == markStamp {
				s.out.Marks = append(s.out.Marks, m)
			}
		}
		c.judgeDrawn(s)
	}
	return nil
}

// beside lists the stamps that came in the very revision of a file's first signature: what a multi-page or riding seal shows
// beside its field. There is nothing to compare them with, so that they are told and not judged.
func (c *fileCase) beside(s *signature, places map[pdf.Ref]pdf.Page) (stamps []workflow.Mark, err error) {
	before := s.covered.Prev
	if before == nil {
		return nil, nil
	}
	known, err := c.widgetPages(before)
	if err != nil {
		return nil, err
	}
	for ref, page := range places {
		if _, there := known[ref]; there {
			continue
		}
		dict, err := s.covered.Dict(ref)
		if err != nil {
			return nil, err
		}
		if dict.Name("Subtype") != "Stamp" || !dict.Has("AP") {
			continue
		}
		rect, err := s.covered.Rect(dict["Rect"])
		if err != nil {
			return nil, err
		}
		shown := measure(&mark{ref: ref, kind: markStamp, page: page}, rect)
		shown.Picture = c.readDrawn(s.covered, dict, page.Number).picture
		stamps = append(stamps, shown)
	}
	slices.SortFunc(stamps, func(a, b workflow.Mark) int {
		return cmp.Or(a.Page-b.Page, cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X))
	})
	return stamps, nil
}

func (c *fileCase) fieldMarks(s *signature, field pdf.Field, places map[pdf.Ref]pdf.Page) error {
	for _, ref := range field.Widgets {
		page, ok := places[ref]
		if !ok {
			continue
		}
		dict, err := s.covered.Dict(ref)
		if err != nil {
			return err
		}
		rect, err := s.covered.Rect(dict["Rect"])
		if err != nil {
			return err
		}
		if !rect.Empty() && dict.Has("AP") {
			shown, read := measure(&mark{ref: ref, kind: markWidget, page: page}, rect), c.readDrawn(s.covered, dict, page.Number)
			shown.Picture = read.picture
			s.out.Marks, s.drawn = append(s.out.Marks, shown), append(s.drawn, read)
		}
	}
	return nil
}

// widgetPages finds the page of every annotation in a view.
func (c *fileCase) widgetPages(r *pdf.Revision) (map[pdf.Ref]pdf.Page, error) {
	pages, err := r.Pages()
	if err != nil {
		return nil, err
	}
	places := map[pdf.Ref]pdf.Page{}
	for _, page := range pages {
		annots, err := r.Array(page.Dict["Annots"])
		if err != nil {
			return nil, err
		}
		for _, a := range annots {
			if ref, ok := a.(pdf.Ref); ok {
				places[ref] = page
			}
		}
	}
	return places, nil
}
