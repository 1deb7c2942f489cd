package place

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"contractd/workflow"
)

// Kind is the way in which a place is named.
type Kind string

// The ways.
const (
	AtPoint   Kind = "point"   // X,Y
	AtKeyword Kind = "keyword" // keyword:TEXT
	InField   Kind = "field"   // field:NAME
)

// Which says which of several places of a keyword is meant.
type Which string

// The choices; the zero value wants a keyword to stand in one place only.
const (
	First Which = "first"
	Last  Which = "last"
	All   Which = "all"
	Nth   Which = "nth" // Spec.N says which, counting from 1.
)

// Corner is a corner of a page as seen.
type Corner string

// The corners.
const (
	LowerRight Corner = "lower-right"
	UpperRight Corner = "upper-right"
	LowerLeft  Corner = "lower-left"
	UpperLeft  Corner = "upper-left"
)

var corners = []Corner{LowerRight, UpperRight, LowerLeft, UpperLeft}

// Spec is a place as a person names it.
type Spec struct {
	Kind    Kind
	X, Y    float64  // AtPoint: lower left corner of the mark in mm from the lower left of the page as seen.
	Corners []Corner // In place of X and Y, with Free: tried in this order.
	Keyword string
	Which   Which
	N       int
	DX, DY  float64 // AtKeyword: the mark stands in the middle of the keyword, moved by so much.
	Free    bool    // The nearest white space.
	Within  float64 // With Free: no farther away than so many mm; 0 means anywhere on the page.
	Field   string
}

const (
	farthest   = 5080 // ISO 32000-2, annex C: the largest page, in mm.
	maxKeyword = 200  // Characters.
)

const specHint = `X,Y in mm, free:X,Y, free:lower-right, field:NAME, or "keyword:甲方（盖章）" followed by ;first ;last ;all ;2 ;+10,-5 ;free ;within 40`

// Plain reports whether the place is two numbers, for which no page must be read.
func (s Spec) Plain() bool { return s.Kind == AtPoint && !s.Free }

// Parse reads a place: "130,40", "free:130,40", "free:lower-right|upper-right", "field:Seller", or "keyword:甲方（盖章）" with
// options behind semicolons. A keyword in quotes may itself hold semicolons.
func Parse(text string) (Spec, error) {
	spec, err := parse(strings.TrimSpace(text))
	if err != nil {
		return Spec{}, workflow.WithHint(fmt.Errorf("place %q: %w: %w", text, err, workflow.ErrUsage), specHint)
	}
	return spec, nil
}

func parse(text string) (Spec, error) {
	kind, rest, named := strings.Cut(text, ":")
	if !named {
		x, y, err := pair(text, 0)
		return Spec{Kind: AtPoint, X: x, Y: y}, err
	}
	switch kind {
	case "field":
		if rest == "" {
			return Spec{}, fmt.Errorf("a field without a name")
		}
		return Spec{Kind: InField, Field: rest}, nil
	case "free":
		return parseFree(rest)
	case "keyword":
		return parseKeyword(rest)
	}
	return Spec{}, fmt.Errorf("%q is no way to name a place", kind)
}

func parseFree(text string) (spec Spec, err error) {
	spec = Spec{Kind: AtPoint, Free: true}
	near, options, _ := strings.Cut(text, ";")
	if strings.ContainsAny(near, "0123456789") {
		spec.X, spec.Y, err = pair(near, 0)
	} else {
		for name := range strings.SplitSeq(near, "|") {
			corner := Corner(strings.TrimSpace(name))
			if !slices.Contains(corners, corner) {
				return spec, fmt.Errorf("%q is no corner", name)
			}
			spec.Corners = append(spec.Corners, corner)
		}
	}
	if err != nil {
		return spec, err
	}
	return spec, spec.options(options, false)
}

func parseKeyword(text string) (Spec, error) {
	spec := Spec{Kind: AtKeyword}
	options := ""
	if inner, after, ok := quoted(text); ok {
		spec.Keyword, options = inner, strings.TrimPrefix(after, ";")
		if after != "" && after == options {
			return spec, fmt.Errorf("%q follows the keyword", after)
		}
	} else {
		spec.Keyword, options, _ = strings.Cut(text, ";")
	}
	if n := utf8.RuneCountInString(spec.Keyword); len(fold(spec.Keyword)) == 0 || n > maxKeyword {
		return spec, fmt.Errorf("a keyword of 1 to %d characters is needed", maxKeyword)
	}
	return spec, spec.options(options, true)
}

// quoted takes a text in quotes off.
func quoted(text string) (inner, after string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		return "", "", false
	}
	inner, after, ok = strings.Cut(text[1:], `"`)
	return inner, after, ok
}

// options reads what follows semicolons.
func (s *Spec) options(text string, keyword bool) error {
	if text == "" {
		return nil
	}
	for option := range strings.SplitSeq(text, ";") {
		option = strings.TrimSpace(option)
		if within, ok := strings.CutPrefix(option, "within "); ok {
			if _, err := fmt.Sscan(within, &s.Within); err != nil || !(s.Within > 0 && s.Within <= farthest) {
				return fmt.Errorf("%q is no distance", within)
			}
			continue
		}
		if !keyword || !s.keywordOption(option) {
			return fmt.Errorf("%q is no option", option)
		}
	}
	return nil
}

func (s *Spec) keywordOption(option string) bool {
	switch Which(option) {
	case First, Last, All:
		s.Which = Which(option)
		return true
	}
	if option == "free" {
		s.Free = true
		return true
	}
	if n, err := strconv.Atoi(option); err == nil && option[0] != '+' && option[0] != '-' {
		s.Which, s.N = Nth, n
		return n >= 1
	}
	var err error
	s.DX, s.DY, err = pair(option, -farthest)
	return err == nil
}

// pair reads two numbers of millimetres.
func pair(text string, least float64) (x, y float64, err error) {
	first, second, two := strings.Cut(strings.ReplaceAll(text, "，", ","), ",")
	for _, number := range []struct {
		text string
		into *float64
	}{{first, &x}, {second, &y}} {
		*number.into, err = strconv.ParseFloat(strings.TrimSpace(number.text), 64)
		if err != nil || !two || math.IsNaN(*number.into) || *number.into < least || *number.into > farthest {
			return 0, 0, fmt.Errorf("%q is not two numbers of millimetres", text)
		}
	}
	return x, y, nil
}

// freed is the same place with the wish for white space.
func (s Spec) freed() string {
	if s.Kind == AtKeyword {
		return fmt.Sprintf("keyword:%s;free", s.Keyword)
	}
	return fmt.Sprintf("free:%g,%g", s.X, s.Y)
}
