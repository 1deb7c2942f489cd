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
	fault := ""
	switch {
	case !slices.Contains([]Edge{Right, Left, Top, Bottom}, s.Edge):
		fault = fmt.Sprintf("has no edge %q: right, left, top or bottom", s.Edge)
	case s.Limit < 2:
		fault = "is cut into two slices at least"
	case !(s.First >= 0 && s.First < 1):
		fault = fmt.Sprintf("cannot have %v of the picture on the first page", s.First)
	case !(s.Along >= 0):
		fault = fmt.Sprintf("cannot begin %v mm along the edge", s.Along)
	case s.TwoSided && !s.upright():
		fault = "of two-sided print stands right or left"
	case s.Single != Refuse && s.Single != Fallback:
		fault = fmt.Sprintf("knows no way %q for a single page", s.Single)
	default:
		return s, nil
	}
	return s, fmt.Errorf("%w: a riding seal %s", workflow.ErrUsage, fault)
}

// checkRiding refuses what cannot be cut, whatever the document, and fills the defaults.
func (s Seal) checkRiding() (Seal, error) {
	fault := ""
	switch {
	case s.Image == nil || !s.Image.ink:
		fault = "needs a picture with something on it"
	case len(s.Lines) > 0:
		fault = "has no lines of text"
	case len(s.Places) > 0 || s.Field != "":
		fault = "stands at edges of pages, not at a place or in a field"
	default:
		var err error
		s.Slices, err = s.Slices.completed()
		return s, err
	}
	return s, fmt.Errorf("%w: a riding seal %s", workflow.ErrUsage, fault)
}
