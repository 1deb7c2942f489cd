package signer

import (
	"fmt"
	"math"
	"slices"

	"contractd/signer/pdf"
	"contractd/workflow"
)

// planned is one mark that has its place, but no field yet.
type planned struct {
	Mark
	page  pdf.Page
	look  *mark     // nil for a signature without a mark.
	field *prepared // The field that it fills; nil for one that is to be made.
	whole bool      // Shows the whole seal, not a slice.
}

// planner finds the places of the marks of one sealing act.
type planner struct {
	rev   *pdf.Revision
	pages []pdf.Page
	face  *face
}

// plan finds the places of all marks, in the order of the seals and of the pages.
func (s *Sealer) plan(rev *pdf.Revision, seals []Seal) ([]planned, error) {
	pages, err := rev.Pages()
	if err != nil {
		return nil, blame(err)
	}
	p := planner{rev, pages, &s.face}
	var all []planned
	for i, seal := range seals {
		marks, err := p.seal(seal)
		if err != nil {
			return nil, fmt.Errorf("place seal %d (%s): %w", i+1, seal.Kind, err)
		}
		for n := range marks {
			marks[n].Seal = i
		}
		all = append(all, marks...)
	}
	return all, nil
}

func (p *planner) seal(seal Seal) ([]planned, error) {
	switch {
	case seal.Field != "":
		return p.fill(seal)
	case seal.Kind == Invisible:
		return nil, nil
	case seal.Kind == Riding:
		return p.ride(seal)
	}
	places, err := p.places(seal)
	if err != nil {
		return nil, err
	}
	if seal.Kind == Ordinary && len(places) > 1 {
		err := fmt.Errorf("%w: an ordinary seal stands in one place, not in %d", workflow.ErrUsage, len(places))
		return nil, workflow.WithHint(err, "choose the kind pages (多页) for more than one page")
	}
	m, err := p.face.layOut(seal)
	if err != nil {
		return nil, err
	}
	marks := make([]planned, len(places))
	for i, place := range places {
		if marks[i], err = p.mark(m, place); err != nil {
			return nil, err
		}
	}
	return marks, nil
}

// places says where each mark of an ordinary or multi-page seal stands.
func (p *planner) places(seal Seal) ([]Place, error) {
	if len(seal.Places) > 0 {
		for _, place := range seal.Places {
			if place.Page < 1 || place.Page > len(p.pages) {
				return nil, outOfRange(place.Page, len(p.pages))
			}
		}
		places := slices.Clone(seal.Places)
		slices.SortStableFunc(places, func(a, b Place) int { return a.Page - b.Page })
		return places, nil
	}
	numbers, err := seal.Pages.Of(len(p.pages))
	if err != nil {
		return nil, err
	}
	places := make([]Place, len(numbers))
	for i, number := range numbers {
		places[i] = Place{number, seal.X, seal.Y}
	}
	return places, nil
}

// mark refuses a place where the mark would not wholly be seen.
func (p *planner) mark(m *mark, at Place) (planned, error) {
	page := p.pages[at.Page-1]
	shown := Mark{Page: at.Page, X: at.X, Y: at.Y, Width: m.width / millimetre, Height: m.height / millimetre}
	width, height := page.Size()
	if !(at.X >= -tolerance && at.Y >= -tolerance && at.X+shown.Width <= width+tolerance && at.Y+shown.Height <= height+tolerance) {
		err := fmt.Errorf("%w: a seal of %.1f × %.1f mm at %.1f,%.1f stands out over page %d of %.1f × %.1f mm",
			workflow.ErrUsage, shown.Width, shown.Height, at.X, at.Y, at.Page, width, height)
		return planned{}, workflow.WithHint(err, "places are in mm from the lower left of the page as seen; move the seal, or make it smaller")
	}
	return planned{Mark: shown, page: page, look: m, whole: true}, nil
}

// rect is the mark's rectangle in the page's user space.
func (p planned) rect() pdf.Rect {
	box := p.page.FromMillimetres().Bounds(pdf.Rect{Left: p.X, Bottom: p.Y, Right: p.X + p.Width, Top: p.Y + p.Height})
	return pdf.Rect{Left: exact(box.Left), Bottom: exact(box.Bottom), Right: exact(box.Right), Top: exact(box.Top)}
}

// exact drops the noise of calculating: a renderer that rounds outwards would show a picture one pixel larger for it.
func exact(points float64) float64 { return math.Round(points*1e4) / 1e4 }
