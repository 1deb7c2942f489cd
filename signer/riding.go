package signer

import (
	"fmt"
	"math"

	"contractd/workflow"
)

// ride cuts a picture over the edges of pages, so that pages which lie fanned out upon each other, the first on top,
// show it whole. ISO 32000 knows no such thing: each slice is a mark of its own.
func (p *planner) ride(seal Seal) ([]planned, error) {
	numbers, err := seal.Pages.Of(len(p.pages))
	if err != nil {
		return nil, err
	}
	whole, err := p.face.layOut(seal)
	if err != nil {
		return nil, err
	}
	along := p.along(seal, whole, numbers)
	if len(numbers) == 1 {
		return p.alone(seal, whole, numbers[0], along)
	}
	var marks []planned
	for _, group := range groups(numbers, seal.Limit) {
		cuts, err := seal.cuts(len(group))
		if err != nil {
			return nil, err
		}
		for i, number := range group {
			slice := seal.slice(whole, cuts[i], cuts[i+1])
			m, err := p.mark(slice, p.atEdge(seal, slice, number, along))
			if err != nil {
				return nil, err
			}
			m.whole = false
			marks = append(marks, m)
		}
	}
	return marks, nil
}

// alone treats a single page by the seal's policy.
func (p *planner) alone(seal Seal, whole *mark, number int, along float64) ([]planned, error) {
	if seal.Single != Fallback {
		err := fmt.Errorf("%w: a riding seal over one page, page %d, has nothing to ride over", workflow.ErrUsage, number)
		return nil, workflow.WithHint(err, "choose more pages or an ordinary seal, or let single pages have one")
	}
	m, err := p.mark(whole, p.atEdge(seal, whole, number, along))
	return []planned{m}, err
}

// along is where the seal begins along the edge: by default in the middle of the shortest page, in the same place of all.
func (p *planner) along(seal Seal, whole *mark, numbers []int) float64 {
	if seal.Along != nil {
		return *seal.Along
	}
	shortest := math.Inf(1)
	for _, number := range numbers {
		width, height := p.pages[number-1].Size()
		if seal.upright() {
			width = height
		}
		shortest = min(shortest, width)
	}
	length := whole.width
	if seal.upright() {
		length = whole.height
	}
	return max(0, (shortest-length/millimetre)/2)
}

// atEdge lets a slice end exactly where the page does.
func (p *planner) atEdge(seal Seal, slice *mark, number int, along float64) Place {
	width, height := p.pages[number-1].Size()
	at := Place{Page: number, X: along, Y: along}
	switch seal.edgeOf(number) {
	case Left:
		at.X = 0
	case Right:
		at.X = width - slice.width/millimetre
	case Bottom:
		at.Y = 0
	case Top:
		at.Y = height - slice.height/millimetre
	}
	return at
}

// upright says whether the edge runs from bottom to top.
func (s Slices) upright() bool { return s.Edge == Right || s.Edge == Left }

// edgeOf is the fore-edge of a page. Even pages are the backs of sheets printed on both sides.
func (s Slices) edgeOf(number int) Edge {
	switch {
	case !s.TwoSided || number%2 == 1:
		return s.Edge
	case s.Edge == Right:
		return Left
	}
	return Right
}

// groups parts pages evenly into groups of at most limit, each of at least two; where that cannot be, as for an odd number
// of pages and a limit of two, one group has a page more.
func groups(numbers []int, limit int) [][]int {
	count := min((len(numbers)+limit-1)/limit, len(numbers)/2)
	all := make([][]int, count)
	for i := range all {
		all[i] = numbers[i*len(numbers)/count : (i+1)*len(numbers)/count]
	}
	return all
}

// cuts returns where a picture is cut for n pages, in pixels: n+1 numbers from 0 to its extent, so that slices never
// overlap and never leave anything out.
func (s Seal) cuts(n int) ([]int, error) {
	pixels := s.Image.height
	if s.upright() {
		pixels = s.Image.width
	}
	first := s.First
	if first == 0 {
		first = 1 / float64(n)
	}
	cuts := make([]int, n+1)
	for i := 1; i < n; i++ {
		share := first + (1-first)*float64(i-1)/float64(n-1)
		cuts[i] = int(math.Round(share * float64(pixels)))
	}
	cuts[n] = pixels
	for i := range n {
		if cuts[i] >= cuts[i+1] {
			err := fmt.Errorf("%w: a picture of %d pixels cannot be cut into %d slices", workflow.ErrUsage, pixels, n)
			return nil, workflow.WithHint(err, "use a picture with more pixels, fewer slices, or another share of the first page")
		}
	}
	return cuts, nil
}

// slice is the part of a picture between two cuts, in the order of pages that are fanned out: the one below shows what lies
// further out.
func (s Seal) slice(whole *mark, from, to int) *mark {
	part := *whole
	if s.upright() {
		pixel := whole.across / float64(s.Image.width)
		if s.Edge == Left {
			from, to = s.Image.width-to, s.Image.width-from
		}
		part.left, part.width = -float64(from)*pixel, float64(to-from)*pixel
		return &part
	}
	pixel := whole.up / float64(s.Image.height)
	if s.Edge == Bottom {
		from, to = s.Image.height-to, s.Image.height-from
	}
	part.bottom, part.height = -float64(from)*pixel, float64(to-from)*pixel
	return &part
}
