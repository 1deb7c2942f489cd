package verify

import (
	"math"
	"slices"

	"contractd/signer/pdf"
	"contractd/workflow"
)

const (
	markWidget = "widget"
	markStamp  = "stamp"
)

// mark is what came into view on a page: the widget of a signature field, or a stamp made together with a signature.
type mark struct {
	ref  pdf.Ref
	by   *signature // nil for an empty field.
	kind string
	page pdf.Page
}

// Annotation flags; ISO 32000-2, table 167.
const (
	flagInvisible    = 1 << 0
	flagHidden       = 1 << 1
	flagPrint        = 1 << 2
	flagNoZoom       = 1 << 3
	flagNoRotate     = 1 << 4
	flagNoView       = 1 << 5
	flagToggleNoView = 1 << 8
)

// markRule judges a new mark; verification.md, 12 and 13. The first pages' rule finds it by its place in /Annots.
func (w *walk) markRule(m *mark, dict pdf.Dict, at place) error {
	rect, err := w.new.Rect(dict["Rect"])
	if err != nil {
		return err
	}
	at.reason = workflow.ReasonAnnotation
	at.path += " mark " + m.ref.String()
	if rect.Empty() && m.kind != markStamp || !w.visible(m, dict) {
		return nil
	}
	if m.by == nil || m.by.timestamp() {
		// An empty field or a timestamp takes no key of a signer, so that anybody could have put this there.
		w.differ(at, "something is shown that no signature vouches for")
		return nil
	}
	shown := measure(m, rect)
	if m.kind == markStamp {
		read := w.c.readDrawn(w.new, dict, shown.Page)
		shown.Picture = read.picture
		m.by.drawn = append(m.by.drawn, read)
	}
	m.by.stamps = append(m.by.stamps, shown)
	w.judgeSize(m, shown)
	w.judgeFlags(m, dict)
	if err := w.bounded(dict); err != nil {
		return err
	}
	return w.appearance(dict)
}

// visible says whether a viewer would show anything: an appearance, what it makes up for a stamp without one, or for a
// widget from its colours.
func (w *walk) visible(m *mark, dict pdf.Dict) bool {
	if dict.Has("AP") || m.kind == markStamp {
		return true
	}
	colours, err := w.new.Dict(dict["MK"])
	return err != nil || colours.Has("BG") || colours.Has("BC") || colours.Has("CA") || colours.Has("I")
}

// judgeSize wants marks no larger than seals.
func (w *walk) judgeSize(m *mark, shown workflow.Mark) {
	limit := w.c.opts.MaxMark
	if shown.Width <= limit && shown.Height <= limit {
		return
	}
	cause := workflow.Cause{Reason: workflow.ReasonMarkSize, Weight: workflow.Indeterminate, Page: shown.Page}
	switch {
	case !m.by.trusted() && w.trustedBefore():
		// Whoever is nobody in particular may not paint over half a page that somebody known signed.
		cause.Weight = workflow.Failed
	case w.c.opts.Sent == nil:
		return
	}
	m.by.out.Blame(cause)
}

// trusted says whether the signer leads to an anchor.
func (s *signature) trusted() bool { return len(s.path.Chain) > 0 }

// trustedBefore says whether the older view carries the signature of somebody known.
func (w *walk) trustedBefore() bool {
	return slices.ContainsFunc(w.c.found, func(s *signature) bool {
		return s.covered != nil && s.covered.Index <= w.old.Index && s.trusted()
	})
}

// judgeFlags wants marks to look the same on screen and on paper.
func (w *walk) judgeFlags(m *mark, dict pdf.Dict) {
	value, err := w.new.Resolve(dict["F"])
	flags, _ := value.(pdf.Integer)
	hidden := flags&(flagInvisible|flagHidden|flagNoZoom|flagNoRotate|flagNoView|flagToggleNoView) != 0 || flags&flagPrint == 0
	appearance, apErr := w.new.Dict(dict["AP"])
	if err != nil || apErr != nil {
		return
	}
	conditional := !dict.Has("AP") && m.kind == markStamp || appearance.Has("D") || appearance.Has("R") || dict.Has("OC")
	if w.c.opts.Sent != nil && (hidden || conditional) || dict.Has("OC") {
		m.by.out.Blame(workflow.Cause{
			Reason: workflow.ReasonMarkHidden, Weight: workflow.Failed, Page: m.page.Number, Detail: "mark " + m.ref.String(),
		})
	}
}

// measure gives a mark's place on the page as seen.
func measure(m *mark, rect pdf.Rect) workflow.Mark {
	shown := workflow.Mark{Page: m.page.Number, Kind: m.kind}
	inverse, ok := m.page.FromMillimetres().Inverse()
	if !ok {
		return shown
	}
	x1, y1 := inverse.Apply(rect.Left, rect.Bottom)
	x2, y2 := inverse.Apply(rect.Right, rect.Top)
	shown.X, shown.Y = round(min(x1, x2)), round(min(y1, y2))
	shown.Width, shown.Height = round(math.Abs(x2-x1)), round(math.Abs(y2-y1))
	return shown
}

// round keeps hundredths of a millimetre.
func round(v float64) float64 { return math.Round(v*100) / 100 }
