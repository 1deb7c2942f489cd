package config

import (
	"regexp"
	"sync"
)

// SealKind is the way in which a seal is placed.
type SealKind string

// The kinds of seals.
const (
	KindOrdinary SealKind = "ordinary" // 普通签章: one mark on one page
	KindPages    SealKind = "pages"    // 多页签章: the same mark at the same place of many pages
	KindRiding   SealKind = "riding"   // 骑缝签章: one picture cut over the edges of many pages
)

// Edge is where the slices of a riding seal stand, as seen.
type Edge string

// The edges.
const (
	EdgeRight  Edge = "right"
	EdgeLeft   Edge = "left"
	EdgeTop    Edge = "top"
	EdgeBottom Edge = "bottom"
)

// SinglePage is what becomes of a riding seal over one page.
type SinglePage string

// The ways.
const (
	SingleRefuse   SinglePage = "refuse"   // the contract is not sealed
	SingleOrdinary SinglePage = "ordinary" // the whole picture stands at the edge
)

func (SealKind) choices() []string   { return []string{"ordinary", "pages", "riding"} }
func (Edge) choices() []string       { return []string{"right", "left", "top", "bottom"} }
func (SinglePage) choices() []string { return []string{"refuse", "ordinary"} }

// maxSlices bounds how thin a seal is cut.
const maxSlices = 200

// pageSelection is what signer.Selection reads; made when first needed, for it is long.
var pageSelection = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*(?:all|odd|even|first|last|-?[1-9][0-9]{0,6}(?:-(?:-?[1-9][0-9]{0,6})?)?)\s*(,\s*(?:all|odd|even|first|last|-?[1-9][0-9]{0,6}(?:-(?:-?[1-9][0-9]{0,6})?)?)\s*)*$`)
})

func (m *Mark) validateKind(r *report, at string) {
	if !pageSelection().MatchString(m.Pages) || len(m.Pages) > 4096 {
		r.addf(at+".pages", "%q selects no pages: all, odd, even, first, last, or numbers as 1-3,5,8; -1 is the last page", m.Pages)
	}
	if m.Along != nil {
		between(r, at+".along", *m.Along, 0, 5080)
	}
	if m.Slices < 2 || m.Slices > maxSlices {
		r.addf(at+".slices", "is %d, not 2 to %d", m.Slices, maxSlices)
	}
	if !(m.First >= 0 && m.First < 1) {
		r.addf(at+".first", "is %v, not a share from 0 to under 1", m.First)
	}
	if m.Kind != KindOrdinary && !m.Visible {
		r.add(at+".kind", "belongs to a visible mark", "set visible = true or leave the kind out")
	}
	if m.Kind == KindOrdinary && m.Pages != DefaultPages {
		r.add(at+".pages", "belongs to the kinds pages and riding", "name the page of an ordinary seal as page")
	}
	if m.Kind == KindRiding {
		m.validateRiding(r, at)
	}
}

func (m *Mark) validateRiding(r *report, at string) {
	if m.Image == "" {
		r.add(at+".image", "is required for a riding seal", "name the PNG of the seal; text cannot be cut over pages")
	}
	if m.At != "" {
		r.add(at+".at", "does not belong to a riding seal", "it stands at an edge: see edge and along")
	}
	if m.TwoSided && m.Edge != EdgeRight && m.Edge != EdgeLeft {
		r.add(at+".two_sided", "needs the edge right or left", "")
	}
}

// DefaultPages is what the kinds pages and riding take where nothing is said.
const DefaultPages = "all"
