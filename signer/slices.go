package signer

import (
	"fmt"
	"slices"

	"contractd/workflow"
)

// Check refuses slices that no picture could be cut into.
func (s Slices) Check() error {
	_, err := s.completed()
	return err
}

func (s Slices) completed() (Slices, error) {
	s.Edge, s.Single, s.Limit = fallback(s.Edge, Right), fallback(s.Single, Refuse), fallback(s.Limit, DefaultLimit)
	fault, cure := "", ""
	switch {
	case !slices.Contains([]Edge{Right, Left, Top, Bottom}, s.Edge):
		fault, cure = fmt.Sprintf("has no edge %q", s.Edge), "the edges are right, left, top and bottom"
	case s.Limit < 2:
		fault, cure = "is cut into two slices at least", "allow 2 slices or more; for whole pictures choose the kind pages (多页)"
	case !(s.First >= 0 && s.First < 1):
		fault, cure = fmt.Sprintf("cannot have %v of the picture on the first page", s.First), "name a share over 0 and under 1, as 0.4; left out, all pages have the same"
	case s.Along != nil && !(*s.Along >= 0):
		fault, cure = fmt.Sprintf("cannot begin %v mm along the edge", *s.Along), "name millimetres from its lower or left end, from 0; left out, it is in the middle"
	case s.TwoSided && !s.upright():
		fault, cure = "of two-sided print stands right or left", "choose the edge right or left, or one-sided print"
	case s.Single != Refuse && s.Single != Fallback:
		fault, cure = fmt.Sprintf("knows no way %q for a single page", s.Single), "refuse or ordinary"
	default:
		return s, nil
	}
	return s, workflow.WithHint(fmt.Errorf("%w: a riding seal %s", workflow.ErrUsage, fault), cure)
}

// checkRiding refuses what cannot be cut, whatever the document, and fills the defaults.
func (s Seal) checkRiding() (Seal, error) {
	fault, cure := "", ""
	switch {
	case s.Image == nil || !s.Image.ink:
		fault, cure = "needs a picture with something on it", "give the picture of the seal"
	case len(s.Lines) > 0:
		fault, cure = "has no lines of text", "leave them out; text cannot be cut over pages"
	case len(s.Places) > 0 || s.Field != "":
		fault, cure = "stands at edges of pages, not at a place or in a field", "name its edge, and where along it"
	default:
		var err error
		s.Slices, err = s.Slices.completed()
		return s, err
	}
	return s, workflow.WithHint(fmt.Errorf("%w: a riding seal %s", workflow.ErrUsage, fault), cure)
}
